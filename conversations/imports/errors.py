"""Why a file cannot be imported."""

from __future__ import annotations


class ImportProblem(Exception):
    """A file cannot be imported; `kind` says why, and has its sentence in `conversations.imports.wording`."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind
