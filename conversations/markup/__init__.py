"""Markdown as sanitised HTML: whole, and while it is still being written. Pure; no database, no sockets."""
