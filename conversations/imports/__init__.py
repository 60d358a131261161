"""Bringing one's conversations and memories over from ChatGPT and Claude.

What reads the files (`found`, `tree`, `chatgpt`, `claude`, `statements`, `archive`, `documents`, `reading`) is pure and
streams; `upload` keeps a file in the database while it is worked on, `storing` makes threads of what was found, `job`
does both in steps, and `views` shows it.
"""
