"""Programs for those who work on memchat; nothing that runs depends on them."""
