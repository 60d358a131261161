from django.apps import AppConfig


class UsersConfig(AppConfig):
    name = "memchat.users"
    label = "users"
    verbose_name = "Accounts"
