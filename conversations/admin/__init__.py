"""Threads, messages, runs and learning for staff: to look at, never to change what anyone wrote."""

from conversations.admin import learning, memory_uses, messages, rules, site_prompt, threads

__all__ = ["learning", "memory_uses", "messages", "rules", "site_prompt", "threads"]
