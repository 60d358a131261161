"""What is remembered of a person."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector
from django.db import models
from django.db.models.expressions import RawSQL
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


class Sensitive(models.TextChoices):
    """Kinds of statements that are only remembered once their person has agreed."""

    HEALTH = "health", _("Health")
    RELIGION = "religion", _("Religion or belief")
    POLITICS = "politics", _("Political opinion")
    SEXUALITY = "sexuality", _("Sex life or orientation")
    UNION = "union", _("Trade union membership")
    BIOMETRICS = "biometrics", _("Biometric or genetic data")
    ORIGIN = "origin", _("Ethnic origin")


class MemoryQuerySet(models.QuerySet["Memory"]):
    def of(self, user: Any) -> MemoryQuerySet:
        """The memories of one person: the only way anyone's memories are reached."""
        return self.filter(user_id=user.pk if hasattr(user, "pk") else user)

    def current(self) -> MemoryQuerySet:
        """What counts now: neither superseded nor forgotten nor expired."""
        return self.filter(ended_at=None).exclude(expires_at__lte=timezone.now())

    def sharing(self, terms: Iterable[str]) -> MemoryQuerySet:
        """Those with one of these terms at least, out of the index of words."""
        return self._by_index("terms && %s::text[]", list(terms))

    def holding(self, terms: Iterable[str]) -> MemoryQuerySet:
        """Those with all of these terms, out of the index of words."""
        return self._by_index("terms @> %s::text[]", list(terms))

    def _by_index(self, condition: str, value: Any) -> MemoryQuerySet:
        # Row-level security would keep a plain condition from the index (see `memchat.postgres.guarding`), and so would
        # PostgreSQL 18, which joins the two into one without the OFFSET. An array is looked up once, not for each row.
        found = RawSQL(f"SELECT id FROM memories_reachable WHERE {condition} OFFSET 0", [value])  # noqa: S611
        among = models.Func(
            models.F("pk"),
            found,
            template="(%(expressions)s))",
            arg_joiner=" = ANY(ARRAY",
            output_field=models.BooleanField(),
        )
        return self.filter(among)

    def with_words(self, text: str) -> MemoryQuerySet:
        """Those with all words of a text, by the index memory_admin_search."""
        words = "to_tsvector('simple'::regconfig, COALESCE(text, '')) @@ plainto_tsquery('simple'::regconfig, %s)"
        return self._by_index(words, text)

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
    valid_until = models.DateField(null=True, blank=True, help_text=_("When something newer took its place."))
    expires_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    confirmed_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text=_("When the same was last said again.")
    )
    quoted = models.BooleanField(
        default=False,
        db_default=False,
        editable=False,
        help_text=_("Reads like an instruction, so it is only ever given to a model as a quotation."),
    )
    lowered = models.PositiveSmallIntegerField(
        default=0, db_default=0, editable=False, help_text=_("How often its person called it not relevant to a reply.")
    )

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
            # What has been forgotten for long enough is removed for good.
            models.Index(fields=["ended_at"], condition=models.Q(ending="forgotten"), name="memory_to_remove"),
            # What was learned from a message or a thread.
            models.Index(fields=["source_thread"], name="memory_source_thread"),
        ]

    def __str__(self) -> str:
        # Not its text, which would get into logs and into pages that list whatever there is.
        return str(_("memory %s") % self.pk)


class ProposalQuerySet(models.QuerySet["Proposal"]):
    def of(self, user: Any) -> ProposalQuerySet:
        """What waits for one person's word: the only way anyone's proposals are reached."""
        return self.filter(user_id=user.pk if hasattr(user, "pk") else user)


class Proposal(models.Model):
    """A statement of a sensitive kind that waits for its person to approve or reject it. It is never recalled."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memory_proposals", db_index=False
    )
    text = models.TextField()
    category = models.CharField(max_length=20, choices=Category, default=Category.FACT)
    sensitive = models.CharField(max_length=20, choices=Sensitive)
    origin = models.CharField(max_length=20, choices=Origin)
    source_thread = models.UUIDField(null=True, blank=True, editable=False)
    source_message = models.UUIDField(null=True, blank=True, editable=False)
    valid_from = models.DateField(null=True, blank=True)
    replaces = models.ForeignKey(Memory, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    fingerprint = models.CharField(max_length=32, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = ProposalQuerySet.as_manager()

    class Meta:
        verbose_name = _("proposed memory")
        verbose_name_plural = _("proposed memories")
        ordering = ["-created_at", "-pk"]
        constraints = [models.UniqueConstraint(fields=["user", "fingerprint"], name="proposal_once_per_text")]

    def __str__(self) -> str:
        return str(_("proposed memory %s") % self.pk)


class EmbedderInUse(models.Model):
    """The embedder that the newest process of this site was started with: one row.

    While processes with an old and with a new setting run side by side, only those that agree with it bring
    memories over; otherwise they would take each other's work back for ever.
    """

    name = models.CharField(max_length=100)
    dimensions = models.PositiveSmallIntegerField()
    since = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("embedder in use")
        verbose_name_plural = _("embedder in use")

    def __str__(self) -> str:
        return self.name
