"""Threads, messages, runs and learning for staff: to look at, never to change what anyone wrote."""

from conversations.admin import imports, learning, memory_uses, messages, rules, site_prompt, threads

__all__ = ["imports", "learning", "memory_uses", "messages", "rules", "site_prompt", "threads"]
