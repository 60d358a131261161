"""The pages on which people see and control what is remembered of them. Everything works without JavaScript."""
