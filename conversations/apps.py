from django.apps import AppConfig


class ConversationsConfig(AppConfig):
    name = "conversations"
    verbose_name = "Conversations"

    def ready(self) -> None:
        from conversations import memory_news  # noqa: F401  it listens
        from conversations.imports import memory_files
        from memories.exchange.large import carry_out_by

        carry_out_by(memory_files.begin)
