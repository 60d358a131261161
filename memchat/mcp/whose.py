"""Whose token a request has shown; it goes along into whatever the request begins."""

from __future__ import annotations

from contextvars import ContextVar

from memchat.users.models import AccessToken

token: ContextVar[AccessToken] = ContextVar("token")
