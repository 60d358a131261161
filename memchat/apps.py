from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps


class MemchatConfig(AppConfig):
    name = "memchat"
    verbose_name = "memchat"

    def ready(self) -> None:
        from memchat import checks, erasure, naming  # noqa: F401  registers the checks
        from memchat.monitoring import telemetry  # noqa: F401  registers the checks
        from memchat.users import leaving

        naming.translate_names()
        leaving.deleted_by(erasure.delete_account)


class AdminConfig(admin_apps.AdminConfig):
    default_site = "memchat.staff.site.Site"
