"""The whole site as one file, made while it is running, and a site made of such a file."""
