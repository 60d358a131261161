"""Threads, their messages, and the runs that are writing replies right now."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

TITLE_MAX_CHARS = 120


class OwnedQuerySet(models.QuerySet[Any]):
    def of(self, user: Any) -> Any:
        """What belongs to one person: the only way anyone's rows are reached."""
        return self.filter(user_id=user.pk if hasattr(user, "pk") else user)


class MemoryMode(models.TextChoices):
    OFF = "off", _("Off")
    READ = "read", _("Read only")
    WRITE = "write", _("Read and write")


class Thread(models.Model):
    """A conversation of one person, with its own history."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="threads")
    title = models.CharField(max_length=TITLE_MAX_CHARS, blank=True)
    titled_by_hand = models.BooleanField(default=False)
    provider = models.CharField(max_length=40, blank=True, help_text=_("Empty: the site's default."))
    model_name = models.CharField(max_length=120, blank=True)
    memory_mode = models.CharField(max_length=10, choices=MemoryMode, default=MemoryMode.WRITE)
    head = models.ForeignKey("Message", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    active_at = models.DateTimeField(default=timezone.now)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        indexes = [
            # The list of one's threads, latest first.
            models.Index(fields=["user", "-active_at", "-id"], name="thread_list"),
            models.Index(fields=["-active_at", "-id"], name="thread_admin_list"),
        ]

    def __str__(self) -> str:
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
    omitted_count = models.PositiveIntegerField(default=0, db_default=0)
    memory_notice = models.CharField(max_length=30, blank=True, default="", db_default="")

    objects = OwnedQuerySet.as_manager()

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
        return f"{self.role}: {self.text[:60]}"


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

    objects = OwnedQuerySet.as_manager()

    class Meta:
        ordering = ["rank"]
        constraints = [models.UniqueConstraint(fields=["reply", "memory"], name="memory_use_once_per_reply")]

    def __str__(self) -> str:
        return f"{self.rank}. {self.reasons}"


class ChangeKind(models.TextChoices):
    REMEMBERED = "remembered", _("Remembered")
    KNOWN = "known", _("Known already")
    FORGOT = "forgot", _("Forgot")
    NOT_FOUND = "not_found", _("Nothing to forget")
    LISTED = "listed", _("Listed")
    REFUSED = "refused", _("Not stored")


class MemoryChange(models.Model):
    """What a person's message did to their memories. Texts live with the memory, so forgetting it forgets them here."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="memory_changes")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=12, choices=ChangeKind)
    memory = models.ForeignKey(
        "memories.Memory", null=True, blank=True, on_delete=models.SET_NULL, related_name="changes"
    )
    text = models.CharField(max_length=500, blank=True, help_text=_("What was asked for, when no memory matched."))
    reason = models.CharField(max_length=200, blank=True)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["message", "position"], name="memory_change_once_per_message")]

    def __str__(self) -> str:
        return f"{self.position + 1}. {self.kind}"
