"""Text as it arrives from outside, made fit to be stored."""

import re

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def storable(text: str) -> str:
    """Replace what PostgreSQL refuses: NUL goes, a lone surrogate becomes U+FFFD, a pair becomes its character."""
    if not _UNSTORABLE.search(text):
        return text
    joined = text.replace("\x00", "").encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return _UNSTORABLE.sub("\ufffd", joined)
