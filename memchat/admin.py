"""What the admin shows of the whole site."""

from memchat.staff import jobs
from memchat.users import access_log_admin, sign_in_admin

__all__ = ["access_log_admin", "jobs", "sign_in_admin"]
