"""What every page shares: compression, the manifest, the language, and pages about errors."""

from __future__ import annotations

import gzip
import json
import struct
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.core.exceptions import SuspiciousOperation
from django.http import QueryDict
from django.test import Client, RequestFactory
from django.utils import translation
from django.views import defaults

from memchat import settings as site_settings

GZIP = {"HTTP_ACCEPT_ENCODING": "gzip, deflate, br"}
SIGN_IN = "/accounts/login/"


# --- Compression ---------------------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("site", ["none", "same-origin", ""])
def test_pages_that_a_person_asks_for_are_compressed(client, site):
    response = client.get(SIGN_IN, **GZIP, **({"HTTP_SEC_FETCH_SITE": site} if site else {}))
    assert response["Content-Encoding"] == "gzip"
    assert b"</html>" in gzip.decompress(response.content)
    assert "Accept-Encoding" in response["Vary"]


@pytest.mark.django_db
@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_what_another_site_makes_the_browser_ask_for_is_not_compressed(client, site):
    response = client.get(SIGN_IN, **GZIP, HTTP_SEC_FETCH_SITE=site)
    assert "Content-Encoding" not in response
    assert b"</html>" in response.content


def test_a_download_is_not_compressed_again(client, alice):
    client.force_login(alice)
    response = client.get("/accounts/export/", **GZIP)
    assert response["Content-Type"] == "application/zip"
    assert "Content-Encoding" not in response
    assert int(response["Content-Length"]) > 0


# --- Installing ----------------------------------------------------------------------------------------------------


def test_the_manifest_is_public_and_names_icons_that_exist_in_their_sizes(client):
    response = client.get("/manifest.webmanifest")
    assert response["Content-Type"] == "application/manifest+json"
    manifest = json.loads(response.content)
    assert manifest["name"] == "memchat"
    assert (manifest["start_url"], manifest["scope"], manifest["display"]) == ("/", "/", "standalone")
    assert {(icon["sizes"], icon["purpose"]) for icon in manifest["icons"]} >= {
        ("192x192", "any"),
        ("512x512", "any"),
        ("512x512", "maskable"),
    }
    for icon in manifest["icons"]:
        file = finders.find(icon["src"].removeprefix("/static/"))
        if icon["type"] == "image/png":
            assert f"{'x'.join(map(str, size_of(file)))}" == icon["sizes"]
        else:
            assert Path(file).read_text().startswith("<svg")


def size_of(png):
    head = Path(png).read_bytes()[:24]
    assert head.startswith(b"\x89PNG")
    return struct.unpack(">II", head[16:])


def test_a_site_with_an_address_is_installed_under_it(client, settings):
    settings.PUBLIC_URL = "https://chat.example.org"
    assert client.get("/manifest.webmanifest").json()["name"] == "memchat (chat.example.org)"


@pytest.mark.django_db
def test_pages_lead_to_the_manifest_and_colour_the_browser_for_each_scheme(client):
    text = client.get(SIGN_IN).content.decode()
    assert '<link rel="manifest" href="/manifest.webmanifest">' in text
    tokens = (Path(site_settings.BASE_DIR) / "static/memchat/css/tokens.css").read_text()
    for colour, scheme in (("#ffffff", "light"), ("#1a1f1c", "dark")):
        assert f'<meta name="theme-color" content="{colour}" media="(prefers-color-scheme: {scheme})"' in text
    assert "--sheet: light-dark(#ffffff, #1a1f1c)" in tokens


# --- Language ------------------------------------------------------------------------------------------------------


@pytest.fixture
def arabic(settings):
    """A site that offers a second language, which is written from right to left."""
    settings.LANGUAGES = [("en", "English"), ("ar", "العربيّة")]


@pytest.mark.django_db
def test_only_languages_that_are_translated_are_offered(client):
    response = client.get(SIGN_IN, headers={"Accept-Language": "fi"})
    assert '<html lang="en" dir="ltr">' in response.content.decode()
    for code, _ in site_settings.LANGUAGES:
        assert code == "en" or (site_settings.LOCALE_PATHS[0] / translation.to_locale(code)).is_dir()


@pytest.mark.django_db
@pytest.mark.usefixtures("arabic")
def test_the_browser_s_language_is_spoken_and_gives_the_direction(client):
    response = client.get(SIGN_IN, headers={"Accept-Language": "ar"})
    assert '<html lang="ar" dir="rtl">' in response.content.decode()


@pytest.mark.usefixtures("arabic")
def test_a_chosen_language_is_kept_here_and_comes_along_to_another_browser(client, alice):
    client.force_login(alice)
    assert '<button class="menu-item" type="submit" name="language" value="ar"' in client.get("/").content.decode()
    response = client.post("/language/", {"language": "ar", "next": "/memories/"})
    assert response["Location"] == "/memories/"
    assert '<html lang="ar" dir="rtl">' in client.get("/memories/").content.decode()
    alice.refresh_from_db()
    assert alice.language == "ar"

    elsewhere = Client()
    elsewhere.post(SIGN_IN, {"login": "alice", "password": "correct horse battery"})
    assert '<html lang="ar" dir="rtl">' in elsewhere.get("/").content.decode()


@pytest.mark.usefixtures("arabic")
def test_a_language_that_is_not_offered_changes_nothing_and_leads_nowhere_else(client, alice):
    client.force_login(alice)
    response = client.post("/language/", {"language": "xx", "next": "https://example.org/"})
    assert response["Location"] == "/"
    alice.refresh_from_db()
    assert alice.language == ""
    assert client.get("/language/").status_code == 405


@pytest.mark.django_db
@pytest.mark.usefixtures("arabic")
def test_somebody_who_is_not_signed_in_chooses_too(client):
    assert 'name="language" value="ar"' in client.get(SIGN_IN).content.decode()
    client.post("/language/", {"language": "ar", "next": SIGN_IN})
    assert '<html lang="ar" dir="rtl">' in client.get(SIGN_IN).content.decode()


@pytest.mark.django_db
def test_with_one_language_there_is_nothing_to_choose(client, settings):
    settings.LANGUAGES = [("en", "English")]
    assert 'name="language"' not in client.get(SIGN_IN).content.decode()


# --- Errors --------------------------------------------------------------------------------------------------------


def test_a_fault_and_a_bad_request_have_a_page_that_needs_no_database():
    request = RequestFactory().get("/")
    # Without the mark that lets a test reach the database, any query fails.
    pages = [
        (defaults.server_error(request), 500, "Something went wrong"),
        (defaults.bad_request(request, SuspiciousOperation()), 400, "That request could not be understood"),
    ]
    for response, status, title in pages:
        text = response.content.decode()
        assert response.status_code == status
        assert f"<h1>{title}</h1>" in text
        assert '<html lang="en" dir="ltr">' in text
        assert "tokens.css" in text
        assert "Sign in" not in text


@pytest.mark.django_db
def test_what_is_missing_forbidden_or_stale_has_a_page_in_the_same_language(client, alice):
    client.force_login(alice)
    assert "There is nothing here" in client.get("/nothing/").content.decode()
    assert "This form had gone stale" in (
        Client(enforce_csrf_checks=True).post(SIGN_IN, {"login": "alice"}).content.decode()
    )
    request = RequestFactory().get("/")
    request.user = alice
    assert "You may not see this" in defaults.permission_denied(request, PermissionError()).content.decode()


@pytest.mark.parametrize(
    ("sent_to", "came_from", "comes_back_to"),
    [
        ("/say/", "http://testserver/threads/1/?at=2", "/threads/1/?at=2"),
        ("/memories/settings/", "http://testserver/memories/settings/", "/memories/settings/"),
        ("/say/", "http://testserver/say/", "/say/"),
        ("/say/", "https://elsewhere.example/threads/1/", "/"),
        ("/say/", "http://[", "/"),
        ("/say/", "", "/"),
    ],
)
def test_who_sends_a_form_signed_out_comes_back_to_a_page(client, db, sent_to, came_from, comes_back_to):
    response = client.post(sent_to, {"text": "Hi"}, headers={"Referer": came_from})
    sign_in, _, query = response["Location"].partition("?")
    assert sign_in == "/accounts/login/"
    assert QueryDict(query)["next"] == comes_back_to
