"""The link that makes the first superuser, and nobody after."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.test import Client
from pytest_django import Settings

from memchat.users import first_staff
from memchat.users.models import User

PASSWORD = "a-long-pass-phrase-47"
FORM = {"username": "alice", "email": "", "password1": PASSWORD, "password2": PASSWORD}


@pytest.fixture(autouse=True)
def own_data_directory(settings: Settings, tmp_path: Path) -> Iterator[None]:
    settings.DATA_DIR = tmp_path
    settings.FIRST_STAFF = {"username": "", "email": "", "password": ""}
    yield


def page() -> str:
    return urlsplit(first_staff.link()).path


@pytest.mark.django_db
def test_the_link_makes_a_superuser_signs_them_in_and_is_gone(client: Client) -> None:
    path = page()
    assert client.get(path).status_code == 200
    response = client.post(path, FORM)
    assert response.status_code == 302
    alice = User.objects.get()
    assert alice.is_superuser and alice.is_staff and alice.check_password(PASSWORD)
    assert client.get("/admin/").status_code == 200
    assert Client().get(path).status_code == 404
    assert Client().post(path, {**FORM, "username": "mallory"}).status_code == 404
    assert not list(Path(first_staff._token_file().parent).iterdir())


@pytest.mark.django_db
def test_the_link_stays_the_same_until_it_is_used_and_only_its_owner_reads_it() -> None:
    assert first_staff.link() == first_staff.link()
    assert first_staff._token_file().stat().st_mode & 0o777 == 0o600
    assert len(first_staff._token_file().read_text()) >= 43


@pytest.mark.django_db
@pytest.mark.parametrize("token", ["wrong", "x" * 43, "é", "%00", "."])
def test_a_wrong_link_is_not_there(client: Client, token: str) -> None:
    first_staff.link()
    assert client.get(f"/first-staff/{token}/").status_code == 404


@pytest.mark.django_db
def test_without_a_link_there_is_no_page(client: Client) -> None:
    assert client.get("/first-staff/anything/").status_code == 404
    assert client.get("/first-staff//").status_code == 404


@pytest.mark.django_db
def test_a_superuser_made_on_the_command_line_ends_the_link_for_good(client: Client) -> None:
    path = page()
    User.objects.create_superuser("alice", password=PASSWORD)
    assert client.get(path).status_code == 404
    User.objects.all().delete()
    assert client.get(path).status_code == 404


@pytest.mark.django_db
def test_a_weak_password_is_refused_and_the_link_still_works(client: Client) -> None:
    path = page()
    response = client.post(path, {**FORM, "password1": "12345678", "password2": "12345678"})
    assert response.status_code == 200
    assert response.context["form"].errors["password2"]
    assert client.post(path, FORM).status_code == 302


@pytest.mark.django_db
def test_the_page_is_never_cached_and_needs_its_own_form(client: Client) -> None:
    path = page()
    assert "no-store" in client.get(path)["Cache-Control"]
    assert Client(enforce_csrf_checks=True).post(path, FORM).status_code == 403
    assert not User.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_of_many_who_click_at_once_one_becomes_superuser() -> None:
    path = page()
    together = threading.Barrier(6)
    answers: list[int] = []

    def click(number: int) -> None:
        together.wait()
        try:
            answers.append(Client().post(path, {**FORM, "username": f"user{number}"}).status_code)
        finally:
            connection.close()

    threads = [threading.Thread(target=click, args=[number]) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [302, 404, 404, 404, 404, 404]
    assert User.objects.filter(is_superuser=True).count() == 1


@pytest.mark.django_db
def test_the_environment_names_the_first_superuser_once(settings: Settings) -> None:
    assert first_staff.make_from_settings() is None
    settings.FIRST_STAFF = {"username": "alice", "email": "alice@example.org", "password": PASSWORD}
    made = first_staff.make_from_settings()
    assert made is not None and made.is_superuser
    settings.FIRST_STAFF = {"username": "bob", "email": "", "password": PASSWORD}
    assert first_staff.make_from_settings() is None
    assert User.objects.count() == 1


@pytest.mark.django_db
def test_the_environment_never_promotes_an_account_that_signed_up(settings: Settings) -> None:
    User.objects.create_user("admin", password="chosen-by-a-stranger")
    settings.FIRST_STAFF = {"username": "Admin", "email": "", "password": PASSWORD}
    with pytest.raises(first_staff.FirstStaffError, match="taken"):
        first_staff.make_from_settings()
    assert not User.objects.filter(is_superuser=True).exists()
