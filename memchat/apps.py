from django.apps import AppConfig


class MemchatConfig(AppConfig):
    name = "memchat"
    verbose_name = "memchat"

    def ready(self) -> None:
        from memchat import checks, erasure  # noqa: F401  registers the checks
        from memchat.users import leaving

        leaving.deleted_by(erasure.delete_account)
