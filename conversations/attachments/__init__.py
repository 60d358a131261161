"""Files that people attach to their messages: what is taken of them, where it is kept, and who gets it."""
