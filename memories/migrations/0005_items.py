import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
import memories.models
import pgvector.django.vector
from django.conf import settings
from django.db import migrations, models

from memchat.postgres.guarding import guarded, reachable

_COLUMNS = (
    "ctid AS place, id, user_id, text, terms, word_count, embedder, embedding, pinned, quoted, lowered,"
    " valid_from, created_at, expires_at, ended_at"
)


class Migration(migrations.Migration):
    dependencies = [
        ("memories", "0004_row_security"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        # What programs store has no statement under "data" where it says something else: its text is the whole of it.
        # A generated column cannot be changed, and what is built on it goes with it.
        migrations.RunSQL(
            "DROP VIEW memories_reachable",
            reachable("memories_reachable", "memories_memory", _COLUMNS).sql,
        ),
        migrations.RemoveIndex(model_name="memory", name="memory_admin_search"),
        migrations.RemoveField(model_name="memory", name="text"),
        migrations.AddField(
            model_name="memory",
            name="text",
            field=models.GeneratedField(
                db_persist=True, expression=memories.models.Statement("value"), output_field=models.TextField()
            ),
        ),
        migrations.AddIndex(
            model_name="memory",
            index=django.contrib.postgres.indexes.GinIndex(
                django.contrib.postgres.search.SearchVector("text", config="simple"), name="memory_admin_search"
            ),
        ),
        migrations.AlterField(
            model_name="memory", name="key", field=models.CharField(default=memories.models.new_key, max_length=500)
        ),
        migrations.AlterField(
            model_name="memory", name="namespace", field=models.CharField(default="memories", max_length=1000)
        ),
        migrations.AddField(
            model_name="memory",
            name="first_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="memory",
            name="ttl_minutes",
            field=models.FloatField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="memory",
            name="paths",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.TextField(),
                editable=False,
                null=True,
                size=None,
            ),
        ),
        migrations.AddField(
            model_name="memory",
            name="by_site",
            field=models.BooleanField(
                db_default=False,
                default=False,
                editable=False,
            ),
        ),
        migrations.AddField(
            model_name="memory",
            name="indexed_by",
            field=models.CharField(
                db_default="",
                default="",
                editable=False,
                max_length=100,
            ),
        ),
        migrations.AddField(
            model_name="memory",
            name="recalled",
            field=models.GeneratedField(
                db_persist=True, expression=memories.models.IsRecalled(), output_field=models.BooleanField()
            ),
        ),
        migrations.RemoveIndex(model_name="memory", name="memory_by_embedder"),
        migrations.AddIndex(
            model_name="memory",
            index=models.Index(
                condition=models.Q(("ended_at", None), models.Q(("recalled", True), ("paths", None), _connector="OR")),
                fields=["embedder", "id"],
                name="memory_by_embedder",
            ),
        ),
        migrations.AddIndex(
            model_name="memory",
            index=models.Index(
                condition=models.Q(("ended_at", None), ("recalled", False)),
                fields=["user"],
                name="memory_of_programs",
            ),
        ),
        migrations.AddIndex(
            model_name="memory",
            index=models.Index(
                condition=models.Q(("by_site", True), ("ended_at", None)),
                fields=["indexed_by", "id"],
                name="memory_fields_by_embedder",
            ),
        ),
        migrations.AddIndex(
            model_name="memory",
            index=models.Index(
                condition=models.Q(("ended_at", None), ("ttl_minutes__isnull", False)),
                fields=["expires_at"],
                name="memory_to_expire",
            ),
        ),
        migrations.AddIndex(
            model_name="memory",
            index=models.Index(
                condition=models.Q(("ending", "superseded"), ("origin", "api")),
                fields=["ended_at"],
                name="memory_old_versions",
            ),
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
                    models.UniqueConstraint(
                        fields=("memory", "path", "number"), name="memoryvector_once_per_text"
                    )
                ],
            },
        ),
        # In line, as those of memories are; but programs may choose more dimensions than a page holds, which then
        # stand elsewhere.
        migrations.RunSQL(
            "ALTER TABLE memories_memoryvector ALTER COLUMN embedding SET STORAGE MAIN",
            migrations.RunSQL.noop,
        ),
        guarded("memories_memoryvector"),
        reachable("memories_reachable", "memories_memory", f"{_COLUMNS}, recalled"),
    ]
