"""All tables of threads, as they stand after the migrations named in `replaces`: a new site makes them in one step.

A site that has applied some of these goes on with them one by one.
"""

import conversations.models
import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
import django.utils.timezone
import pgvector.django.vector
import uuid
from django.conf import settings
from django.db import migrations, models

from memchat.postgres.guarding import guarded, reachable

OWNED = (
    "thread",
    "message",
    "run",
    "memoryuse",
    "memorychange",
    "tooluse",
    "learning",
    "monthlyusage",
    "import",
    "messageterms",
    "messagevector",
    "sharedthread",
    "attachment",
    "heard",
)


class Migration(migrations.Migration):
    replaces = [
        ("conversations", "0001_initial"),
        ("conversations", "0002_memory_people_control"),
        ("conversations", "0003_tool_uses"),
        ("conversations", "0004_imports"),
        ("conversations", "0005_finding"),
        ("conversations", "0006_attachments"),
        ("conversations", "0007_steering"),
        ("conversations", "0008_row_security"),
        ("conversations", "0009_heard"),
    ]

    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("users", "0007_row_security"),
    ]

    operations = [
        migrations.CreateModel(
            name="Heard",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("text", models.TextField()),
                ("earlier", models.JSONField(default=list, help_text="What was said before, only to understand it.")),
                ("provider", models.CharField(max_length=40)),
                ("model_name", models.CharField(max_length=120)),
                (
                    "memory_mode",
                    models.CharField(
                        choices=[("off", "Off"), ("read", "Read only"), ("write", "Read and write")],
                        default="write",
                        max_length=10,
                    ),
                ),
                (
                    "stored",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(),
                        default=list,
                        help_text="Memories that it asked for.",
                        size=None,
                    ),
                ),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "verbose_name": "what was said through a program",
                "verbose_name_plural": "what was said through programs",
            },
        ),
        migrations.CreateModel(
            name="Import",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("checking", "Being looked through"),
                            ("ready", "Waits for you"),
                            ("running", "Being imported"),
                            ("done", "Imported"),
                            ("failed", "Failed"),
                            ("cancelled", "Cancelled"),
                        ],
                        default="checking",
                        max_length=10,
                    ),
                ),
                ("size", models.BigIntegerField(help_text="Bytes.")),
                ("source", models.CharField(blank=True, default="", max_length=20)),
                ("done", models.BigIntegerField(default=0, help_text="Of the total, of bytes or of threads.")),
                ("total", models.BigIntegerField(default=0)),
                (
                    "found",
                    models.JSONField(default=dict, help_text="What checking has found: counts, dates, first titles."),
                ),
                (
                    "memories",
                    models.JSONField(default=list, help_text="The memories in the file, and what became of each."),
                ),
                ("wants_threads", models.BooleanField(default=True)),
                ("added", models.PositiveIntegerField(default=0, help_text="Threads that this import has added,")),
                ("grown", models.PositiveIntegerField(default=0, help_text="threads it has added messages to,")),
                ("messages", models.PositiveIntegerField(default=0, help_text="messages it has added,")),
                ("remembered", models.PositiveIntegerField(default=0, help_text="and memories.")),
                ("error_kind", models.CharField(blank=True, default="", max_length=30)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("ended_at", models.DateTimeField(blank=True, editable=False, null=True)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="imports", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["user", "-created_at"], name="import_page"),
                    models.Index(fields=["created_at"], name="import_to_remove"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ["checking", "ready", "running"])),
                        fields=("user",),
                        name="import_one_at_a_time_per_person",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="MonthlyUsage",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("month", models.DateField(default=conversations.models.this_month, help_text="Its first day.")),
                ("provider", models.CharField(blank=True, default="", max_length=40)),
                ("model_name", models.CharField(blank=True, default="", max_length=120)),
                ("replies", models.PositiveIntegerField(default=0)),
                ("learned", models.PositiveIntegerField(default=0, help_text="Requests to learn from a message.")),
                ("input_tokens", models.BigIntegerField(default=0)),
                ("output_tokens", models.BigIntegerField(default=0)),
                ("cached_tokens", models.BigIntegerField(default=0)),
                ("cost", models.DecimalField(decimal_places=8, default=0, max_digits=18)),
                (
                    "unpriced",
                    models.PositiveIntegerField(
                        default=0, help_text="How many of them took tokens for which there was no price."
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
                "verbose_name": "usage in a month",
                "verbose_name_plural": "usage by month",
                "indexes": [models.Index(fields=["month", "user"], name="usage_of_month")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("user", "month", "provider", "model_name"), name="usage_once_per_month_and_model"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ProviderRule",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("provider", models.CharField(max_length=40, unique=True)),
                (
                    "sends_memories",
                    models.BooleanField(
                        default=True, help_text="Off: nobody's memories are ever sent to this provider."
                    ),
                ),
            ],
            options={
                "verbose_name": "rule for a provider",
                "verbose_name_plural": "rules for providers",
            },
        ),
        migrations.CreateModel(
            name="SitePrompt",
            fields=[
                ("id", models.PositiveSmallIntegerField(default=1, editable=False, primary_key=True, serialize=False)),
                (
                    "text",
                    models.TextField(
                        blank=True,
                        help_text="Follow memchat's own instructions and precede those of the person. Empty: memchat's own alone.",
                        max_length=8000,
                        verbose_name="instructions",
                    ),
                ),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="changed at")),
                (
                    "by",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="changed by",
                    ),
                ),
            ],
            options={
                "verbose_name": "instructions of the site",
                "verbose_name_plural": "instructions of the site",
                "constraints": [models.CheckConstraint(condition=models.Q(("id", 1)), name="site_prompt_one_row")],
            },
        ),
        migrations.CreateModel(
            name="ImportPart",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.PositiveIntegerField()),
                ("data", models.BinaryField()),
                (
                    "of",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="parts",
                        to="conversations.import",
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("of", "position"), name="import_part_once")],
            },
        ),
        migrations.CreateModel(
            name="Thread",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("title", models.CharField(blank=True, max_length=120)),
                ("titled_by_hand", models.BooleanField(default=False)),
                ("provider", models.CharField(blank=True, help_text="Empty: the site's default.", max_length=40)),
                ("model_name", models.CharField(blank=True, max_length=120)),
                (
                    "memory_mode",
                    models.CharField(
                        choices=[("off", "Off"), ("read", "Read only"), ("write", "Read and write")],
                        default="write",
                        max_length=10,
                    ),
                ),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("active_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="threads", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("expires_at", models.DateTimeField(blank=True, null=True)),
                (
                    "temporary",
                    models.BooleanField(
                        db_default=False,
                        default=False,
                        help_text="Neither reads nor writes memory, is in no list, and is removed.",
                    ),
                ),
                (
                    "archived",
                    models.BooleanField(
                        db_default=False,
                        default=False,
                        help_text="Stands on a page of its own until somebody writes in it again.",
                    ),
                ),
                (
                    "pinned",
                    models.BooleanField(
                        db_default=False, default=False, help_text="Stands above all others in the list."
                    ),
                ),
                (
                    "tags",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=40), blank=True, db_default=[], default=list, size=10
                    ),
                ),
                (
                    "unread",
                    models.BooleanField(
                        db_default=False, default=False, help_text="A reply has ended that its person has not seen."
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["user", "-active_at", "-id"], name="thread_list"),
                    models.Index(fields=["-active_at", "-id"], name="thread_admin_list"),
                    models.Index(
                        condition=models.Q(("temporary", True)), fields=["expires_at"], name="thread_to_remove"
                    ),
                    models.Index(
                        condition=models.Q(("archived", True)),
                        fields=["user", "-active_at", "-id"],
                        name="thread_archived",
                    ),
                    models.Index(condition=models.Q(("unread", True)), fields=["user"], name="thread_unread"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("expires_at", None), ("temporary", False)),
                            models.Q(("expires_at__isnull", False), ("memory_mode", "off"), ("temporary", True)),
                            _connector="OR",
                        ),
                        name="thread_temporary_has_no_memory",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Message",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                (
                    "depth",
                    models.PositiveIntegerField(default=0, help_text="How many messages precede it on its branch."),
                ),
                ("role", models.CharField(choices=[("user", "Person"), ("assistant", "Assistant")], max_length=10)),
                ("text", models.TextField(blank=True, db_default="", default="")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("pending", "Waiting"),
                            ("streaming", "Replying"),
                            ("complete", "Complete"),
                            ("stopped", "Stopped"),
                            ("interrupted", "Interrupted"),
                            ("failed", "Failed"),
                        ],
                        default="complete",
                        max_length=12,
                    ),
                ),
                ("client_id", models.UUIDField(blank=True, editable=False, null=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("ended_at", models.DateTimeField(blank=True, editable=False, null=True)),
                ("html", models.TextField(blank=True, db_default="", default="", editable=False)),
                ("html_version", models.PositiveSmallIntegerField(db_default=0, default=0, editable=False)),
                ("provider", models.CharField(blank=True, db_default="", default="", max_length=40)),
                ("model_name", models.CharField(blank=True, db_default="", default="", max_length=120)),
                ("stop_reason", models.CharField(blank=True, db_default="", default="", max_length=20)),
                ("error_kind", models.CharField(blank=True, db_default="", default="", max_length=30)),
                ("error_detail", models.CharField(blank=True, db_default="", default="", max_length=500)),
                ("retry_after", models.FloatField(blank=True, null=True)),
                ("input_tokens", models.PositiveIntegerField(blank=True, null=True)),
                ("output_tokens", models.PositiveIntegerField(blank=True, null=True)),
                ("cached_tokens", models.PositiveIntegerField(blank=True, null=True)),
                ("omitted_count", models.PositiveIntegerField(db_default=0, default=0)),
                ("memory_notice", models.CharField(blank=True, db_default="", default="", max_length=30)),
                (
                    "parent",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="children",
                        to="conversations.message",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "thread",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="messages", to="conversations.thread"
                    ),
                ),
                (
                    "cost",
                    models.DecimalField(
                        blank=True,
                        decimal_places=8,
                        help_text="By the prices that held when the reply ended; empty where the model had none.",
                        max_digits=18,
                        null=True,
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["thread", "created_at"], name="message_of_thread"),
                    models.Index(fields=["-created_at", "-id"], name="message_admin_list"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("user", "client_id"), name="message_once_per_client_id")
                ],
            },
        ),
        migrations.CreateModel(
            name="SharedThread",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("token", models.CharField(editable=False, max_length=64, unique=True)),
                ("title", models.CharField(max_length=120)),
                (
                    "said",
                    models.JSONField(
                        help_text="The messages: role, text, and of replies their rendering and the model."
                    ),
                ),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                (
                    "thread",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="shared", to="conversations.thread"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="shared_threads",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "shared thread",
                "verbose_name_plural": "shared threads",
                "ordering": ["-created_at", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="Attachment",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("position", models.PositiveSmallIntegerField(default=0)),
                ("name", models.CharField(max_length=120)),
                ("kind", models.CharField(choices=[("text", "Text"), ("image", "Image")], max_length=10)),
                ("media_type", models.CharField(max_length=60)),
                ("size", models.PositiveIntegerField(help_text="Bytes.")),
                ("data", models.BinaryField()),
                ("preview", models.BinaryField(help_text="Of a large image, a small one.", null=True)),
                ("text", models.TextField(editable=False, null=True)),
                ("chars", models.PositiveIntegerField(default=0)),
                ("cut", models.BooleanField(default=False, help_text="Only the beginning of the text was taken.")),
                ("width", models.PositiveIntegerField(null=True)),
                ("height", models.PositiveIntegerField(null=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                (
                    "message",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="attachments",
                        to="conversations.message",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "ordering": ["position", "created_at", "pk"],
                "base_manager_name": "objects",
                "indexes": [
                    models.Index(
                        condition=models.Q(("message", None)), fields=["created_at"], name="attachment_to_remove"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Learning",
            fields=[
                (
                    "message",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="learning",
                        serialize=False,
                        to="conversations.message",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("done", "Done"),
                            ("skipped", "Nothing may be learned here"),
                            ("failed", "Failed"),
                        ],
                        db_default="waiting",
                        default="waiting",
                        max_length=10,
                    ),
                ),
                ("attempts", models.PositiveIntegerField(db_default=0, default=0)),
                (
                    "found",
                    models.PositiveIntegerField(db_default=0, default=0, help_text="How many statements came of it."),
                ),
                ("error_kind", models.CharField(blank=True, db_default="", default="", max_length=30)),
                ("error_detail", models.CharField(blank=True, db_default="", default="", max_length=500)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("ended_at", models.DateTimeField(blank=True, editable=False, null=True)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("cached_tokens", models.PositiveIntegerField(blank=True, null=True)),
                ("cost", models.DecimalField(blank=True, decimal_places=8, max_digits=18, null=True)),
                (
                    "input_tokens",
                    models.PositiveIntegerField(blank=True, help_text="Of all attempts together.", null=True),
                ),
                ("output_tokens", models.PositiveIntegerField(blank=True, null=True)),
            ],
            options={
                "verbose_name": "learning from a message",
                "verbose_name_plural": "learning from messages",
                "indexes": [
                    models.Index(fields=["-created_at"], name="learning_admin_list"),
                    models.Index(
                        condition=models.Q(("state", "waiting")), fields=["created_at"], name="learning_waiting"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="MemoryChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.PositiveSmallIntegerField()),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("remembered", "Remembered"),
                            ("updated", "Updated"),
                            ("proposed", "Waits for approval"),
                            ("known", "Known already"),
                            ("forgot", "Forgot"),
                            ("not_found", "Nothing to forget"),
                            ("listed", "Listed"),
                            ("refused", "Not stored"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "text",
                    models.CharField(
                        blank=True, help_text="What was asked for, when no memory matched.", max_length=500
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=200)),
                (
                    "memory",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="changes",
                        to="memories.memory",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "message",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="memory_changes",
                        to="conversations.message",
                    ),
                ),
                (
                    "proposal",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="changes",
                        to="memories.proposal",
                    ),
                ),
                (
                    "source",
                    models.CharField(
                        choices=[
                            ("request", "Asked for in so many words"),
                            ("learned", "Found in the message afterwards"),
                            ("tool", "By the model while it replied"),
                        ],
                        db_default="request",
                        default="request",
                        max_length=10,
                    ),
                ),
            ],
            options={
                "ordering": ["position"],
                "constraints": [
                    models.UniqueConstraint(fields=("message", "position"), name="memory_change_once_per_message")
                ],
            },
        ),
        migrations.CreateModel(
            name="MemoryUse",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("rank", models.PositiveSmallIntegerField()),
                ("reasons", models.CharField(help_text="meaning, words, pinned: comma-separated", max_length=40)),
                ("score", models.FloatField(default=0)),
                (
                    "memory",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="uses", to="memories.memory"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "reply",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="memory_uses",
                        to="conversations.message",
                    ),
                ),
                ("not_relevant", models.BooleanField(db_default=False, default=False, help_text="Its person said so.")),
            ],
            options={
                "ordering": ["rank"],
                "constraints": [models.UniqueConstraint(fields=("reply", "memory"), name="memory_use_once_per_reply")],
            },
        ),
        migrations.CreateModel(
            name="MessageTerms",
            fields=[
                (
                    "message",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="terms",
                        serialize=False,
                        to="conversations.message",
                    ),
                ),
                ("created_at", models.DateTimeField(editable=False)),
                ("terms", django.contrib.postgres.search.SearchVectorField(editable=False, null=True)),
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
                "verbose_name": "words of a message",
                "verbose_name_plural": "words of messages",
                "indexes": [
                    django.contrib.postgres.indexes.GinIndex(
                        fastupdate=False, fields=["terms"], name="message_by_words"
                    ),
                    models.Index(fields=["user", "-created_at"], name="message_terms_newest"),
                    models.Index(
                        condition=models.Q(("terms", None)), fields=["created_at"], name="message_terms_to_make"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="MessageVector",
            fields=[
                (
                    "message",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="vector",
                        serialize=False,
                        to="conversations.message",
                    ),
                ),
                ("created_at", models.DateTimeField(editable=False)),
                ("embedder", models.CharField(blank=True, editable=False, max_length=100)),
                ("embedding", pgvector.django.vector.VectorField(editable=False, null=True)),
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
                "verbose_name": "meaning of a message",
                "verbose_name_plural": "meanings of messages",
                "indexes": [
                    models.Index(fields=["user", "-created_at"], name="message_vector_newest"),
                    models.Index(fields=["embedder", "message"], name="message_vector_by_embedder"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Run",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("epoch", models.PositiveIntegerField(default=0)),
                ("owner", models.CharField(blank=True, db_default="", default="", max_length=120)),
                ("lease_expires_at", models.DateTimeField(blank=True, null=True)),
                ("stop_requested", models.BooleanField(db_default=False, default=False)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                (
                    "reply",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="run", to="conversations.message"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "thread",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="runs", to="conversations.thread"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("owner", ""), _negated=True),
                        fields=("thread",),
                        name="run_one_at_a_time_per_thread",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ToolUse",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.PositiveSmallIntegerField()),
                ("name", models.CharField(max_length=40)),
                ("query", models.CharField(max_length=300)),
                ("found", models.PositiveIntegerField(db_default=0, default=0)),
                (
                    "reply",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="tool_uses",
                        to="conversations.message",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "ordering": ["position"],
                "constraints": [models.UniqueConstraint(fields=("reply", "position"), name="tool_use_once_per_reply")],
            },
        ),
        migrations.AddField(
            model_name="thread",
            name="head",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="conversations.message",
            ),
        ),
        # Files are compressed already.
        migrations.RunSQL(
            "ALTER TABLE conversations_importpart ALTER COLUMN data SET STORAGE EXTERNAL", migrations.RunSQL.noop
        ),
        # As with memories: what is read as a whole is kept in line.
        migrations.RunSQL(
            "ALTER TABLE conversations_messagevector ALTER COLUMN embedding SET STORAGE PLAIN", migrations.RunSQL.noop
        ),
        *(guarded(f"conversations_{name}") for name in OWNED),
        # Whose a part is, its import says, which shows itself to nobody else.
        guarded("conversations_importpart", "EXISTS (SELECT FROM conversations_import WHERE id = of_id)"),
        reachable(
            "conversations_reachableterms", "conversations_messageterms", "message_id, user_id, created_at, terms"
        ),
    ]
