"""Memories in the admin: staff find them and can forget them on request; nobody rewrites what a person said."""

from memories.admin import memory, proposal

__all__ = ["memory", "proposal"]
