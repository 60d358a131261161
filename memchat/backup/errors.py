from __future__ import annotations


class BackupError(Exception):
    """A backup cannot be made or restored; the message is for the operator, `hint` what to do."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint
