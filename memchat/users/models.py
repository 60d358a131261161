"""The site's account."""

from django.contrib.auth.models import AbstractUser


class User(AbstractUser):
    """A person with an account; everything they say and everything remembered of them belongs to it."""
