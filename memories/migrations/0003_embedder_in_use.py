import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("memories", "0002_memory_people_control"),
    ]

    operations = [
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
    ]
