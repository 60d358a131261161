"""Signing up, signing in, sessions, second factors, and accounts in the admin."""

from __future__ import annotations

import os
import re
import smtplib
import subprocess
import sys
from typing import Any
from unittest.mock import patch

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.adapter import get_adapter as mfa_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from allauth.usersessions.models import UserSession
from django.contrib.auth.models import Permission
from django.core import mail
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.http import HttpRequest
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django import Settings

from memchat.users.adapter import AccountAdapter
from memchat.users.models import CacheRow, User
from memchat.users.usernames import UsernameValidator
from tests.live.site import ROOT

pytestmark = pytest.mark.django_db

PASSWORD = "a-long-pass-phrase-47"

NAMES = {
    "Cyrillic": "Ольга",
    "Japanese": "名無し",
    "Arabic, right to left": "محمد",
    "Hebrew, right to left": "דוד",
    "Devanagari, with vowel signs": "हिन्दी",
    "Thai, with tone marks": "น้ำผึ้ง",
    "Arabic with vowel points": "مُحَمَّد",
    "Latin with a mark that has no single character": "x\u0323y",
    "an address": "someone.very@example.org",
    "150 characters": "é" * 150,
    "150 wide characters": "名" * 150,
}


@pytest.fixture(autouse=True)
def no_attempts_counted() -> None:
    cache.clear()


@pytest.fixture
def with_mail(settings: Settings) -> None:
    settings.MAIL_CONFIGURED = True
    settings.ACCOUNT_EMAIL_VERIFICATION = "optional"
    settings.ACCOUNT_EMAIL_NOTIFICATIONS = True


@pytest.fixture
def alice(alice: User) -> User:
    return _with_address(alice)


@pytest.fixture
def bob(bob: User) -> User:
    return _with_address(bob)


def _with_address(user: User) -> User:
    user.email = f"{user.username}@example.org"
    user.set_password(PASSWORD)
    user.save()
    return user


@pytest.fixture
def staff() -> User:
    return User.objects.create_superuser("staff", "staff@example.org", PASSWORD)


def sign_up(client: Client, username: str, email: str = "") -> Any:
    form = {"username": username, "email": email, "password1": PASSWORD, "password2": PASSWORD}
    return client.post(reverse("account_signup"), form)


def sign_in(client: Client, login: str, password: str = PASSWORD) -> Any:
    return client.post(reverse("account_login"), {"login": login, "password": password, "remember": "on"})


def confirm_password(client: Client) -> None:
    """What is asked for before anything that could lock the owner out."""
    assert client.post(reverse("account_reauthenticate"), {"password": PASSWORD}).status_code == 302


def is_signed_in(client: Client) -> bool:
    return client.get(reverse("usersessions_list")).status_code == 200


# --- Names -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES.keys())
def test_a_name_in_any_script_signs_up_signs_in_and_shows_in_the_admin(client: Client, staff: User, name: str) -> None:
    assert sign_up(client, name).status_code == 302
    user = User.objects.get(username=User.normalize_username(name))
    client.post(reverse("account_logout"))

    assert sign_in(client, name).status_code == 302
    assert is_signed_in(client)

    client.force_login(staff)
    assert user.username in client.get(reverse("admin:users_user_changelist"), {"q": name}).content.decode()
    page = client.get(reverse("admin:users_user_change", args=[user.pk]))
    assert user.username in page.content.decode()


def test_a_letter_and_its_mark_typed_apart_are_the_same_name(client: Client) -> None:
    assert sign_up(client, "Zoe\u0308").status_code == 302
    assert User.objects.get().username == "Zo\u00eb"
    client.post(reverse("account_logout"))
    assert sign_in(client, "Zoe\u0308").status_code == 302
    client.post(reverse("account_logout"))
    assert "already exists" in sign_up(client, "Zo\u00eb").content.decode()


@pytest.mark.parametrize(("taken", "wanted"), [("alice", "ALICE"), ("Ольга", "оЛЬГА"), ("Zoë", "ZOË")])
def test_names_that_differ_in_case_alone_are_one_name(client: Client, taken: str, wanted: str) -> None:
    User.objects.create_user(taken, password=PASSWORD)
    assert "already exists" in sign_up(client, wanted).content.decode()
    assert sign_in(client, wanted).status_code == 302
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create_user(wanted)


@pytest.mark.parametrize(
    "name",
    ["", "with space", "new\nline", "a" * 151, "\u0301first", "zero\u200bwidth", "turned\u202eround", "<b>", "a\x00b"],
)
def test_names_that_mislead_or_break_are_refused(client: Client, name: str) -> None:
    assert sign_up(client, name).status_code == 200
    assert not User.objects.exists()


def test_every_letter_digit_and_mark_is_allowed_and_nothing_invisible() -> None:
    valid = UsernameValidator()
    valid("a1@.+-_")
    for character in ("\u200d", "\u2066", "\ufeff", " ", "\ue000", "\ud800"):
        with pytest.raises(ValidationError):
            valid(f"a{character}b")


def test_an_address_of_254_characters_works(client: Client) -> None:
    address = f"{'a' * 64}@{'b' * 60}.{'c' * 60}.{'d' * 60}.example"
    address = address.replace("a" * 64, "a" * (64 + 254 - len(address)))
    assert len(address) == 254
    assert sign_up(client, "alice", address).status_code == 302
    client.post(reverse("account_logout"))
    assert sign_in(client, address.upper()).status_code == 302
    assert sign_up(Client(), "bob", f"x{address}").status_code == 200


# --- Signing up and in -------------------------------------------------------------------------------------------


def test_signing_up_needs_no_address_and_lands_on_the_chat(client: Client) -> None:
    response = sign_up(client, "alice")
    assert response.status_code == 302
    assert response["Location"] == "/"
    assert is_signed_in(client)
    assert not mail.outbox


def test_a_second_click_on_sign_up_leads_to_signing_in(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first one has stored the account while the second one's name was thought to be free."""
    new_user = AccountAdapter.new_user

    def after_the_first(adapter: AccountAdapter, request: HttpRequest) -> Any:
        monkeypatch.setattr(AccountAdapter, "new_user", new_user)
        assert sign_up(Client(), "carol").status_code == 302
        return new_user(adapter, request)

    monkeypatch.setattr(AccountAdapter, "new_user", after_the_first)
    response = sign_up(client, "carol")
    assert response.status_code == 302
    assert "A user with that username already exists." in client.get(response["Location"]).content.decode()
    assert sign_in(client, "carol").status_code == 302
    assert is_signed_in(client)
    assert User.objects.count() == 1


def test_a_closed_site_signs_nobody_up(client: Client, settings: Settings, alice: User) -> None:
    settings.SIGN_UP_OPEN = False
    assert sign_up(client, "bob").status_code == 200
    assert list(User.objects.all()) == [alice]
    assert sign_in(client, "alice").status_code == 302


def test_people_sign_in_by_name_or_by_address(client: Client, alice: User) -> None:
    for login in ("alice", "Alice", "alice@example.org", "ALICE@example.org", "  alice "):
        assert sign_in(client, login).status_code == 302, login
        client.post(reverse("account_logout"))
    assert not is_signed_in(client)


def test_a_wrong_password_and_an_unknown_name_look_alike(client: Client, alice: User) -> None:
    wrong = sign_in(client, "alice", "not the pass phrase")
    unknown = sign_in(client, "nobody", "not the pass phrase")
    assert wrong.status_code == unknown.status_code == 200
    errors = [list(response.context["form"].non_field_errors()) for response in (wrong, unknown)]
    assert errors[0] == errors[1]
    assert errors[0]


def test_guessing_is_slowed_down_and_says_so(client: Client, alice: User) -> None:
    for _ in range(5):
        sign_in(client, "alice", "wrong")
    response = sign_in(client, "alice")
    assert "Too many failed login attempts" in response.content.decode()
    assert not is_signed_in(client)


def test_a_known_address_is_not_given_away_by_signing_up(client: Client, alice: User, with_mail: None) -> None:
    EmailAddress.objects.create(user=alice, email=alice.email, verified=True, primary=True)
    assert sign_up(client, "mallory", alice.email).status_code == 302
    mallory = User.objects.get(username="mallory")
    assert not EmailAddress.objects.filter(user=mallory, verified=True).exists()


def test_whoever_takes_an_address_first_without_verifying_does_not_get_its_mail_reset(
    client: Client, alice: User, with_mail: None
) -> None:
    """Mallory signs up with alice's address; the reset that alice asks for is for her account alone."""
    EmailAddress.objects.create(user=alice, email=alice.email, verified=True, primary=True)
    sign_up(client, "mallory", alice.email)
    mail.outbox.clear()
    Client().post(reverse("account_reset_password"), {"email": alice.email})
    assert [message.to for message in mail.outbox] == [[alice.email]]
    assert "username is alice" in str(mail.outbox[0].body)


def test_a_foreign_page_is_no_place_to_go_after_signing_in(client: Client, alice: User) -> None:
    for target in ("https://evil.example/", "//evil.example/", "javascript:alert(1)"):
        response = client.post(reverse("account_login"), {"login": "alice", "password": PASSWORD, "next": target})
        assert response["Location"] == "/"
        client.post(reverse("account_logout"))


def test_the_pages_of_accounts_all_open(client: Client, alice: User, with_mail: None) -> None:
    for name in ("account_login", "account_signup", "account_reset_password"):
        assert client.get(reverse(name)).status_code == 200, name
    sign_in(client, "alice")
    for name in ("account_email", "account_change_password", "account_logout", "mfa_index", "usersessions_list"):
        response = client.get(reverse(name))
        if response.status_code == 302:
            assert "reauthenticate" in response["Location"], name
        else:
            assert response.status_code == 200, name


# --- Mail --------------------------------------------------------------------------------------------------------


def test_without_a_mail_server_the_site_says_so_instead_of_promising_mail(client: Client, alice: User) -> None:
    response = client.post(reverse("account_reset_password"), {"email": alice.email})
    assert "cannot send mail" in response.content.decode()
    sign_in(client, "alice")
    assert "cannot send mail" in client.get(reverse("account_email")).content.decode()
    assert not mail.outbox


def test_a_password_is_reset_by_mail(client: Client, alice: User, with_mail: None) -> None:
    client.post(reverse("account_reset_password"), {"email": alice.email})
    link = re.search(r"http://testserver(/\S+)", str(mail.outbox[0].body))
    assert link
    page = client.get(link[1], follow=True)
    new = "another-pass-phrase-48"
    client.post(page.redirect_chain[-1][0], {"password1": new, "password2": new})
    assert sign_in(client, "alice", new).status_code == 302
    assert sign_in(Client(), "alice", PASSWORD).status_code == 200


def test_an_address_changes_only_once_the_new_one_is_verified(client: Client, alice: User, with_mail: None) -> None:
    EmailAddress.objects.create(user=alice, email=alice.email, verified=True, primary=True)
    sign_in(client, "alice")
    client.post(reverse("account_email"), {"email": "new@example.org", "action_add": ""})
    assert not mail.outbox, "the password is asked for first"
    confirm_password(client)
    client.post(reverse("account_email"), {"email": "new@example.org", "action_add": ""})
    alice.refresh_from_db()
    assert alice.email == "alice@example.org"
    message = next(message for message in mail.outbox if message.to == ["new@example.org"])
    link = re.search(r"http://testserver(/\S+)", str(message.body))
    assert link
    client.post(link[1])
    alice.refresh_from_db()
    assert alice.email == "new@example.org"


def test_a_mail_server_that_is_down_does_not_stop_anyone(client: Client, with_mail: None) -> None:
    with patch("django.core.mail.message.EmailMessage.send", side_effect=smtplib.SMTPServerDisconnected("gone")):
        assert sign_up(client, "alice", "alice@example.org").status_code == 302
    assert User.objects.filter(username="alice").exists()
    assert "could not be sent" in client.get(reverse("usersessions_list")).content.decode()


# --- Sessions and second factors ---------------------------------------------------------------------------------


def test_the_list_of_sessions_signs_out_the_other_ones(alice: User) -> None:
    laptop, phone = Client(headers={"user-agent": "laptop"}), Client(headers={"user-agent": "phone"})
    sign_in(laptop, "alice")
    sign_in(phone, "alice")
    page = laptop.get(reverse("usersessions_list")).content.decode()
    assert "laptop" in page and "phone" in page
    laptop.post(reverse("usersessions_list"))
    assert is_signed_in(laptop)
    assert not is_signed_in(phone)


def test_one_person_never_sees_or_ends_anothers_session(alice: User, bob: User) -> None:
    hers, his = Client(headers={"user-agent": "hers"}), Client(headers={"user-agent": "his"})
    sign_in(hers, "alice")
    sign_in(his, "bob")
    assert "hers" not in his.get(reverse("usersessions_list")).content.decode()
    his.post(reverse("usersessions_list"))
    assert is_signed_in(hers)


def test_a_new_password_signs_out_everywhere_else(alice: User) -> None:
    here, elsewhere = Client(), Client()
    sign_in(here, "alice")
    sign_in(elsewhere, "alice")
    new = "another-pass-phrase-48"
    form = {"oldpassword": PASSWORD, "password1": new, "password2": new}
    assert here.post(reverse("account_change_password"), form).status_code == 302
    assert is_signed_in(here)
    assert not is_signed_in(elsewhere)


def test_a_deactivated_account_is_signed_out_at_once_and_for_good(client: Client, alice: User) -> None:
    sign_in(client, "alice")
    alice.deactivate()
    assert not is_signed_in(client)
    assert not UserSession.objects.exists()
    assert sign_in(Client(), "alice").headers.get("Location") == reverse("account_inactive")

    alice.is_active = True
    alice.save()
    assert not is_signed_in(client), "an old session must not come back with the account"


def test_a_second_factor_is_asked_for_and_a_recovery_code_helps(client: Client, alice: User) -> None:
    sign_in(client, "alice")
    confirm_password(client)
    page = client.get(reverse("mfa_activate_totp"))
    secret = page.context["form"].secret
    assert page.context["totp_svg_data_uri"].startswith("data:image/svg+xml")
    client.post(reverse("mfa_activate_totp"), {"code": totp_code(secret)})
    codes = Authenticator.objects.get(user=alice, type="recovery_codes").wrap().get_unused_codes()
    client.post(reverse("account_logout"))

    response = sign_in(client, "alice")
    assert response["Location"] == reverse("mfa_authenticate")
    assert not is_signed_in(client)
    client.post(reverse("mfa_authenticate"), {"code": "000000"})
    assert not is_signed_in(client)
    client.post(reverse("mfa_authenticate"), {"code": codes[0]})
    assert is_signed_in(client)


def test_a_second_factor_cannot_be_added_with_an_address_that_may_be_someone_elses(
    client: Client, with_mail: None, settings: Settings
) -> None:
    settings.MFA_ALLOW_UNVERIFIED_EMAIL = False
    sign_up(client, "mallory", "alice@example.org")
    confirm_password(client)
    assert client.get(reverse("mfa_activate_totp")).status_code == 302


def totp_code(secret: str) -> str:
    counter = next(iter(yield_hotp_counters_from_time()))
    return str(format_hotp_value(hotp_value(mfa_adapter().decrypt(secret), counter)))


# --- The admin ---------------------------------------------------------------------------------------------------


def test_the_admin_is_entered_through_the_sites_own_door(client: Client, staff: User) -> None:
    response = client.get("/admin/")
    assert response.status_code == 302
    response = client.get(response["Location"])
    assert response["Location"].startswith(reverse("account_login"))
    response = client.post(response["Location"], {"login": "staff", "password": PASSWORD})
    assert response["Location"] == "/admin/"
    assert client.get("/admin/").status_code == 200


def test_the_admins_own_login_form_takes_no_password(client: Client, staff: User) -> None:
    client.post("/admin/login/", {"username": "staff", "password": PASSWORD})
    assert client.get("/admin/").status_code == 302


def test_people_who_are_not_staff_are_told_so(client: Client, alice: User) -> None:
    sign_in(client, "alice")
    assert client.get("/admin/", follow=True).status_code == 403


def test_staff_without_any_permission_see_an_empty_admin(client: Client, alice: User, bob: User) -> None:
    User.objects.filter(pk=alice.pk).update(is_staff=True)
    sign_in(client, "alice")
    page = client.get("/admin/")
    assert page.status_code == 200
    assert "permission" in page.content.decode()
    assert client.get(reverse("admin:users_user_changelist")).status_code == 403
    assert client.get(reverse("admin:users_user_change", args=[bob.pk])).status_code in {302, 403}


def test_the_list_of_accounts_finds_parts_of_names_and_addresses(
    client: Client, staff: User, alice: User, bob: User
) -> None:
    client.force_login(staff)
    for search in ("lic", "ALICE", "alice@exam"):
        page = client.get(reverse("admin:users_user_changelist"), {"q": search}).content.decode()
        assert "alice@example.org" in page and "bob@example.org" not in page, search


def test_the_list_of_accounts_never_counts_the_whole_table(client: Client, staff: User) -> None:
    client.force_login(staff)
    with CaptureQueriesContext(connection) as queries:
        client.get(reverse("admin:users_user_changelist"))
        client.get(reverse("admin:users_user_changelist"), {"q": "a", "is_active__exact": "1"})
    counts = [query["sql"] for query in queries if "COUNT(" in query["sql"] and "users_user" in query["sql"]]
    assert not counts


def test_staff_deactivate_accounts_from_the_list_and_sessions_end(
    client: Client, staff: User, alice: User, bob: User
) -> None:
    hers, his = Client(), Client()
    sign_in(hers, "alice")
    sign_in(his, "bob")
    client.force_login(staff)
    form = {"action": "deactivate", "_selected_action": [alice.pk, staff.pk]}
    client.post(reverse("admin:users_user_changelist"), form)
    assert not is_signed_in(hers)
    assert is_signed_in(his)
    staff.refresh_from_db()
    assert staff.is_active, "nobody locks themselves out"

    client.post(reverse("admin:users_user_changelist"), {"action": "activate", "_selected_action": [alice.pk]})
    assert sign_in(hers, "alice").status_code == 302


def test_unticking_active_in_the_form_ends_sessions_too(client: Client, staff: User, alice: User) -> None:
    hers = Client()
    sign_in(hers, "alice")
    client.force_login(staff)
    form = {"username": "alice", "email": alice.email, "first_name": "", "last_name": ""}
    assert client.post(reverse("admin:users_user_change", args=[alice.pk]), form).status_code == 302
    assert not UserSession.objects.filter(user=alice).exists()
    assert not is_signed_in(hers)


def test_an_address_that_staff_set_takes_the_place_of_the_earlier_one(
    client: Client, staff: User, alice: User, with_mail: None
) -> None:
    """Whoever has the earlier mailbox could otherwise have a new password sent there."""
    EmailAddress.objects.create(user=alice, email=alice.email, verified=True, primary=True)
    client.force_login(staff)
    form = {"username": "alice", "email": "Alice@New.example.org", "is_active": "on"}
    assert client.post(reverse("admin:users_user_change", args=[alice.pk]), form).status_code == 302
    for address, is_hers in (("alice@example.org", False), ("alice@new.example.org", True)):
        assert (sign_in(Client(), address).status_code == 302) is is_hers
        mail.outbox.clear()
        Client().post(reverse("account_reset_password"), {"email": address})
        assert any("/password/reset/key/" in str(one.body) for one in mail.outbox) is is_hers
    hers = Client()
    sign_in(hers, "alice")
    page = hers.get(reverse("account_email")).content.decode()
    assert "alice@new.example.org" in page
    assert "alice@example.org" not in page


def test_an_address_that_staff_write_with_capitals_signs_in(client: Client, staff: User) -> None:
    client.force_login(staff)
    form = {
        "username": "anna",
        "email": "Anna@Example.org",
        "usable_password": "true",
        "password1": PASSWORD,
        "password2": PASSWORD,
    }
    assert client.post(reverse("admin:users_user_add"), form).status_code == 302
    assert sign_in(Client(), "anna@example.org").status_code == 302
    assert sign_in(Client(), "Anna@Example.org").status_code == 302
    User.objects.create_superuser("olaf", "Olaf@Example.org", PASSWORD)
    assert sign_in(Client(), "Olaf@Example.org").status_code == 302


def test_staff_add_an_account_with_a_name_in_any_script(client: Client, staff: User) -> None:
    client.force_login(staff)
    form = {
        "username": "हिन्दी",
        "email": "hindi@example.org",
        "usable_password": "true",
        "password1": PASSWORD,
        "password2": PASSWORD,
    }
    assert client.post(reverse("admin:users_user_add"), form).status_code == 302
    assert sign_in(Client(), "हिन्दी").status_code == 302


def test_staff_who_may_edit_accounts_cannot_make_themselves_superuser(client: Client, staff: User, bob: User) -> None:
    bob.is_staff = True
    bob.save()
    bob.user_permissions.add(*Permission.objects.filter(content_type__app_label="users"))
    client.force_login(bob)
    form = {"username": "bob", "email": bob.email, "is_active": "on", "is_staff": "on", "is_superuser": "on"}
    client.post(reverse("admin:users_user_change", args=[bob.pk]), form)
    bob.refresh_from_db()
    assert not bob.is_superuser

    password = {"password1": "taken-over-by-bob-1", "password2": "taken-over-by-bob-1", "usable_password": "true"}
    assert client.post(reverse("admin:auth_user_password_change", args=[staff.pk]), password).status_code == 403
    client.post(reverse("admin:users_user_changelist"), {"action": "deactivate", "_selected_action": [staff.pk]})
    staff.refresh_from_db()
    assert staff.is_active and staff.check_password(PASSWORD)


# --- Counting attempts --------------------------------------------------------------------------------------------

_ANOTHER_PROCESS = """
import django
from django.conf import settings
settings.DATABASES["default"]["NAME"] = {name!r}
settings.STORAGES["staticfiles"] = {{"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
settings.ALLOWED_HOSTS = ["testserver"]
django.setup()
from django.test import Client
for password in {passwords!r}:
    page = Client().post("/accounts/login/", {{"login": "alice", "password": password}})
    print("slowed" if "Too many failed login attempts" in page.content.decode() else page.status_code)
"""


@pytest.mark.django_db(transaction=True)
def test_guesses_are_counted_over_all_processes_and_restarts(client: Client, alice: User) -> None:
    for _ in range(3):
        sign_in(client, "alice", "wrong")
    # A process that begins now knows of them, and leaves its own behind for those that come after it.
    script = _ANOTHER_PROCESS.format(name=connection.settings_dict["NAME"], passwords=["wrong", "wrong", PASSWORD])
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "memchat.settings"},
    )  # fmt: skip
    assert done.stdout.split() == ["200", "200", "slowed"]
    assert "Too many failed login attempts" in sign_in(client, "alice").content.decode()


def test_what_still_counts_is_never_thrown_out_and_what_is_over_goes() -> None:
    for number in range(30):
        cache.set(f"over-{number}", [1.0], timeout=-1)
    for number in range(400):
        cache.set(f"counts-{number}", [1.0], timeout=300)
    assert len(cache.get_many([f"counts-{number}" for number in range(400)])) == 400
    assert not CacheRow.objects.filter(cache_key__contains="over").exists()


def test_of_those_who_take_a_lock_at_once_one_has_it_until_it_runs_out() -> None:
    assert cache.add("lock", 1, timeout=60)
    assert not cache.add("lock", 2, timeout=60)
    assert cache.get("lock") == 1
    cache.touch("lock", timeout=-1)
    assert cache.add("lock", 3, timeout=60)
    assert cache.get("lock") == 3
