"""The words in frames, made of what the frames say besides: so that a tab can be told in its own language.

A frame is built once, by whoever caused it, and goes to every tab of a person; one of them may speak another language.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.contrib.humanize.templatetags.humanize import intcomma
from django.template.defaultfilters import filesizeformat
from django.utils.translation import get_language, gettext, ngettext, override
from django.utils.translation import gettext as _

from conversations import prices
from conversations.errors import REPLY_ERRORS
from conversations.quoting import FEW_PAGES

Frame = dict[str, Any]


def marked() -> Frame:
    """What a frame says of the language it is built in; nothing where that is the site's own."""
    language = get_language()
    return {} if language in {None, settings.LANGUAGE_CODE} else {"language": language}


def in_language(frame: Frame, language: str) -> Frame:
    """The same frame with its words in another language; the frame itself where it has none."""
    reword = _FRAMES.get(frame["type"])
    if reword is None or frame.get("language", settings.LANGUAGE_CODE) == language:
        return frame
    with override(language):
        return {**reword(frame), **({"language": language} if "language" in frame else {})}


def error_text(kind: str, wait: int | None) -> str:
    """Why a reply did not become complete."""
    text = str(REPLY_ERRORS.get(kind, REPLY_ERRORS["internal"]))
    if wait is None:
        return text
    return ngettext(
        "%(reason)s Try again in %(seconds)d second.", "%(reason)s Try again in %(seconds)d seconds.", wait
    ) % {"reason": text, "seconds": wait}


def change_label(kind: str, *, is_stored: bool) -> str:
    """One line about what happened to memory, without the text it happened to."""
    return {
        "remembered": _("Remembered"),
        "updated": _("Updated"),
        "proposed": _("Remembered") if is_stored else _("Waits for your approval"),
        "known": _("Already known"),
        "forgot": _("Forgotten"),
        "not_found": _("Nothing found to forget"),
        "listed": _("Listed what is remembered"),
        "refused": _("Not stored"),
    }.get(kind, kind)


def source_label(source: str) -> str:
    """Who brought a change about."""
    return {"request": _("you asked"), "learned": _("learned"), "tool": _("by the model")}.get(source, "")


def status_label(status: str) -> str:
    return {
        "approved": _("You approved it"),
        "rejected": _("Not remembered"),
        "undone": _("Undone"),
        "changed": _("Changed since"),
        "removed": _("Removed for good"),
        "forgotten": _("Forgotten"),
        "not_relevant": _("Not relevant here"),
    }.get(status, "")


def reason_text(reason: str) -> str:
    """Why something was not stored. It is kept as the sentence in the site's language that was true then."""
    return gettext(reason) if reason else ""


def tool_label(name: str) -> str:
    return {
        "search_memories": _("Searched your memories"),
        "search_past_threads": _("Searched your earlier threads"),
    }.get(name, name)


def about_file(
    kind: str, size: int, *, is_pdf: bool, is_cut: bool, pages: int | None = None, unread_pages: Sequence[int] = ()
) -> str:
    """What kind of file it is, how large, and whether all of it is read."""
    parts = ["PDF" if is_pdf else _("Image") if kind == "image" else _("Text"), filesizeformat(size)]
    if is_cut:
        parts.append(_("only its beginning is read"))
    if unread_pages:
        parts.append(_unread(unread_pages, pages))
    return " · ".join(parts)


def _unread(unread: Sequence[int], pages: int | None) -> str:
    text = ngettext(
        "%(n)s of %(pages)s pages has no readable text", "%(n)s of %(pages)s pages have no readable text", len(unread)
    ) % {"n": len(unread), "pages": pages}
    return f"{text} ({_(', ').join(map(str, unread))})" if len(unread) <= FEW_PAGES else text


def usage_words(read: int, written: int, cached: int, cost: Decimal | None) -> Frame:
    """What a reply took."""
    tokens = ngettext("%(n)s token", "%(n)s tokens", read + written) % {"n": intcomma(read + written)}
    parts = [_("%(n)s read") % {"n": intcomma(read)}]
    if cached:
        parts.append(_("%(n)s of them from the provider's cache") % {"n": intcomma(cached)})
    parts.append(_("%(n)s written") % {"n": intcomma(written)})
    label = tokens if cost is None else f"{tokens} · {prices.shown(cost)}"
    # Translators: between the parts of a list on one line
    return {"label": label, "detail": _(", ").join(parts)}


def _change(change: Frame) -> Frame:
    return {
        **change,
        "label": change_label(change["kind"], is_stored=change["memory"] is not None),
        "source_label": source_label(change["source"]),
        "status_label": status_label(change["status"]),
        "reason": reason_text(change["reason"]),
    }


def _memory(memory: Frame) -> Frame:
    status = memory["status"] or ("not_relevant" if memory["not_relevant"] else "")
    return {**memory, "status_label": status_label(status)}


def _notes(frame: Frame) -> Frame:
    return {
        **frame,
        "changes": [_change(one) for one in frame["changes"]],
        **({"memories": [_memory(one) for one in frame["memories"]]} if "memories" in frame else {}),
        **(
            {"tools": [{**one, "label": tool_label(one["name"])} for one in frame["tools"]]} if "tools" in frame else {}
        ),
    }


def _message(message: Frame) -> Frame:
    error, usage = message["error"], message["usage"]
    if error is not None:
        error = {**error, "text": error_text(error["kind"], error["retry_after"])}
    if usage is not None:
        cost = None if usage["cost"] is None else Decimal(usage["cost"])
        usage = {**usage, **usage_words(usage["read"], usage["written"], usage["cached"], cost)}
    attachments = [
        {
            **one,
            "about": about_file(
                one["kind"],
                one["size"],
                is_pdf=one["about"].startswith("PDF"),
                is_cut=one["cut"],
                pages=one.get("pages"),
                unread_pages=one.get("unread_pages", ()),
            ),
        }
        for one in message["attachments"]
    ]
    return {**_notes(message), "error": error, "usage": usage, "attachments": attachments}


def _with_message(frame: Frame) -> Frame:
    return {**frame, "message": _message(frame["message"])}


def _said(frame: Frame) -> Frame:
    return {**frame, "message": _message(frame["message"]), "reply": _message(frame["reply"])}


def _with_messages(frame: Frame) -> Frame:
    notes = {"notes": [_notes(one) for one in frame["notes"]]} if "notes" in frame else {}
    return {**frame, "messages": [_message(one) for one in frame["messages"]], **notes}


_FRAMES: dict[str, Callable[[Frame], Frame]] = {
    "started": _notes,
    "memory": _notes,
    "message": _with_message,
    "ended": _with_message,
    "said": _said,
    "opened": _with_messages,
    "branch": _with_messages,
}
