from django.apps import AppConfig


class MemchatConfig(AppConfig):
    name = "memchat"
    verbose_name = "memchat"

    def ready(self) -> None:
        from memchat import checks  # noqa: F401  registers the checks
