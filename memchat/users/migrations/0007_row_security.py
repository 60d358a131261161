from django.db import migrations

from memchat.postgres.guarding import FUNCTIONS, TAKE_SAMPLES, guarded


class Migration(migrations.Migration):
    dependencies = [
        ("users", "0006_limits"),
    ]

    operations = [
        FUNCTIONS,
        TAKE_SAMPLES,
        guarded("users_accesslogentry"),
        guarded("users_counter"),
    ]
