"""Threads, their messages, and the runs that are writing replies right now."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from pgvector.django import VectorField

from memories.access import MemoryMode

TITLE_MAX_CHARS = 120
TAG_MAX_CHARS = 40
TAGS_PER_THREAD = 10
PINNED_THREADS = 50
COST_DIGITS, COST_PLACES = 18, 8


class OwnedQuerySet(models.QuerySet[Any]):
    def of(self, user: Any) -> Any:
        """What belongs to one person: the only way anyone's rows are reached."""
        return self.filter(user_id=user.pk if hasattr(user, "pk") else user)


class ThreadQuerySet(OwnedQuerySet):
    def of(self, user: Any) -> Any:
        """What belongs to one person. A temporary thread whose time is over is gone, whenever its row goes."""
        return super().of(user).exclude(expires_at__lte=timezone.now())


class Thread(models.Model):
    """A conversation of one person, with its own history."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="threads")
    title = models.CharField(max_length=TITLE_MAX_CHARS, blank=True)
    titled_by_hand = models.BooleanField(default=False)
    provider = models.CharField(max_length=40, blank=True, help_text=_("Empty: the site's default."))
    model_name = models.CharField(max_length=120, blank=True)
    memory_mode = models.CharField(max_length=10, choices=MemoryMode, default=MemoryMode.WRITE)
    temporary = models.BooleanField(
        default=False, db_default=False, help_text=_("Neither reads nor writes memory, is in no list, and is removed.")
    )
    expires_at = models.DateTimeField(null=True, blank=True)
    pinned = models.BooleanField(default=False, db_default=False, help_text=_("Stands above all others in the list."))
    archived = models.BooleanField(
        default=False, db_default=False, help_text=_("Stands on a page of its own until somebody writes in it again.")
    )
    tags = ArrayField(
        models.CharField(max_length=TAG_MAX_CHARS), size=TAGS_PER_THREAD, default=list, db_default=[], blank=True
    )
    head = models.ForeignKey("Message", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    unread = models.BooleanField(
        default=False, db_default=False, help_text=_("A reply has ended that its person has not seen.")
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    active_at = models.DateTimeField(default=timezone.now)

    objects = ThreadQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(temporary=False, expires_at=None)
                | models.Q(temporary=True, expires_at__isnull=False, memory_mode=MemoryMode.OFF),
                name="thread_temporary_has_no_memory",
            ),
        ]
        indexes = [
            # Temporary threads are removed when their time is over.
            models.Index(fields=["expires_at"], condition=models.Q(temporary=True), name="thread_to_remove"),
            # The list of one's threads, latest first.
            models.Index(fields=["user", "-active_at", "-id"], name="thread_list"),
            models.Index(fields=["-active_at", "-id"], name="thread_admin_list"),
            models.Index(fields=["user"], condition=models.Q(unread=True), name="thread_unread"),
            # The page of what was put away.
            models.Index(
                fields=["user", "-active_at", "-id"], condition=models.Q(archived=True), name="thread_archived"
            ),
        ]

    def __str__(self) -> str:
        # Not its title, which would get into logs and into pages that list whatever there is.
        return f"thread {self.pk}"

    @property
    def shown_title(self) -> str:
        """Its title as its person sees it."""
        return self.title or str(_("New thread"))


class MessageRole(models.TextChoices):
    USER = "user", _("Person")
    ASSISTANT = "assistant", _("Assistant")


class State(models.TextChoices):
    """A reply goes from pending over streaming to exactly one of the last four; a person's message is complete."""

    PENDING = "pending", _("Waiting")
    STREAMING = "streaming", _("Replying")
    COMPLETE = "complete", _("Complete")
    STOPPED = "stopped", _("Stopped")
    INTERRUPTED = "interrupted", _("Interrupted")
    FAILED = "failed", _("Failed")


OPEN_STATES = (State.PENDING, State.STREAMING)


class Message(models.Model):
    """One node of a thread's tree of messages; `Thread.head` names the newest one of the branch that is shown.

    Columns that a new message does not need have their default in the database too: accepting a message is
    one statement that names only the others.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    thread = models.ForeignKey(Thread, on_delete=models.CASCADE, related_name="messages")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.CASCADE, related_name="children")
    depth = models.PositiveIntegerField(default=0, help_text=_("How many messages precede it on its branch."))
    role = models.CharField(max_length=10, choices=MessageRole)
    text = models.TextField(blank=True, default="", db_default="")
    state = models.CharField(max_length=12, choices=State, default=State.COMPLETE)
    client_id = models.UUIDField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    ended_at = models.DateTimeField(null=True, blank=True, editable=False)

    html = models.TextField(blank=True, editable=False, default="", db_default="")
    html_version = models.PositiveSmallIntegerField(default=0, db_default=0, editable=False)

    provider = models.CharField(max_length=40, blank=True, default="", db_default="")
    model_name = models.CharField(max_length=120, blank=True, default="", db_default="")
    stop_reason = models.CharField(max_length=20, blank=True, default="", db_default="")
    error_kind = models.CharField(max_length=30, blank=True, default="", db_default="")
    error_detail = models.CharField(max_length=500, blank=True, default="", db_default="")
    retry_after = models.FloatField(null=True, blank=True)
    input_tokens = models.PositiveIntegerField(null=True, blank=True)
    output_tokens = models.PositiveIntegerField(null=True, blank=True)
    cached_tokens = models.PositiveIntegerField(null=True, blank=True)
    cost = models.DecimalField(
        max_digits=COST_DIGITS,
        decimal_places=COST_PLACES,
        null=True,
        blank=True,
        help_text=_("By the prices that held when the reply ended; empty where the model had none."),
    )
    omitted_count = models.PositiveIntegerField(default=0, db_default=0)
    memory_notice = models.CharField(max_length=30, blank=True, default="", db_default="")

    objects = OwnedQuerySet.as_manager()

    versions: Any
    """Which of how many versions it is, where `branches.with_versions` has looked; None when it is the only one."""

    class Meta:
        constraints = [
            # The same message sent again is the same message.
            models.UniqueConstraint(fields=["user", "client_id"], name="message_once_per_client_id"),
        ]
        indexes = [
            models.Index(fields=["thread", "created_at"], name="message_of_thread"),
            models.Index(fields=["-created_at", "-id"], name="message_admin_list"),
        ]

    def __str__(self) -> str:
        return f"message {self.pk}"

    @property
    def broke_off(self) -> bool:
        """Whether it is a reply that ended before its end, and could be gone on with."""
        cut_off = self.state in {State.STOPPED, State.INTERRUPTED} or self.stop_reason == "length"
        ended = self.role == MessageRole.ASSISTANT and self.state not in OPEN_STATES
        return ended and cut_off and self.state != State.FAILED and bool(self.text.strip())


class Run(models.Model):
    """The writing of one reply, for as long as it goes on; the row goes when the reply ends.

    An empty `owner` waits for its turn. Otherwise `owner` is the process that writes, until
    `lease_expires_at` by the database's clock. `epoch` counts the owners: a write names the epoch it was
    given and changes nothing once that is over.
    """

    reply = models.OneToOneField(Message, on_delete=models.CASCADE, related_name="run")
    thread = models.ForeignKey(Thread, on_delete=models.CASCADE, related_name="runs")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    epoch = models.PositiveIntegerField(default=0)
    owner = models.CharField(max_length=120, blank=True, default="", db_default="")
    lease_expires_at = models.DateTimeField(null=True, blank=True)
    stop_requested = models.BooleanField(default=False, db_default=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["thread"], condition=~models.Q(owner=""), name="run_one_at_a_time_per_thread"
            ),
        ]

    def __str__(self) -> str:
        return f"run of {self.reply_id}, epoch {self.epoch}"


class MemoryUse(models.Model):
    """A memory that stood in the prompt of a reply, and why."""

    reply = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="memory_uses")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    memory = models.ForeignKey("memories.Memory", on_delete=models.CASCADE, related_name="uses")
    rank = models.PositiveSmallIntegerField()
    reasons = models.CharField(max_length=40, help_text=_("meaning, words, pinned: comma-separated"))
    score = models.FloatField(default=0)
    not_relevant = models.BooleanField(default=False, db_default=False, help_text=_("Its person said so."))

    objects = OwnedQuerySet.as_manager()

    class Meta:
        ordering = ["rank"]
        constraints = [models.UniqueConstraint(fields=["reply", "memory"], name="memory_use_once_per_reply")]

    def __str__(self) -> str:
        return f"{self.rank}. {self.reasons}"


class ChangeKind(models.TextChoices):
    REMEMBERED = "remembered", _("Remembered")
    UPDATED = "updated", _("Updated")
    PROPOSED = "proposed", _("Waits for approval")
    KNOWN = "known", _("Known already")
    FORGOT = "forgot", _("Forgot")
    NOT_FOUND = "not_found", _("Nothing to forget")
    LISTED = "listed", _("Listed")
    REFUSED = "refused", _("Not stored")


class ChangeSource(models.TextChoices):
    REQUEST = "request", _("Asked for in so many words")
    LEARNED = "learned", _("Found in the message afterwards")
    TOOL = "tool", _("By the model while it replied")


class MemoryChange(models.Model):
    """What a person's message did to their memories. Texts live with the memory, so forgetting it forgets them here."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="memory_changes")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=12, choices=ChangeKind)
    source = models.CharField(max_length=10, choices=ChangeSource, default=ChangeSource.REQUEST, db_default="request")
    memory = models.ForeignKey(
        "memories.Memory", null=True, blank=True, on_delete=models.SET_NULL, related_name="changes"
    )
    proposal = models.ForeignKey(
        "memories.Proposal", null=True, blank=True, on_delete=models.SET_NULL, related_name="changes"
    )
    text = models.CharField(max_length=500, blank=True, help_text=_("What was asked for, when no memory matched."))
    reason = models.CharField(max_length=200, blank=True)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["message", "position"], name="memory_change_once_per_message")]

    def __str__(self) -> str:
        return f"{self.position + 1}. {self.kind}"


class ToolUse(models.Model):
    """A search that a model made while it replied. What it found of memories is recorded as their use."""

    reply = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="tool_uses")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    position = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=40)
    query = models.CharField(max_length=300)
    found = models.PositiveIntegerField(default=0, db_default=0)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["reply", "position"], name="tool_use_once_per_reply")]

    def __str__(self) -> str:
        return f"{self.position + 1}. {self.name}"


class LearningState(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    DONE = "done", _("Done")
    SKIPPED = "skipped", _("Nothing may be learned here")
    FAILED = "failed", _("Failed")


class Learning(models.Model):
    """What became of learning from one message: made in the transaction that ends its reply, settled by its job."""

    message = models.OneToOneField(Message, on_delete=models.CASCADE, primary_key=True, related_name="learning")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    state = models.CharField(max_length=10, choices=LearningState, default=LearningState.WAITING, db_default="waiting")
    attempts = models.PositiveIntegerField(default=0, db_default=0)
    found = models.PositiveIntegerField(default=0, db_default=0, help_text=_("How many statements came of it."))
    error_kind = models.CharField(max_length=30, blank=True, default="", db_default="")
    error_detail = models.CharField(max_length=500, blank=True, default="", db_default="")
    input_tokens = models.PositiveIntegerField(null=True, blank=True, help_text=_("Of all attempts together."))
    output_tokens = models.PositiveIntegerField(null=True, blank=True)
    cached_tokens = models.PositiveIntegerField(null=True, blank=True)
    cost = models.DecimalField(max_digits=COST_DIGITS, decimal_places=COST_PLACES, null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    ended_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        verbose_name = _("learning from a message")
        verbose_name_plural = _("learning from messages")
        indexes = [
            models.Index(fields=["-created_at"], name="learning_admin_list"),
            models.Index(fields=["created_at"], condition=models.Q(state="waiting"), name="learning_waiting"),
        ]

    def __str__(self) -> str:
        return f"{self.message_id}: {self.state}"


class Heard(models.Model):
    """What somebody said through a program, without a thread: until its job has learned from it, and no longer."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    text = models.TextField()
    earlier = models.JSONField(default=list, help_text=_("What was said before, only to understand it."))
    provider = models.CharField(max_length=40)
    model_name = models.CharField(max_length=120)
    memory_mode = models.CharField(max_length=10, choices=MemoryMode, default=MemoryMode.WRITE)
    stored = ArrayField(models.BigIntegerField(), default=list, help_text=_("Memories that it asked for."))
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        verbose_name = _("what was said through a program")
        verbose_name_plural = _("what was said through programs")

    def __str__(self) -> str:
        return f"heard {self.pk}"


class ProviderRule(models.Model):
    """What staff decided about one provider."""

    provider = models.CharField(max_length=40, unique=True)
    sends_memories = models.BooleanField(
        default=True, help_text=_("Off: nobody's memories are ever sent to this provider.")
    )

    class Meta:
        verbose_name = _("rule for a provider")
        verbose_name_plural = _("rules for providers")

    def __str__(self) -> str:
        return self.provider


def this_month() -> date:
    return timezone.localdate().replace(day=1)


class MonthlyUsage(models.Model):
    """What one person's replies took of one model in a month; it stays when their threads are deleted."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False)
    month = models.DateField(default=this_month, help_text=_("Its first day."))
    provider = models.CharField(max_length=40, blank=True, default="")
    model_name = models.CharField(max_length=120, blank=True, default="")
    replies = models.PositiveIntegerField(default=0)
    learned = models.PositiveIntegerField(default=0, help_text=_("Requests to learn from a message."))
    input_tokens = models.BigIntegerField(default=0)
    output_tokens = models.BigIntegerField(default=0)
    cached_tokens = models.BigIntegerField(default=0)
    cost = models.DecimalField(max_digits=COST_DIGITS, decimal_places=COST_PLACES, default=0)
    unpriced = models.PositiveIntegerField(
        default=0, help_text=_("How many of them took tokens for which there was no price.")
    )

    objects = OwnedQuerySet.as_manager()

    class Meta:
        verbose_name = _("usage in a month")
        verbose_name_plural = _("usage by month")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "month", "provider", "model_name"], name="usage_once_per_month_and_model"
            ),
        ]
        indexes = [models.Index(fields=["month", "user"], name="usage_of_month")]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}, {self.model_name}"


SITE_PROMPT_MAX_CHARS = 8_000


class SitePrompt(models.Model):
    """What staff tell every model of this site, in every thread: one row, or none."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    text = models.TextField(
        _("instructions"),
        blank=True,
        max_length=SITE_PROMPT_MAX_CHARS,
        help_text=_("Follow memchat's own instructions and precede those of the person. Empty: memchat's own alone."),
    )
    updated_at = models.DateTimeField(_("changed at"), auto_now=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        editable=False,
        verbose_name=_("changed by"),
    )

    class Meta:
        verbose_name = _("instructions of the site")
        verbose_name_plural = _("instructions of the site")
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="site_prompt_one_row")]

    def __str__(self) -> str:
        return str(_("Instructions of the site"))


class ImportState(models.TextChoices):
    """A file is checked, shown to its person, and stored if they say so; then it is one of the last three."""

    CHECKING = "checking", _("Being looked through")
    READY = "ready", _("Waits for you")
    RUNNING = "running", _("Being imported")
    DONE = "done", _("Imported")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")


OPEN_IMPORTS = (ImportState.CHECKING, ImportState.READY, ImportState.RUNNING)


class Import(models.Model):
    """A file that somebody brings from elsewhere, while it is worked on and what came of it.

    What stands in the file is here only as long as it is needed: with the end go its parts, and the texts in `found`
    and `memories`.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="imports")
    state = models.CharField(max_length=10, choices=ImportState, default=ImportState.CHECKING)
    size = models.BigIntegerField(help_text=_("Bytes."))
    source = models.CharField(max_length=20, blank=True, default="")
    done = models.BigIntegerField(default=0, help_text=_("Of the total, of bytes or of threads."))
    total = models.BigIntegerField(default=0)
    found = models.JSONField(default=dict, help_text=_("What checking has found: counts, dates, first titles."))
    memories = models.JSONField(default=list, help_text=_("The memories in the file, and what became of each."))
    wants_threads = models.BooleanField(default=True)
    added = models.PositiveIntegerField(default=0, help_text=_("Threads that this import has added,"))
    grown = models.PositiveIntegerField(default=0, help_text=_("threads it has added messages to,"))
    messages = models.PositiveIntegerField(default=0, help_text=_("messages it has added,"))
    remembered = models.PositiveIntegerField(default=0, help_text=_("and memories."))
    error_kind = models.CharField(max_length=30, blank=True, default="")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    ended_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user"],
                condition=models.Q(state__in=["checking", "ready", "running"]),
                name="import_one_at_a_time_per_person",
            ),
        ]
        indexes = [
            models.Index(fields=["user", "-created_at"], name="import_page"),
            # What is left lying is removed.
            models.Index(fields=["created_at"], name="import_to_remove"),
        ]

    def __str__(self) -> str:
        return f"{self.pk}: {self.state}"

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_IMPORTS


class ImportPart(models.Model):
    """A piece of an import's file, so that any process can work on it."""

    of = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="parts", db_index=False)
    position = models.PositiveIntegerField()
    data = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["of", "position"], name="import_part_once")]

    def __str__(self) -> str:
        return f"{self.of_id}: {self.position}"


class MessageTerms(models.Model):
    """The words that a message is found by, made when its turn ends; none for what is temporary.

    `terms` is null until they are made: so are the messages written before there was a search, and those that a process
    which died has left.
    """

    message = models.OneToOneField(Message, on_delete=models.CASCADE, primary_key=True, related_name="terms")
    # The database's index begins with when: the one of words names the owner in every word.
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False)
    created_at = models.DateTimeField(editable=False)
    terms = SearchVectorField(null=True, editable=False)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        verbose_name = _("words of a message")
        verbose_name_plural = _("words of messages")
        indexes = [
            GinIndex(fields=["terms"], name="message_by_words", fastupdate=False),
            models.Index(fields=["user", "-created_at"], name="message_terms_newest"),
            models.Index(fields=["created_at"], condition=models.Q(terms=None), name="message_terms_to_make"),
        ]

    def __str__(self) -> str:
        return f"words of {self.message_id}"


class MessageVector(models.Model):
    """What the beginning of a message means, as the embedder says that made it; without one the vector is null."""

    message = models.OneToOneField(Message, on_delete=models.CASCADE, primary_key=True, related_name="vector")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False)
    created_at = models.DateTimeField(editable=False)
    embedder = models.CharField(max_length=100, blank=True, editable=False)
    embedding = VectorField(null=True, editable=False)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        verbose_name = _("meaning of a message")
        verbose_name_plural = _("meanings of messages")
        indexes = [
            models.Index(fields=["user", "-created_at"], name="message_vector_newest"),
            # What a change of the embedder leaves to do.
            models.Index(fields=["embedder", "message"], name="message_vector_by_embedder"),
        ]

    def __str__(self) -> str:
        return f"meaning of {self.message_id}"


class SharedThread(models.Model):
    """A copy of a thread that whoever has its link may read, until it is removed: it stays as it was when it was made.

    It holds what was said and nothing else: no name, no memory, nothing that leads back to the thread.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    token = models.CharField(max_length=64, unique=True, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="shared_threads")
    thread = models.ForeignKey(Thread, on_delete=models.CASCADE, related_name="shared")
    title = models.CharField(max_length=TITLE_MAX_CHARS)
    said = models.JSONField(help_text=_("The messages: role, text, and of replies their rendering and the model."))
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        verbose_name = _("shared thread")
        verbose_name_plural = _("shared threads")
        ordering = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return f"shared thread {self.pk}"


class AttachmentKind(models.TextChoices):
    TEXT = "text", _("Text")
    IMAGE = "image", _("Image")


class AttachmentQuerySet(OwnedQuerySet):
    """Leaves what the files hold in the database, unless it is asked for: that may be megabytes for each."""

    def only(self, *fields: str) -> Any:
        # Django's own leaves out what is left out already, and what is missing then could never be read later.
        return models.QuerySet.only(self.defer(None), *fields)

    def with_contents(self) -> Any:
        return self.defer(None)

    def unsent(self) -> Any:
        return self.filter(message=None)


class AttachmentManager(models.Manager.from_queryset(AttachmentQuerySet)):  # type: ignore[misc]
    def get_queryset(self) -> Any:
        return super().get_queryset().defer("data", "preview", "text")


class Attachment(models.Model):
    """A file that its person has attached to a message, or will; what was never sent is removed after a while.

    `data` is what its person gets back: the file itself, or of an image one that was drawn anew. `text` is what a model
    is given of a text file.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    message = models.ForeignKey(Message, null=True, blank=True, on_delete=models.CASCADE, related_name="attachments")
    position = models.PositiveSmallIntegerField(default=0)
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=10, choices=AttachmentKind)
    media_type = models.CharField(max_length=60)
    size = models.PositiveIntegerField(help_text=_("Bytes."))
    data = models.BinaryField()
    preview = models.BinaryField(null=True, help_text=_("Of a large image, a small one."))
    text = models.TextField(null=True, editable=False)  # noqa: DJ001  an image has none, which is not an empty one
    chars = models.PositiveIntegerField(default=0)
    cut = models.BooleanField(default=False, help_text=_("Only the beginning of the text was taken."))
    pages = models.PositiveIntegerField(null=True, help_text=_("Of a PDF."))
    unread_pages = ArrayField(
        models.PositiveIntegerField(),
        default=list,
        db_default=[],
        blank=True,
        help_text=_("Pages without any text that can be read."),
    )
    width = models.PositiveIntegerField(null=True)
    height = models.PositiveIntegerField(null=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = AttachmentManager()

    class Meta:
        base_manager_name = "objects"
        ordering = ["position", "created_at", "pk"]
        indexes = [
            models.Index(fields=["created_at"], condition=models.Q(message=None), name="attachment_to_remove"),
        ]

    def __str__(self) -> str:
        return f"attachment {self.pk}"
