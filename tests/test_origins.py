"""From where a socket may be opened."""

import pytest

from memchat.web.origins import is_own


@pytest.fixture(autouse=True)
def site_address(settings):
    settings.ALLOWED_ORIGINS = ["https://chat.example.org"]


def headers(*origins):
    return [(b"host", b"chat.example.org"), *((b"origin", origin.encode("latin1")) for origin in origins)]


@pytest.mark.parametrize(
    "origin", ["https://chat.example.org", "https://chat.example.org:443", "https://CHAT.example.org"]
)
def test_the_site_itself_may_open_a_socket(origin):
    assert is_own(headers(origin))


@pytest.mark.parametrize(
    "origin",
    [
        "https://chat.example.org:8443",
        "http://chat.example.org",
        "https://example.org",
        "https://evil.chat.example.org",
        "https://chat.example.org.evil.example",
        "https://evil.example",
        "https://chat.example.org@evil.example",
        "https://user@chat.example.org",
        "https://chat.example.org/path",
        "null",
        "",
        "chat.example.org",
        "ftp://chat.example.org",
        "https://chat.example.org:port",
        "https://[",
    ],
)
def test_nobody_else_may_not_even_on_another_port_or_scheme(origin):
    assert not is_own(headers(origin))


def test_a_handshake_without_an_origin_is_refused():
    assert not is_own(headers())


def test_a_handshake_with_two_origins_is_refused():
    assert not is_own(headers("https://chat.example.org", "https://evil.example"))
