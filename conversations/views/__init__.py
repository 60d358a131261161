"""The pages of a person's threads and what their forms ask for. All of it also works without JavaScript."""
