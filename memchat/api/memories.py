"""Memories: everything that their page can do."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from django.http import HttpRequest, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Query, Router, Status

from memchat.api import making, shapes
from memchat.api.errors import ERRORS
from memchat.api.reading import MOST_ROWS, ROWS, Bearer, Problem, body_of, page_of, start_of
from memchat.users.limits import count_upload
from memchat.users.models import Scope
from memories import by_hand, writing
from memories.exchange import as_json, as_markdown, collecting
from memories.exchange.applying import Choice, apply
from memories.exchange.comparing import Comparison, Item, compare
from memories.exchange.entries import NotAnExport
from memories.exchange.large import LARGE
from memories.exchange.reading import read
from memories.forms import MemoryForm
from memories.models import Category, Ending, Memory, Origin, Proposal
from memories.search import search, search_among
from memories.writing import Outcome

router = Router(tags=["memories"])
reads, writes = Bearer(Scope.READ_MEMORIES), Bearer(Scope.WRITE_MEMORIES)
VERSIONS_SHOWN = 200
IMPORT_MAX_BYTES = 2_000_000


@router.get("/memories", auth=reads, response={200: shapes.MemoryPage, **ERRORS}, summary="List or search memories")
def list_memories(
    request: HttpRequest,
    q: str = Query("", max_length=500, description="Found by words and meaning, best first."),
    state: Literal["current", "expired", "superseded", "forgotten"] = "current",
    category: Category | None = None,
    origin: Origin | None = None,
    pinned: bool = False,
    since: date | None = None,
    until: date | None = None,
    cursor: str = Query("", max_length=60),
    limit: int = Query(ROWS, ge=1, le=MOST_ROWS),
) -> Any:
    """Newest first; with `q` the best first."""
    narrowing = by_hand.Narrowing(
        "" if state == "current" else state, category or "", origin or "", pinned, since, until
    )
    rows = narrowing.among(by_hand.of(request.user))
    q = q.replace("\x00", "").strip()
    if not q:
        found, following = page_of(rows, cursor, limit)
        return {"items": [making.memory(one) for one in found], "next": following}
    among = search_among(request.user, rows, q) if narrowing != by_hand.Narrowing() else search(request.user, q)
    start = start_of(cursor)
    held = by_hand.of(request.user).in_bulk([one.memory_id for one in among[start : start + limit]])
    items = [
        making.memory(held[one.memory_id], one.reasons) for one in among[start : start + limit] if one.memory_id in held
    ]
    return {"items": items, "next": str(start + limit) if len(among) > start + limit else None}


@router.post(
    "/memories",
    auth=writes,
    response={200: shapes.Outcome, 201: shapes.Outcome, **ERRORS},
    summary="Have something remembered",
)
def add_memory(request: HttpRequest, new: shapes.NewMemory) -> Any:
    """201 when it is new, 200 when the same was remembered already: sending it twice stores it once."""
    form = _valid(new.text, new.category, new.pinned, new.expires_on)
    outcome = by_hand.add(request.user, form, Origin.API)
    return Status(200 if outcome.kind == "known" else 201, _told(outcome))


@router.post(
    "/memories/forget", auth=writes, response={200: shapes.Several, **ERRORS}, summary="Forget several memories"
)
def forget_several(request: HttpRequest, chosen: shapes.Chosen) -> Any:
    """Those of them that are there, are yours and count; the answer says which."""
    gone = by_hand.forget_some(request.user, chosen.ids)
    return {"ids": gone, "count": len(gone)}


@router.post(
    "/memories/undo", auth=writes, response={200: shapes.Counted, **ERRORS}, summary="Have several forgotten ones back"
)
def undo_several(request: HttpRequest, chosen: shapes.Chosen) -> Any:
    return {"asked": len(chosen.ids), "count": writing.undo_forget_many(request.user, chosen.ids)}


@router.post("/memories/forget-all", auth=writes, response={200: shapes.Several, **ERRORS}, summary="Forget everything")
def forget_all(request: HttpRequest, everything: shapes.Everything) -> Any:
    gone = [memory.pk for memory in writing.forget_all(request.user)]
    return {"ids": gone, "count": len(gone)}


@router.post(
    "/memories/undo-all",
    auth=writes,
    response={200: shapes.Counted, **ERRORS},
    summary="Have all that is forgotten back",
)
def undo_all(request: HttpRequest) -> Any:
    ids = by_hand.all_forgotten(request.user)
    return {"asked": len(ids), "count": writing.undo_forget_many(request.user, ids)}


@router.post(
    "/memories/erase-all",
    auth=writes,
    response={204: None, **ERRORS},
    summary="Remove for good all that is forgotten",
)
def erase_all(request: HttpRequest, everything: shapes.Everything) -> Any:
    writing.erase_forgotten(request.user)
    return Status(204, None)


@router.get(
    "/memories/export",
    auth=reads,
    response=ERRORS,
    openapi_extra=shapes.file_of("The memories, as `format` says", "application/json", "text/markdown"),
    summary="All memories as a file",
)
def export_memories(request: HttpRequest, format: Literal["json", "md"] = "json") -> Any:
    """JSON has everything, with history and what waits for approval; Markdown what counts now."""
    from memories.views.exchange import streamed

    now = timezone.now()
    if format == "md":
        pieces = as_markdown.write(collecting.current_by_category(request.user), now)
        return StreamingHttpResponse(streamed(request, pieces), content_type="text/markdown; charset=utf-8")
    proposals = Proposal.objects.of(request.user).order_by("pk").iterator(chunk_size=500)
    pieces = as_json.write(collecting.everything(request.user), proposals, now)
    return StreamingHttpResponse(streamed(request, pieces), content_type="application/json")


_FILE: Any = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": {"type": "object"}}},
        "description": "A file that memchat has exported as JSON, of 200 memories at the most.",
    }
}


@router.post(
    "/memories/import/look",
    auth=Bearer(Scope.READ_MEMORIES, Scope.WRITE_MEMORIES),
    response={200: shapes.ImportLook, **ERRORS},
    openapi_extra=_FILE,
    summary="What a file of memories would change",
)
def look_at_import(request: HttpRequest) -> Any:
    found = _compared(request)
    return {name: [_item(one) for one in getattr(found, name)] for name in ("new", "conflicts", "same", "refused")}


@router.post(
    "/memories/import",
    auth=writes,
    response={200: shapes.Imported, **ERRORS},
    openapi_extra=_FILE,
    summary="Take over the memories of a file",
)
def import_memories(
    request: HttpRequest, conflicts: Literal["skip", "add", "replace"] = "skip", forgotten: bool = False
) -> Any:
    """`conflicts` is for what is at odds with something remembered; `forgotten` also takes what was forgotten here."""
    found = _compared(request)
    choices = [Choice(one.entry) for one in found.new if forgotten or not one.forgotten]
    if conflicts != "skip":
        choices += [
            Choice(one.entry, one.other.pk if one.other and conflicts == "replace" else None)
            for one in found.conflicts
            if forgotten or not one.forgotten
        ]
    counts = apply(request.user, choices)
    return {name: counts[name] for name in ("remembered", "replaced", "known", "proposed", "refused")}


@router.get(
    "/memories/proposals",
    auth=reads,
    response={200: shapes.ProposalPage, **ERRORS},
    summary="What waits for the person's word",
)
def list_proposals(
    request: HttpRequest, cursor: str = Query("", max_length=60), limit: int = Query(ROWS, ge=1, le=MOST_ROWS)
) -> Any:
    found, following = page_of(Proposal.objects.of(request.user), cursor, limit)
    return {"items": [making.proposal(one) for one in found], "next": following}


@router.post(
    "/memories/proposals/{int:proposal_id}/approve",
    auth=writes,
    response={200: shapes.Outcome, **ERRORS},
    summary="Have a proposal remembered",
)
def approve_proposal(request: HttpRequest, proposal_id: int, approval: shapes.Approval) -> Any:
    proposal = get_object_or_404(Proposal.objects.of(request.user), pk=proposal_id)
    if approval.text:
        _valid(approval.text)
    return _told(writing.approve(proposal, approval.text))


@router.post(
    "/memories/proposals/{int:proposal_id}/reject",
    auth=writes,
    response={204: None, **ERRORS},
    summary="Have a proposal not remembered",
)
def reject_proposal(request: HttpRequest, proposal_id: int) -> Any:
    writing.reject(get_object_or_404(Proposal.objects.of(request.user), pk=proposal_id))
    return Status(204, None)


@router.get(
    "/memories/{int:memory_id}", auth=reads, response={200: shapes.MemoryShape, **ERRORS}, summary="Get a memory"
)
def get_memory(request: HttpRequest, memory_id: int) -> Any:
    return making.memory(_own(request, memory_id))


@router.patch(
    "/memories/{int:memory_id}",
    auth=writes,
    response={200: shapes.Outcome, **ERRORS},
    summary="Correct, pin or end a memory",
)
def change_memory(request: HttpRequest, memory_id: int, change: shapes.MemoryEdit) -> Any:
    """Another text is another version: it has another id, and the earlier one stays as its history."""
    memory = _own(request, memory_id)
    if memory.ended_at is not None:
        raise Problem("refused", writing.checks.changed_meanwhile(), 409)
    given = change.dict(exclude_unset=True)
    # What is there already may be longer than the site takes by now.
    text = "unchanged" if change.text is None else change.text
    form = _checked(MemoryForm.of(memory, {"text": text, "expires_on": change.expires_on}))
    asked: by_hand.Change = {}
    if change.text is not None:
        asked["text"] = form.cleaned_data["text"]
    if change.category is not None:
        asked["category"] = change.category
    if change.pinned is not None:
        asked["pinned"] = change.pinned
    if "expires_on" in given:
        asked["expires_at"] = form.expires_at
    return _told(by_hand.carry_out(memory, asked, Origin.API))


@router.get(
    "/memories/{int:memory_id}/history",
    auth=reads,
    response={200: list[shapes.MemoryShape], **ERRORS},
    summary="All versions of a memory, oldest first",
)
def history_of_memory(request: HttpRequest, memory_id: int) -> Any:
    memory = _own(request, memory_id)
    versions = by_hand.of(request.user).filter(namespace=memory.namespace, key=memory.key)
    shown = list(versions.order_by("-created_at", "-pk")[:VERSIONS_SHOWN])[::-1]
    return [making.memory(one) for one in shown]


@router.delete("/memories/{int:memory_id}", auth=writes, response={204: None, **ERRORS}, summary="Forget a memory")
def forget_memory(request: HttpRequest, memory_id: int) -> Any:
    """It can be had back for a while; twice is once."""
    writing.forget(_own(request, memory_id))
    return Status(204, None)


@router.post(
    "/memories/{int:memory_id}/undo",
    auth=writes,
    response={200: shapes.Outcome, **ERRORS},
    summary="Have a forgotten memory back",
)
def undo_memory(request: HttpRequest, memory_id: int) -> Any:
    return _told(writing.undo_forget(_own(request, memory_id)))


@router.post(
    "/memories/{int:memory_id}/restore",
    auth=writes,
    response={200: shapes.Outcome, **ERRORS},
    summary="Make an earlier version the current one",
)
def restore_memory(request: HttpRequest, memory_id: int) -> Any:
    return _told(writing.restore(_own(request, memory_id)))


@router.post(
    "/memories/{int:memory_id}/take-back",
    auth=writes,
    response={200: shapes.Outcome, **ERRORS},
    summary="Undo that something was remembered",
)
def take_back_memory(request: HttpRequest, memory_id: int) -> Any:
    """What it replaced comes back; without that, `kind` is `gone`."""
    outcome = by_hand.take_back(request.user, _own(request, memory_id))
    return {"kind": "gone", "memory": None} if outcome is None else _told(outcome)


@router.post(
    "/memories/{int:memory_id}/erase",
    auth=writes,
    response={204: None, **ERRORS},
    summary="Remove a forgotten memory for good",
)
def erase_memory(request: HttpRequest, memory_id: int) -> Any:
    """Only what was forgotten before: two steps, so that one slip loses nothing."""
    writing.erase(get_object_or_404(by_hand.of(request.user), pk=memory_id, ending=Ending.FORGOTTEN))
    return Status(204, None)


def _own(request: HttpRequest, memory_id: int) -> Memory:
    return get_object_or_404(by_hand.of(request.user), pk=memory_id)


def _valid(text: str, category: str | None = None, pinned: bool = False, expires_on: date | None = None) -> MemoryForm:
    """The page's form, filled in. Raises Problem."""
    return _checked(MemoryForm({"text": text, "category": category or "", "pinned": pinned, "expires_on": expires_on}))


def _checked(form: MemoryForm) -> MemoryForm:
    if not form.is_valid():
        name, found = next(iter(form.errors.get_json_data().items()))
        raise Problem("bad_field", found[0]["message"], 422, param=name)
    return form


def _told(outcome: Outcome) -> dict[str, Any]:
    if outcome.kind == "refused":
        raise Problem("refused", outcome.reason, 409)
    return {
        "kind": outcome.kind,
        "memory": making.memory(outcome.memory) if outcome.memory else None,
        "replaced": outcome.replaced.pk if outcome.replaced else None,
        "proposal": outcome.proposal.pk if outcome.proposal else None,
    }


def _compared(request: HttpRequest) -> Comparison:
    body_of(request, IMPORT_MAX_BYTES)
    try:
        entries = read(request.body)
    except NotAnExport as problem:
        raise Problem("bad_file", str(problem), 422) from None
    if len(entries) > LARGE:
        raise Problem("too_large", f"{len(entries)} > {LARGE}", 413)
    count_upload(request.user.pk, len(request.body))  # type: ignore[arg-type]
    return compare(request.user, entries)


def _item(one: Item) -> dict[str, Any]:
    return {"text": one.entry.text, "reason": one.reason, "other": making.memory(one.other) if one.other else None}
