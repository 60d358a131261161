"""Whether something may be stored, and if not, why: limits, secrets, and what is asked about first."""

from __future__ import annotations

from django.conf import settings
from django.contrib.humanize.templatetags.humanize import intcomma
from django.utils.translation import gettext, gettext_noop

from memchat.text import storable
from memories.models import Memory, Origin, Sensitive
from memories.requests import looks_like_secret
from memories.safety.sensitive import sensitive_kind

PINS_PER_PERSON = 20
MOST_LOWERED = 1_000

SECRETS = (
    # Translators: these go into "It looks like %(secret)s, which is better kept elsewhere."
    gettext_noop("a private key"),
    gettext_noop("an API key"),
    gettext_noop("a card number"),
    gettext_noop("a password"),
    gettext_noop("an identity number"),
)
"""What `looks_like_secret` calls what it finds."""

_ASKED_FOR = {Origin.SAID, Origin.WRITTEN, Origin.API}
"""The person named the statement themselves, which is their consent."""


def tidied(text: str) -> str:
    return storable(text).strip()


def why_refused(text: str) -> str:
    """Why nobody could have `text` remembered, as a sentence; empty when they could."""
    text = tidied(text)
    if not text:
        return gettext("There is nothing to remember in it.")
    if len(text) > settings.MEMORY_MAX_CHARS:
        return gettext("It is longer than %(max)s characters.") % {"max": intcomma(settings.MEMORY_MAX_CHARS)}
    if secret := looks_like_secret(text):
        return gettext("It looks like %(secret)s, which is better kept elsewhere.") % {"secret": gettext(secret)}
    return ""


def must_ask(text: str, origin: Origin | str, approved: bool | None = None) -> Sensitive | None:
    """The sensitive kind for which a statement waits for its person's word, if it does.

    `approved` is whether they have given it; None where its origin tells.
    """
    if origin in _ASKED_FOR if approved is None else approved:
        return None
    return sensitive_kind(text)


def current_count(user_id: int) -> int:
    return Memory.objects.of(user_id).filter(ended_at=None).count()


def pin_count(user_id: int) -> int:
    return Memory.objects.of(user_id).filter(ended_at=None, pinned=True).count()


def changed_meanwhile() -> str:
    return gettext("It has been changed or forgotten in the meantime.")


def too_many() -> str:
    return gettext("There is room for %(max)s memories, and all of it is taken.") % {
        "max": intcomma(settings.MEMORIES_PER_PERSON)
    }


def too_many_pins() -> str:
    return gettext("At most %(max)s memories can be pinned.") % {"max": PINS_PER_PERSON}
