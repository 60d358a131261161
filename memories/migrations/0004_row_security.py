from django.db import migrations

from memchat.postgres.guarding import guarded, reachable


class Migration(migrations.Migration):
    dependencies = [
        ("memories", "0003_embedder_in_use"),
        ("users", "0007_row_security"),
    ]

    operations = [
        guarded("memories_memory"),
        guarded("memories_proposal"),
        reachable(
            "memories_reachable",
            "memories_memory",
            "ctid AS place, id, user_id, text, terms, word_count, embedder, embedding, pinned, quoted, lowered,"
            " valid_from, created_at, expires_at, ended_at",
        ),
    ]
