"""Text as it arrives from outside, made fit to be stored; JSON made fit to be a line of a stream."""

import re

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_ENDS_OF_LINES = {"\x85": "\\u0085", "\u2028": "\\u2028", "\u2029": "\\u2029"}


def storable(text: str) -> str:
    """Replace what PostgreSQL refuses: NUL goes, a lone surrogate becomes U+FFFD, a pair becomes its character."""
    if not _UNSTORABLE.search(text):
        return text
    joined = text.replace("\x00", "").encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return _UNSTORABLE.sub("\ufffd", joined)


def on_one_line(written: str) -> str:
    """JSON without what some programs take for the end of a line, though JSON lets it stand in a text as it is."""
    for character, escaped in _ENDS_OF_LINES.items():
        written = written.replace(character, escaped)
    return written
