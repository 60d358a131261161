"""Finding messages again, by their words and by what they mean."""
