"""Memories as programs keep them: under namespaces and keys of their own choice, any JSON object as value.

The same rows as the statements of chats, under the same rules, for whatever speaks to programs (`memories.langgraph`).
`places`, `filters`, `paths` and `values` are pure rules; `reading` asks the database, and `memories.writing.items`
changes it.
"""
