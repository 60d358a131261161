from django.db import migrations

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
)


class Migration(migrations.Migration):
    dependencies = [
        ("conversations", "0007_steering"),
        ("users", "0007_row_security"),
    ]

    operations = [
        *(guarded(f"conversations_{name}") for name in OWNED),
        # Whose a part is, its import says, which shows itself to nobody else.
        guarded("conversations_importpart", "EXISTS (SELECT FROM conversations_import WHERE id = of_id)"),
        reachable(
            "conversations_reachableterms", "conversations_messageterms", "message_id, user_id, created_at, terms"
        ),
    ]
