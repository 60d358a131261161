"""What every answer says to the browser about itself, errors among them."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client, override_settings

from conversations.views import usage
from memchat.users.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(client: Client, alice: User, monkeypatch: pytest.MonkeyPatch) -> Any:
    """An answer of each kind, by name."""
    client.force_login(alice)
    client.raise_request_exception = False

    def fault() -> Any:
        monkeypatch.setattr(usage, "render", lambda *args, **kwargs: 1 / 0)
        return client.get("/usage/")

    utf_16, no_parts = "application/x-www-form-urlencoded; charset=utf-16", "multipart/form-data; boundary=" + "b" * 300
    asked = {
        "page": lambda: client.get("/"),
        "signed out": lambda: Client().get("/accounts/login/"),
        "redirect": lambda: Client().get("/usage/"),
        "not found": lambda: client.get("/nothing/"),
        "wrong method": lambda: client.delete("/usage/"),
        "wrong host": lambda: client.get("/", headers={"host": "evil.example"}),
        "no token": lambda: Client(enforce_csrf_checks=True).post("/say/", {"text": "x"}),
        "unreadable form": lambda: client.generic("POST", "/nothing/", b"text=x", utf_16),
        "unreadable parts": lambda: client.generic("POST", "/nothing/", b"--x", no_parts),
        "fault": fault,
        "data": lambda: client.get("/attachments/"),
        "manifest": lambda: client.get("/manifest.webmanifest"),
        "admin": lambda: client.get("/admin/"),
    }
    return lambda kind: asked[kind]()


KINDS = {
    "page": 200, "signed out": 200, "redirect": 302, "not found": 404, "wrong method": 405, "wrong host": 400,
    "no token": 403, "unreadable form": 404, "unreadable parts": 404, "fault": 500, "data": 200, "manifest": 200,
    "admin": 302,
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_every_answer_shuts_the_doors_of_the_browser(kind: str, page: Any) -> None:
    with override_settings(DEBUG=False):
        response = page(kind)
    assert response.status_code == KINDS[kind]
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Referrer-Policy"] == "same-origin"
    assert response["Cross-Origin-Opener-Policy"] == "same-origin"
    assert response["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "camera=()" in response["Permissions-Policy"] and "geolocation=()" in response["Permissions-Policy"]
    parts = [part.split() for part in response["Content-Security-Policy"].split(";")]
    policy = {name: values for name, *values in parts}
    assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == ["'none'"]
    assert policy["script-src"] == policy["style-src"] == ["'self'"]
    if kind != "admin":
        assert policy["require-trusted-types-for"] == ["'script'"]


def test_over_https_browsers_stay_with_https(client: Client, settings: Any) -> None:
    settings.SECURE_HSTS_SECONDS, settings.SECURE_PROXY_SSL_HEADER = 31_536_000, ("HTTP_X_FORWARDED_PROTO", "https")
    proxied = {"x-forwarded-proto": "https"}
    assert client.get("/accounts/login/", headers=proxied)["Strict-Transport-Security"] == "max-age=31536000"
    assert "Strict-Transport-Security" not in client.get("/accounts/login/")


def test_cookies_cannot_be_read_by_scripts_or_sent_by_other_sites(client: Client, alice: User, settings: Any) -> None:
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    page = client.get("/accounts/login/")
    assert page.cookies["csrftoken"]["samesite"] == "Lax" and page.cookies["csrftoken"]["secure"]
    alice.set_password("correct horse battery")
    alice.save()
    signed_in = client.post("/accounts/login/", {"login": "alice", "password": "correct horse battery"})
    cookie = signed_in.cookies["sessionid"]
    assert (cookie["httponly"], cookie["secure"], cookie["samesite"]) == (True, True, "Lax")


def test_what_somebody_sees_is_kept_by_no_browser_and_what_everybody_gets_may_be(page: Any) -> None:
    for kind in ("page", "not found", "data"):
        assert "no-store" in page(kind)["Cache-Control"], kind
    assert "no-store" not in page("manifest").get("Cache-Control", "")
