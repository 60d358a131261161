"""What people sign in with stays out of staff's sight and reach, and no page of the admin lets a secret be guessed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission
from django.db import connection
from django.http import HttpRequest
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from memchat.users import tokens
from memchat.users.models import AccessToken, Scope, User

pytestmark = pytest.mark.django_db

Clerk = Callable[..., Client]

SESSIONS, FACTORS, ADDRESSES = "usersessions_usersession", "mfa_authenticator", "account_emailaddress"


@pytest.fixture
def clerk() -> Clerk:
    """A member of staff with some rights."""

    def with_rights(*rights: str) -> Client:
        user = User.objects.create_user("clerk", is_staff=True)
        for right in rights:
            app, codename = right.split(".")
            user.user_permissions.add(Permission.objects.get(content_type__app_label=app, codename=codename))
        return _signed_in(user)

    return with_rights


@pytest.fixture
def root() -> User:
    return User.objects.create_superuser("root")


def _signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def session_of(user: User) -> UserSession:
    """One that lets its holder in."""
    key = _signed_in(user).session.session_key
    session, _made = UserSession.objects.get_or_create(
        session_key=key, defaults={"user": user, "ip": "192.0.2.7", "user_agent": "laptop"}
    )
    return session


def lets_in(session: UserSession) -> bool:
    client = Client()
    client.cookies[settings.SESSION_COOKIE_NAME] = session.session_key
    return client.get(reverse("usersessions_list")).status_code == 200


def factor_of(user: User) -> Authenticator:
    return Authenticator.objects.create(user=user, type="totp", data={"secret": f"seed-of-{user.username}"})


def address_of(user: User) -> EmailAddress:
    return EmailAddress.objects.create(user=user, email=f"{user.username}@example.org", verified=True, primary=True)


MAKERS: dict[str, Callable[[User], Any]] = {SESSIONS: session_of, FACTORS: factor_of, ADDRESSES: address_of}


def list_of(model: str) -> str:
    return reverse(f"admin:{model}_changelist")


def page_of(model: str, row: Any, what: str = "change") -> str:
    return reverse(f"admin:{model}_{what}", args=[row.pk])


def rights(model: str, *verbs: str) -> list[str]:
    app, name = model.split("_")
    return [f"{app}.{verb}_{name}" for verb in verbs]


# --- Sessions, second factors and addresses -------------------------------------------------------------------------


@pytest.mark.parametrize("model", MAKERS)
def test_no_page_shows_a_key_or_a_secret_or_even_reads_it(clerk: Clerk, alice: User, model: str) -> None:
    session, factor = session_of(alice), factor_of(alice)
    row = MAKERS[model](alice) if model == ADDRESSES else {SESSIONS: session, FACTORS: factor}[model]
    client = clerk(*rights(model, "view", "change", "delete"))
    with CaptureQueriesContext(connection) as queries:
        for address in (list_of(model), page_of(model, row), page_of(model, row, "history")):
            page = client.get(address)
            assert page.status_code == 200
            html = page.content.decode()
            assert "alice" in html or address.endswith("history/")
            assert session.session_key not in html
            assert "seed-of" not in html
    read = " ".join(query["sql"] for query in queries)
    assert not re.search(r'"(mfa_authenticator|usersessions_usersession)"\."(data|session_key)"', read)


@pytest.mark.parametrize(
    ("model", "lookup"),
    [
        (SESSIONS, "session_key__startswith"),
        (SESSIONS, "data__contains"),
        (SESSIONS, "user__password__startswith"),
        (FACTORS, "data__secret__startswith"),
        (FACTORS, "data__icontains"),
        (ADDRESSES, "emailconfirmation__key__startswith"),
        (ADDRESSES, "user__password__startswith"),
    ],
)
def test_nothing_is_guessed_by_filters(clerk: Clerk, alice: User, model: str, lookup: str) -> None:
    MAKERS[model](alice)
    client = clerk(*rights(model, "view"))
    for also in ({}, {"user__id__exact": alice.pk}):
        assert client.get(list_of(model), {lookup: "a", **also}).status_code == 400


@pytest.mark.parametrize(
    ("model", "offered"), [(FACTORS, "type__exact"), (ADDRESSES, "verified__exact"), (ADDRESSES, "primary__exact")]
)
def test_the_filters_that_a_page_offers_work(clerk: Clerk, alice: User, model: str, offered: str) -> None:
    MAKERS[model](alice)
    client = clerk(*rights(model, "view"))
    for value, count in {
        "totp" if model == FACTORS else "1": 1,
        "recovery_codes" if model == FACTORS else "0": 0,
    }.items():
        page = client.get(list_of(model), {offered: value})
        assert len(page.context["cl"].result_list) == count
    assert len(client.get(list_of(model), {"q": "lic"}).context["cl"].result_list) == 1


@pytest.mark.parametrize("model", MAKERS)
def test_nothing_that_opens_an_account_is_made_or_changed_by_staff(
    clerk: Clerk, alice: User, root: User, model: str
) -> None:
    rows = [MAKERS[model](user) for user in (alice, root)]
    before = list(type(rows[0]).objects.filter(user__in=(alice, root)).order_by("pk").values())
    form = {
        "user": root.pk, "email": "mallory@example.org", "verified": "on", "primary": "on", "type": "totp",
        "data": "{}", "ip": "192.0.2.1", "user_agent": "mine", "created_at_0": "2026-01-01", "created_at_1": "00:00",
        "last_seen_at_0": "2026-01-01", "last_seen_at_1": "00:00",
    }  # fmt: skip
    everything = ("add", "change", "delete", "view")
    for client in (clerk(*rights(model, *everything)), _signed_in(root)):
        before = list(type(rows[0]).objects.filter(user__in=(alice, root)).order_by("pk").values())
        assert client.get(reverse(f"admin:{model}_add")).status_code == 403
        assert client.post(reverse(f"admin:{model}_add"), form).status_code == 403
        for row in rows:
            assert client.post(page_of(model, row), form).status_code == 403
        client.post(list_of(model), {"action": "make_verified", "_selected_action": [row.pk for row in rows]})
        assert list(type(rows[0]).objects.filter(user__in=(alice, root)).order_by("pk").values()) == before


def test_addresses_are_deleted_by_nobody_but_their_owner(clerk: Clerk, alice: User, root: User) -> None:
    rows = [address_of(alice), address_of(root)]
    for client in (clerk(*rights(ADDRESSES, "view", "delete")), _signed_in(root)):
        for row in rows:
            assert client.post(page_of(ADDRESSES, row, "delete"), {"post": "yes"}).status_code == 403
    assert EmailAddress.objects.count() == 2


def test_staff_remove_a_second_factor_for_somebody_who_lost_it(clerk: Clerk, alice: User) -> None:
    client = clerk(*rights(FACTORS, "view", "delete"))
    factor = factor_of(alice)
    assert "alice" in client.get(page_of(FACTORS, factor, "delete")).content.decode()
    assert client.post(page_of(FACTORS, factor, "delete"), {"post": "yes"}).status_code == 302
    assert not Authenticator.objects.exists()

    several = {"action": "delete_selected", "_selected_action": [factor_of(alice).pk], "post": "yes"}
    assert client.post(list_of(FACTORS), several).status_code == 302
    assert not Authenticator.objects.exists()
    told = LogEntry.objects.filter(object_id=str(alice.pk)).values_list("object_repr", "change_message")
    assert list(told) == [("alice", "Second factor removed.")] * 2


def test_staff_end_a_session_and_it_lets_nobody_in_any_more(clerk: Clerk, alice: User) -> None:
    client = clerk(*rights(SESSIONS, "view", "delete"))
    one, two, three = session_of(alice), session_of(alice), session_of(alice)
    assert lets_in(one) and lets_in(two)
    assert client.post(page_of(SESSIONS, one, "delete"), {"post": "yes"}).status_code == 302
    several = {"action": "delete_selected", "_selected_action": [two.pk], "post": "yes"}
    assert client.post(list_of(SESSIONS), several).status_code == 302
    assert not lets_in(one) and not lets_in(two)
    assert lets_in(three)
    told = LogEntry.objects.values_list("object_repr", "change_message")
    assert list(told) == [("alice", "Session ended.")] * 2


@pytest.mark.parametrize("model", [SESSIONS, FACTORS])
def test_only_a_superuser_removes_what_a_superuser_signs_in_with(
    clerk: Clerk, alice: User, root: User, model: str
) -> None:
    hers, roots = MAKERS[model](alice), MAKERS[model](root)
    both = {"action": "delete_selected", "_selected_action": [hers.pk, roots.pk], "post": "yes"}
    client = clerk(*rights(model, "view", "delete"))
    assert client.get(page_of(model, roots, "delete")).status_code == 403
    assert client.post(page_of(model, roots, "delete"), {"post": "yes"}).status_code == 403
    assert client.post(list_of(model), both).status_code == 403
    assert client.post(list_of(model), {**both, "select_across": "1"}).status_code == 403
    assert {hers.pk, roots.pk} <= set(type(hers).objects.values_list("pk", flat=True))

    other = User.objects.create_superuser("other")
    assert _signed_in(other).post(list_of(model), both).status_code == 302
    assert not type(hers).objects.filter(pk__in=[hers.pk, roots.pk]).exists()


def test_whoever_ends_the_session_they_are_in_is_signed_out(root: User) -> None:
    mine = session_of(root)
    client = Client()
    client.cookies[settings.SESSION_COOKIE_NAME] = mine.session_key
    assert client.post(page_of(SESSIONS, mine, "delete"), {"post": "yes"}).status_code == 302
    assert client.get(list_of(SESSIONS)).status_code == 302


# --- Rights ---------------------------------------------------------------------------------------------------------


def test_staff_who_may_edit_groups_cannot_give_theirs_more_rights(clerk: Clerk, root: User) -> None:
    group = Group.objects.create(name="helpers")
    client = clerk("auth.add_group", "auth.change_group", "auth.delete_group", "auth.view_group")
    User.objects.get(username="clerk").groups.add(group)
    more = {"name": "helpers", "permissions": [Permission.objects.get(codename="view_text").pk]}
    assert client.get(page_of("auth_group", group)).status_code == 200
    for address in (
        page_of("auth_group", group),
        page_of("auth_group", group, "delete"),
        reverse("admin:auth_group_add"),
    ):
        assert client.post(address, {**more, "post": "yes"}).status_code == 403
    assert not group.permissions.exists()

    assert _signed_in(root).post(page_of("auth_group", group), more).status_code == 302
    assert group.permissions.exists()


# --- Guessing -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lookup", ["name__startswith", "digest__startswith", "name", "user__password__startswith"])
def test_staff_guess_neither_a_token_nor_what_it_is_called(clerk: Clerk, alice: User, lookup: str) -> None:
    tokens.make(alice, "Divorce lawyer", [Scope.READ_THREADS])
    client = clerk("users.view_accesstoken")
    assert len(client.get(list_of("users_accesstoken"), {"q": "alice"}).context["cl"].result_list) == 1
    for value in ("Divorce", AccessToken.objects.get().digest[:1]):
        assert client.get(list_of("users_accesstoken"), {lookup: value}).status_code == 400


@pytest.mark.parametrize("lookup", ["password__startswith", "password", "custom_instructions__icontains"])
def test_staff_guess_nothing_of_an_account_that_its_page_does_not_show(clerk: Clerk, alice: User, lookup: str) -> None:
    client = clerk("users.view_user")
    assert client.get(list_of("users_user"), {"is_active__exact": "1"}).status_code == 200
    assert client.get(list_of("users_user"), {lookup: "a"}).status_code == 400


OURS = ("memchat.", "memories.", "conversations.")
THEIRS: dict[str, str] = {}
"""Pages of the admin that stay as their packages bring them, with the reason why they may."""
SECRET = re.compile("session_key|password|digest|token|secret|data|key|seed|custom_instructions")
LOOKUPS = ("", "__exact", "__startswith", "__istartswith", "__contains", "__regex", "__gt", "__lt", "__in", "__range")


def test_every_page_of_the_admin_is_ours() -> None:
    for model, page in admin.site._registry.items():
        ours = type(page).__module__.startswith(OURS)
        assert ours or model._meta.label in THEIRS, f"{model._meta.label} is shown as its package shows it"


@pytest.mark.parametrize("label", sorted(model._meta.label for model in admin.site._registry))
def test_no_page_of_the_admin_is_filtered_by_a_secret(label: str, root: User) -> None:
    request = HttpRequest()
    request.user = root
    (page,) = (page for model, page in admin.site._registry.items() if model._meta.label == label)
    tried = [f"{path}{ends}" for path in _secrets(page.model) for ends in LOOKUPS]
    assert [lookup for lookup in tried if page.lookup_allowed(lookup, "a", request)] == []
    shown = (*page.get_list_display(request), *page.get_search_fields(request))
    assert not [name for name in shown if isinstance(name, str) and SECRET.search(name)]


def _secrets(model: Any, path: str = "", deep: int = 3) -> Iterator[str]:
    """Every way from a model to a field that is called like a secret."""
    for field in model._meta.get_fields(include_hidden=True):
        if field.is_relation:
            if deep > 1 and field.related_model not in {None, model} and not field.name.endswith("+"):
                yield from _secrets(field.related_model, f"{path}{field.name}__", deep - 1)
        elif SECRET.search(field.name):
            yield f"{path}{field.name}"


def test_the_admin_finds_out_where_secrets_are() -> None:
    assert {"session_key", "user__password", "data"} <= set(_secrets(UserSession))
    assert {"digest", "user__usersession__session_key"} <= set(_secrets(AccessToken))


@pytest.mark.parametrize(("right", "allowed"), [("users.view_text", False), ("users.change_user", True)])
def test_staff_change_no_account_that_has_rights_they_lack(clerk: Clerk, right: str, allowed: bool) -> None:
    """Whoever sets its password could sign in with it, and read what they may not."""
    browser = clerk("users.view_user", "users.change_user", "users.delete_user", "mfa.delete_authenticator")
    reader = User.objects.create_user("reader", email="reader@example.org", is_staff=True)
    app, codename = right.split(".")
    reader.user_permissions.add(Permission.objects.get(content_type__app_label=app, codename=codename))
    passwords = {"usable_password": "true", "password1": "other horse battery", "password2": "other horse battery"}
    browser.post(reverse("admin:auth_user_password_change", args=[reader.pk]), passwords)
    browser.post(page_of("users_user", reader), {"username": "reader", "email": "clerk@example.org", "is_active": "on"})
    reader.refresh_from_db()
    assert reader.check_password("other horse battery") is allowed
    assert (reader.email == "clerk@example.org") is allowed
    browser.post(page_of(FACTORS, factor := factor_of(reader), "delete"), {"post": "yes"})
    assert Authenticator.objects.filter(pk=factor.pk).exists() is not allowed
