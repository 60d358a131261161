"""What entries of the access log say of their object, in the words of who reads them.

The log itself is written in one language, so that an entry stays what it was and equal looks stay equal.
"""

from __future__ import annotations

import re

from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext as _

NAMES = (
    gettext_noop("memory"),
    gettext_noop("memories"),
    gettext_noop("proposed memory"),
    gettext_noop("proposed memories"),
    gettext_noop("thread"),
    gettext_noop("threads"),
    gettext_noop("message"),
    gettext_noop("messages"),
    gettext_noop("learning from message"),
    gettext_noop("learning from messages"),
    gettext_noop("import"),
    gettext_noop("imports"),
)
"""As the pages of the admin name themselves."""

_MANY = re.compile(r"(list of|search in) (.+)")
_ONE = re.compile(r"(.+?) ([\w-]*\d[\w-]*)(, removed for good|, deleted)?")


def in_words(what: str) -> str:
    """`what` in the language that is spoken now; as it is where it is none of ours."""
    if what == "memories, as CSV":
        return _("memories, as CSV")
    if what == "everything":
        # Translators: what somebody has exported, in a list of such things
        return _("everything")
    if (many := _MANY.fullmatch(what)) and many[2] in NAMES:
        form = _("list of %(what)s") if many[1] == "list of" else _("search in %(what)s")
        return form % {"what": gettext(many[2])}
    if (one := _ONE.fullmatch(what)) and one[1] in NAMES:
        form = {
            None: _("%(what)s %(id)s"),
            ", removed for good": _("%(what)s %(id)s, removed for good"),
            ", deleted": _("%(what)s %(id)s, deleted"),
        }[one[3]]
        return form % {"what": gettext(one[1]), "id": one[2]}
    return what
