"""All tables of memories, as they stand after the migrations named in `replaces`: a new site makes them in one step.

A site that has applied some of these goes on with them one by one.
"""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
import django.utils.timezone
import memories.models
import pgvector.django.vector
from django.conf import settings
from django.db import migrations, models
from pgvector.django import VectorExtension

from memchat.postgres.guarding import guarded, reachable


class Migration(migrations.Migration):
    replaces = [
        ("memories", "0001_initial"),
        ("memories", "0002_memory_people_control"),
        ("memories", "0003_embedder_in_use"),
        ("memories", "0004_row_security"),
        ("memories", "0005_items"),
    ]

    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("users", "0007_row_security"),
    ]

    operations = [
        VectorExtension(),
        migrations.CreateModel(
            name="EmbedderInUse",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=100)),
                ("dimensions", models.PositiveSmallIntegerField()),
                ("since", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                "verbose_name": "embedder in use",
                "verbose_name_plural": "embedder in use",
            },
        ),
        migrations.CreateModel(
            name="Memory",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("namespace", models.CharField(default="memories", max_length=1000)),
                ("key", models.CharField(default=memories.models.new_key, max_length=500)),
                ("value", models.JSONField(help_text="The statement, under “data”.")),
                (
                    "category",
                    models.CharField(
                        choices=[
                            ("fact", "Fact"),
                            ("preference", "Preference"),
                            ("person", "People"),
                            ("place", "Places"),
                            ("work", "Work"),
                            ("project", "Projects"),
                            ("health", "Health"),
                            ("other", "Other"),
                        ],
                        default="fact",
                        max_length=20,
                    ),
                ),
                (
                    "origin",
                    models.CharField(
                        choices=[
                            ("said", "Said in a thread"),
                            ("learned", "Learned from a thread"),
                            ("written", "Written by hand"),
                            ("imported", "Imported"),
                            ("api", "Through the API"),
                        ],
                        max_length=20,
                    ),
                ),
                ("source_thread", models.UUIDField(blank=True, editable=False, null=True)),
                ("source_message", models.UUIDField(blank=True, editable=False, null=True)),
                ("pinned", models.BooleanField(default=False)),
                ("valid_from", models.DateField(blank=True, null=True)),
                ("expires_at", models.DateTimeField(blank=True, null=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("ended_at", models.DateTimeField(blank=True, editable=False, null=True)),
                (
                    "ending",
                    models.CharField(
                        blank=True,
                        choices=[("superseded", "Superseded"), ("forgotten", "Forgotten")],
                        editable=False,
                        max_length=20,
                    ),
                ),
                ("fingerprint", models.CharField(editable=False, max_length=32)),
                (
                    "terms",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(), default=list, editable=False, size=None
                    ),
                ),
                ("word_count", models.PositiveIntegerField(default=0, editable=False)),
                ("embedder", models.CharField(blank=True, editable=False, max_length=100)),
                ("dimensions", models.PositiveSmallIntegerField(editable=False, null=True)),
                ("embedding", pgvector.django.vector.VectorField(editable=False, null=True)),
                (
                    "supersedes",
                    models.OneToOneField(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="superseded_by",
                        to="memories.memory",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="memories",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "confirmed_at",
                    models.DateTimeField(
                        blank=True, editable=False, help_text="When the same was last said again.", null=True
                    ),
                ),
                (
                    "lowered",
                    models.PositiveSmallIntegerField(
                        db_default=0,
                        default=0,
                        editable=False,
                        help_text="How often its person called it not relevant to a reply.",
                    ),
                ),
                (
                    "quoted",
                    models.BooleanField(
                        db_default=False,
                        default=False,
                        editable=False,
                        help_text="Reads like an instruction, so it is only ever given to a model as a quotation.",
                    ),
                ),
                (
                    "valid_until",
                    models.DateField(blank=True, help_text="When something newer took its place.", null=True),
                ),
                (
                    "text",
                    models.GeneratedField(
                        db_persist=True, expression=memories.models.Statement("value"), output_field=models.TextField()
                    ),
                ),
                ("first_at", models.DateTimeField(editable=False, null=True)),
                ("ttl_minutes", models.FloatField(editable=False, null=True)),
                (
                    "paths",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(), editable=False, null=True, size=None
                    ),
                ),
                ("by_site", models.BooleanField(db_default=False, default=False, editable=False)),
                ("indexed_by", models.CharField(db_default="", default="", editable=False, max_length=100)),
                (
                    "recalled",
                    models.GeneratedField(
                        db_persist=True, expression=memories.models.IsRecalled(), output_field=models.BooleanField()
                    ),
                ),
            ],
            options={
                "verbose_name": "memory",
                "verbose_name_plural": "memories",
                "indexes": [
                    models.Index(
                        condition=models.Q(("ended_at", None)),
                        fields=["user", "embedder"],
                        name="memory_recall_by_meaning",
                    ),
                    models.Index(
                        condition=models.Q(("ended_at", None), ("pinned", True)), fields=["user"], name="memory_pinned"
                    ),
                    django.contrib.postgres.indexes.GinIndex(
                        fastupdate=False, fields=["terms"], name="memory_by_words"
                    ),
                    models.Index(fields=["user", "-created_at", "-id"], name="memory_page"),
                    models.Index(fields=["-created_at", "-id"], name="memory_admin_list"),
                    models.Index(fields=["user", "fingerprint"], name="memory_same_text"),
                    models.Index(fields=["source_thread"], name="memory_source_thread"),
                    models.Index(
                        condition=models.Q(("ending", "forgotten")), fields=["ended_at"], name="memory_to_remove"
                    ),
                    django.contrib.postgres.indexes.GinIndex(
                        django.contrib.postgres.search.SearchVector("text", config="simple"), name="memory_admin_search"
                    ),
                    models.Index(
                        condition=models.Q(
                            ("ended_at", None), models.Q(("recalled", True), ("paths", None), _connector="OR")
                        ),
                        fields=["embedder", "id"],
                        name="memory_by_embedder",
                    ),
                    models.Index(
                        condition=models.Q(("ended_at", None), ("recalled", False)),
                        fields=["user"],
                        name="memory_of_programs",
                    ),
                    models.Index(
                        condition=models.Q(("by_site", True), ("ended_at", None)),
                        fields=["indexed_by", "id"],
                        name="memory_fields_by_embedder",
                    ),
                    models.Index(
                        condition=models.Q(("ended_at", None), ("ttl_minutes__isnull", False)),
                        fields=["expires_at"],
                        name="memory_to_expire",
                    ),
                    models.Index(
                        condition=models.Q(("ending", "superseded"), ("origin", "api")),
                        fields=["ended_at"],
                        name="memory_old_versions",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at", None)),
                        fields=("user", "namespace", "key"),
                        name="memory_one_current_per_key",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ended_at", None), ("ending", "")),
                            models.Q(("ended_at__isnull", False), models.Q(("ending", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="memory_ending_says_why",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("dimensions", None), ("embedder", ""), ("embedding", None)),
                            models.Q(
                                ("dimensions__isnull", False),
                                ("embedding__isnull", False),
                                models.Q(("embedder", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="memory_embedding_names_its_embedder",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="MemoryVector",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", models.TextField()),
                ("number", models.PositiveIntegerField(default=0)),
                ("embedder", models.CharField(max_length=100)),
                ("dimensions", models.PositiveSmallIntegerField()),
                ("embedding", pgvector.django.vector.VectorField()),
                (
                    "memory",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="vectors",
                        to="memories.memory",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "vector of a memory",
                "verbose_name_plural": "vectors of memories",
                "indexes": [models.Index(fields=["user", "embedder"], name="memoryvector_by_meaning")],
                "constraints": [
                    models.UniqueConstraint(fields=("memory", "path", "number"), name="memoryvector_once_per_text")
                ],
            },
        ),
        migrations.CreateModel(
            name="Proposal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("text", models.TextField()),
                (
                    "category",
                    models.CharField(
                        choices=[
                            ("fact", "Fact"),
                            ("preference", "Preference"),
                            ("person", "People"),
                            ("place", "Places"),
                            ("work", "Work"),
                            ("project", "Projects"),
                            ("health", "Health"),
                            ("other", "Other"),
                        ],
                        default="fact",
                        max_length=20,
                    ),
                ),
                (
                    "sensitive",
                    models.CharField(
                        choices=[
                            ("health", "Health"),
                            ("religion", "Religion or belief"),
                            ("politics", "Political opinion"),
                            ("sexuality", "Sex life or orientation"),
                            ("union", "Trade union membership"),
                            ("biometrics", "Biometric or genetic data"),
                            ("origin", "Ethnic origin"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "origin",
                    models.CharField(
                        choices=[
                            ("said", "Said in a thread"),
                            ("learned", "Learned from a thread"),
                            ("written", "Written by hand"),
                            ("imported", "Imported"),
                            ("api", "Through the API"),
                        ],
                        max_length=20,
                    ),
                ),
                ("source_thread", models.UUIDField(blank=True, editable=False, null=True)),
                ("source_message", models.UUIDField(blank=True, editable=False, null=True)),
                ("valid_from", models.DateField(blank=True, null=True)),
                ("fingerprint", models.CharField(editable=False, max_length=32)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                (
                    "replaces",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="memories.memory",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="memory_proposals",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "proposed memory",
                "verbose_name_plural": "proposed memories",
                "ordering": ["-created_at", "-pk"],
                "constraints": [models.UniqueConstraint(fields=("user", "fingerprint"), name="proposal_once_per_text")],
            },
        ),
        # Exact recall reads every vector of a person: kept in line, uncompressed, that is three times faster
        # than the default out-of-line storage. It bounds vectors to about 1,900 dimensions (a page of 8 KiB).
        migrations.RunSQL(
            "ALTER TABLE memories_memory ALTER COLUMN embedding SET STORAGE PLAIN", migrations.RunSQL.noop
        ),
        # Programs may choose more dimensions than a page holds, which then stand elsewhere.
        migrations.RunSQL(
            "ALTER TABLE memories_memoryvector ALTER COLUMN embedding SET STORAGE MAIN", migrations.RunSQL.noop
        ),
        guarded("memories_memory"),
        guarded("memories_proposal"),
        guarded("memories_memoryvector"),
        reachable(
            "memories_reachable",
            "memories_memory",
            "ctid AS place, id, user_id, text, terms, word_count, embedder, embedding, pinned, quoted, lowered,"
            " valid_from, created_at, expires_at, ended_at, recalled",
        ),
    ]
