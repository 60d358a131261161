"""What is remembered of a person."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector
from django.db import models
from django.db.models.fields.json import KT
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from pgvector.django import VectorField

DEFAULT_NAMESPACE = "memories"


def new_key() -> str:
    return uuid.uuid4().hex


class Category(models.TextChoices):
    FACT = "fact", _("Fact")
    PREFERENCE = "preference", _("Preference")
    PERSON = "person", _("People")
    PLACE = "place", _("Places")
    WORK = "work", _("Work")
    PROJECT = "project", _("Projects")
    HEALTH = "health", _("Health")
    OTHER = "other", _("Other")


class Origin(models.TextChoices):
    SAID = "said", _("Said in a thread")
    LEARNED = "learned", _("Learned from a thread")
    WRITTEN = "written", _("Written by hand")
    IMPORTED = "imported", _("Imported")
    API = "api", _("Through the API")


class Ending(models.TextChoices):
    SUPERSEDED = "superseded", _("Superseded")
    FORGOTTEN = "forgotten", _("Forgotten")


class MemoryQuerySet(models.QuerySet["Memory"]):
    def of(self, user: Any) -> MemoryQuerySet:
        """The memories of one person: the only way anyone's memories are reached."""
        return self.filter(user_id=user.pk if hasattr(user, "pk") else user)

    def current(self) -> MemoryQuerySet:
        """What counts now: neither superseded nor forgotten nor expired."""
        return self.filter(ended_at=None).exclude(expires_at__lte=timezone.now())

    def without_vectors(self) -> MemoryQuerySet:
        """Leave out what pages never show and what is large."""
        return self.defer("embedding", "terms")


class Memory(models.Model):
    """One lasting statement about a person.

    Its text never changes: a correction or a newer fact is a new row that `supersedes` this one, and
    this one ends. What ended stays as history until it is removed for good.
    """

    # No index of its own: those below begin with the owner.
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memories", db_index=False
    )
    namespace = models.CharField(max_length=500, default=DEFAULT_NAMESPACE)
    key = models.CharField(max_length=255, default=new_key)
    value = models.JSONField(help_text=_("The statement, under “data”."))
    text = models.GeneratedField(
        expression=KT("value__data"), output_field=models.TextField(), db_persist=True, editable=False
    )
    category = models.CharField(max_length=20, choices=Category, default=Category.FACT)
    origin = models.CharField(max_length=20, choices=Origin)
    source_thread = models.UUIDField(null=True, blank=True, editable=False)
    source_message = models.UUIDField(null=True, blank=True, editable=False)
    pinned = models.BooleanField(default=False)
    valid_from = models.DateField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    supersedes = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="superseded_by", editable=False
    )
    ended_at = models.DateTimeField(null=True, blank=True, editable=False)
    ending = models.CharField(max_length=20, choices=Ending, blank=True, editable=False)

    fingerprint = models.CharField(max_length=32, editable=False)
    terms = ArrayField(models.TextField(), default=list, editable=False)
    word_count = models.PositiveIntegerField(default=0, editable=False)
    embedder = models.CharField(max_length=100, blank=True, editable=False)
    dimensions = models.PositiveSmallIntegerField(null=True, editable=False)
    embedding = VectorField(null=True, editable=False)

    objects = MemoryQuerySet.as_manager()

    class Meta:
        verbose_name = _("memory")
        verbose_name_plural = _("memories")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "namespace", "key"],
                condition=models.Q(ended_at=None),
                name="memory_one_current_per_key",
            ),
            models.CheckConstraint(
                condition=models.Q(ended_at=None, ending="") | models.Q(ended_at__isnull=False) & ~models.Q(ending=""),
                name="memory_ending_says_why",
            ),
            models.CheckConstraint(
                condition=models.Q(embedding=None, embedder="", dimensions=None)
                | models.Q(embedding__isnull=False, dimensions__isnull=False) & ~models.Q(embedder=""),
                name="memory_embedding_names_its_embedder",
            ),
        ]
        indexes = [
            # Recall: the rows of one person that one embedder made, then an exact sort by distance.
            models.Index(
                fields=["user", "embedder"], condition=models.Q(ended_at=None), name="memory_recall_by_meaning"
            ),
            # Recall: what is always part of it.
            models.Index(fields=["user"], condition=models.Q(ended_at=None, pinned=True), name="memory_pinned"),
            # Recall and search by words: the owner is part of every term.
            GinIndex(fields=["terms"], name="memory_by_words", fastupdate=False),
            # What a change of the embedder leaves to do.
            models.Index(fields=["embedder", "id"], condition=models.Q(ended_at=None), name="memory_by_embedder"),
            # The memory page, newest first.
            models.Index(fields=["user", "-created_at", "-id"], name="memory_page"),
            # The admin's list, newest first, and its search over everybody.
            models.Index(fields=["-created_at", "-id"], name="memory_admin_list"),
            GinIndex(SearchVector("text", config="simple"), name="memory_admin_search"),
            # Saying the same thing twice keeps one memory.
            models.Index(fields=["user", "fingerprint"], name="memory_same_text"),
            # What was learned from a message or a thread.
            models.Index(fields=["source_thread"], name="memory_source_thread"),
        ]

    def __str__(self) -> str:
        return (self.text or str(self.value.get("data", "")))[:80]
