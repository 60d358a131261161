"""What is remembered of a person."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector
from django.db import models
from django.db.models.expressions import RawSQL
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from pgvector.django import VectorField

DEFAULT_NAMESPACE = "memories"
NAMESPACE_CHARS = 1_000
KEY_CHARS = 500


def new_key() -> str:
    return uuid.uuid4().hex


NEW_KEY = r"^[0-9a-f]{32}$"


def is_named(namespace: str, key: str, paths: list[str] | None) -> bool:
    """Whether a program calls a memory by a key of its own: what says the same by another name is another thing.

    Where it came from does not tell: a person's own program stores statements too, and they correct what others do.
    """
    return namespace != DEFAULT_NAMESPACE or paths is not None or re.match(NEW_KEY, key) is None


class Statement(models.Func):
    """What a value says: the text under "data", or all of it as JSON where there is none."""

    template = (
        "(CASE WHEN jsonb_typeof(%(expressions)s -> 'data') = 'string' THEN %(expressions)s ->> 'data'"
        " ELSE %(expressions)s::text END)"
    )
    output_field = models.TextField()


class IsRecalled(models.Func):
    """Whether chats recall a memory: a text, where chats keep theirs, that no program wants left out of searches."""

    template = (
        f"(namespace = '{DEFAULT_NAMESPACE}' AND coalesce(jsonb_typeof(value -> 'data') = 'string', false)"
        " AND paths IS DISTINCT FROM '{}'::text[])"
    )
    output_field = models.BooleanField()


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


COMPARED_BY_TEXT = models.Q(recalled=True) | models.Q(paths=None)


class MemoryQuerySet(models.QuerySet["Memory"]):
    def of(self, user: Any) -> MemoryQuerySet:
        """The memories of one person: the only way anyone's memories are reached."""
        return self.filter(user_id=user.pk if hasattr(user, "pk") else user)

    def current(self) -> MemoryQuerySet:
        """What counts now: neither superseded nor forgotten nor expired."""
        return self.filter(ended_at=None).exclude(expires_at__lte=timezone.now())

    def recalled(self) -> MemoryQuerySet:
        """What chats recall; the rest is data of programs."""
        return self.filter(recalled=True)

    def lasting(self) -> MemoryQuerySet:
        """What speaks for itself: not what a program keeps for a time, or for nobody to find."""
        return self.filter(ttl_minutes=None).exclude(paths=[])

    def compared_by_text(self) -> MemoryQuerySet:
        """Those whose own vector is that of their text; others have some of their fields, or nothing."""
        return self.filter(COMPARED_BY_TEXT)

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
    namespace = models.CharField(max_length=NAMESPACE_CHARS, default=DEFAULT_NAMESPACE)
    key = models.CharField(max_length=KEY_CHARS, default=new_key)
    value = models.JSONField(help_text=_("The statement, under “data”."))
    text = models.GeneratedField(
        expression=Statement("value"), output_field=models.TextField(), db_persist=True, editable=False
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

    # What programs store says more of itself than a statement does (`memories.items`): when its first version was
    # stored, how long after its last use it expires, and which of its fields searches compare by meaning. Without
    # `paths` that is its text; with none among them, nothing. `indexed_by` made their vectors.
    first_at = models.DateTimeField(null=True, editable=False)
    ttl_minutes = models.FloatField(null=True, editable=False)
    paths = ArrayField(models.TextField(), null=True, editable=False)
    by_site = models.BooleanField(default=False, db_default=False, editable=False)
    indexed_by = models.CharField(max_length=100, default="", db_default="", editable=False)
    recalled = models.GeneratedField(
        expression=IsRecalled(), output_field=models.BooleanField(), db_persist=True, editable=False
    )

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
            models.Index(
                fields=["embedder", "id"],
                condition=models.Q(ended_at=None) & COMPARED_BY_TEXT,
                name="memory_by_embedder",
            ),
            models.Index(
                fields=["indexed_by", "id"],
                condition=models.Q(ended_at=None, by_site=True),
                name="memory_fields_by_embedder",
            ),
            # The memory page, newest first.
            models.Index(fields=["user", "-created_at", "-id"], name="memory_page"),
            # The admin's list, newest first, and its search over everybody.
            models.Index(fields=["-created_at", "-id"], name="memory_admin_list"),
            GinIndex(SearchVector("text", config="simple"), name="memory_admin_search"),
            # Saying the same thing twice keeps one memory.
            models.Index(fields=["user", "fingerprint"], name="memory_same_text"),
            # What has been forgotten for long enough is removed for good.
            models.Index(fields=["ended_at"], condition=models.Q(ending="forgotten"), name="memory_to_remove"),
            # Whether programs keep anything beside statements, and what.
            models.Index(fields=["user"], condition=models.Q(ended_at=None, recalled=False), name="memory_of_programs"),
            # What programs stored for a time, and what they have put something else in the place of.
            models.Index(
                fields=["expires_at"],
                condition=models.Q(ended_at=None, ttl_minutes__isnull=False),
                name="memory_to_expire",
            ),
            models.Index(
                fields=["ended_at"], condition=models.Q(ending="superseded", origin="api"), name="memory_old_versions"
            ),
            # What was learned from a message or a thread.
            models.Index(fields=["source_thread"], name="memory_source_thread"),
        ]

    def __str__(self) -> str:
        # Not its text, which would get into logs and into pages that list whatever there is.
        return str(_("memory %s") % self.pk)

    @property
    def is_named(self) -> bool:
        """Whether a program calls it by a key of its own."""
        return is_named(self.namespace, self.key, self.paths)

    @property
    def last_day(self) -> date | None:
        """The last day on which it counts."""
        return (self.expires_at - timedelta(seconds=1)).date() if self.expires_at else None


class MemoryVectorQuerySet(models.QuerySet["MemoryVector"]):
    def of(self, user: Any) -> MemoryVectorQuerySet:
        """The vectors of one person's memories: the only way anyone's are reached."""
        return self.filter(user_id=user.pk if hasattr(user, "pk") else user)


class MemoryVector(models.Model):
    """What one field of a memory means, or one of several texts in it: a search takes the best of a memory's vectors.

    For what programs store. A statement has its one vector beside its text.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False)
    memory = models.ForeignKey(Memory, on_delete=models.CASCADE, related_name="vectors", db_index=False)
    path = models.TextField()
    number = models.PositiveIntegerField(default=0)
    embedder = models.CharField(max_length=100)
    dimensions = models.PositiveSmallIntegerField()
    embedding = VectorField()

    objects = MemoryVectorQuerySet.as_manager()

    class Meta:
        verbose_name = _("vector of a memory")
        verbose_name_plural = _("vectors of memories")
        constraints = [models.UniqueConstraint(fields=["memory", "path", "number"], name="memoryvector_once_per_text")]
        indexes = [models.Index(fields=["user", "embedder"], name="memoryvector_by_meaning")]

    def __str__(self) -> str:
        return str(_("vector of memory %s") % self.memory_id)


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
