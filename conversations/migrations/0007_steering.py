import conversations.models
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("conversations", "0006_attachments"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
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
            ],
            options={
                "verbose_name": "usage in a month",
                "verbose_name_plural": "usage by month",
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
            ],
            options={
                "verbose_name": "instructions of the site",
                "verbose_name_plural": "instructions of the site",
            },
        ),
        migrations.AddField(
            model_name="learning",
            name="cached_tokens",
            field=models.PositiveIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="learning",
            name="cost",
            field=models.DecimalField(blank=True, decimal_places=8, max_digits=18, null=True),
        ),
        migrations.AddField(
            model_name="learning",
            name="input_tokens",
            field=models.PositiveIntegerField(blank=True, help_text="Of all attempts together.", null=True),
        ),
        migrations.AddField(
            model_name="learning",
            name="output_tokens",
            field=models.PositiveIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="message",
            name="cost",
            field=models.DecimalField(
                blank=True,
                decimal_places=8,
                help_text="By the prices that held when the reply ended; empty where the model had none.",
                max_digits=18,
                null=True,
            ),
        ),
        migrations.AddField(
            model_name="thread",
            name="unread",
            field=models.BooleanField(
                db_default=False, default=False, help_text="A reply has ended that its person has not seen."
            ),
        ),
        migrations.AddIndex(
            model_name="thread",
            index=models.Index(condition=models.Q(("unread", True)), fields=["user"], name="thread_unread"),
        ),
        migrations.AddField(
            model_name="monthlyusage",
            name="user",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="siteprompt",
            name="by",
            field=models.ForeignKey(
                blank=True,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="changed by",
            ),
        ),
        migrations.AddIndex(
            model_name="monthlyusage",
            index=models.Index(fields=["month", "user"], name="usage_of_month"),
        ),
        migrations.AddConstraint(
            model_name="monthlyusage",
            constraint=models.UniqueConstraint(
                fields=("user", "month", "provider", "model_name"), name="usage_once_per_month_and_model"
            ),
        ),
        migrations.AddConstraint(
            model_name="siteprompt",
            constraint=models.CheckConstraint(condition=models.Q(("id", 1)), name="site_prompt_one_row"),
        ),
        # What replies have taken so far, as far as it is known; nothing of it had a price.
        migrations.RunSQL(
            """
            INSERT INTO conversations_monthlyusage
                   (user_id, month, provider, model_name, replies, learned,
                    input_tokens, output_tokens, cached_tokens, cost, unpriced)
            SELECT user_id, date_trunc('month', ended_at)::date, provider, model_name, count(*), 0,
                   coalesce(sum(input_tokens), 0), coalesce(sum(output_tokens), 0), coalesce(sum(cached_tokens), 0),
                   0, count(input_tokens)
            FROM conversations_message
            WHERE role = 'assistant' AND model_name <> '' AND ended_at IS NOT NULL
            GROUP BY 1, 2, 3, 4
            """,
            migrations.RunSQL.noop,
        ),
    ]
