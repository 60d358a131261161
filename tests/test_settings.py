"""Settings from the environment: what is derived, and that no wrong value ends in a traceback."""

from __future__ import annotations

import json
import os
import re
import secrets
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core import checks
from django.db import connection
from pytest_django import Settings

from memchat import checks as own_checks
from memchat.environment import Environment
from memchat.management.commands.serve import Command
from memchat.server import ServerError
from tests.live.site import ROOT, clean_environment

_SHOW = """
import json
from memchat import settings
names = json.loads(input())
print(json.dumps({name: getattr(settings, name) for name in names}))
"""


def settings_with(directory: Path, environment: dict[str, str], *names: str) -> dict[str, Any]:
    """The settings as a new process with this environment reads them."""
    done = subprocess.run(
        [sys.executable, "-c", _SHOW],
        input=json.dumps([*names]),
        cwd=ROOT,
        env={
            **clean_environment(),
            "MEMCHAT_ENV_FILE": os.devnull,
            "MEMCHAT_DATA_DIR": str(directory),
            **environment,
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return dict(json.loads(done.stdout))


def manage(directory: Path, environment: dict[str, str], *arguments: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env={
            **clean_environment(),
            "MEMCHAT_ENV_FILE": os.devnull,
            "MEMCHAT_DATA_DIR": str(directory),
            **environment,
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("command", ["backup", "restore"])
def test_no_backup_is_taken_from_or_put_into_another_database_than_the_one_that_is_meant(
    tmp_path: Path, command: str
) -> None:
    meant = {"DATABASE_URL": "postgres//memchat:secret@db.example.org/memchat"}
    code, output = manage(tmp_path / "data", meant, command, str(tmp_path / "a.backup"))
    assert code == 1 and "DATABASE_URL cannot be used" in output and "secret" not in output
    assert not (tmp_path / "data" / "postgres").exists(), "an embedded one instead"


# --- What is derived ---------------------------------------------------------------------------------------------

_DERIVED = ("SITE_URL", "ALLOWED_HOSTS", "ALLOWED_ORIGINS", "CSRF_TRUSTED_ORIGINS", "SESSION_COOKIE_SECURE")


def test_with_no_settings_the_site_is_for_this_machine_alone(tmp_path: Path) -> None:
    found = settings_with(tmp_path, {}, *_DERIVED, "HOST", "PORT", "DEBUG", "PROVIDERS", "DEFAULT_PROVIDER")
    assert found["SITE_URL"] == "http://127.0.0.1:8000"
    assert found["ALLOWED_HOSTS"] == ["127.0.0.1", "localhost"]
    assert found["ALLOWED_ORIGINS"] == ["http://127.0.0.1:8000", "http://localhost:8000"]
    assert (found["HOST"], found["PORT"], found["DEBUG"]) == ("127.0.0.1", 8000, False)
    assert (found["PROVIDERS"], found["DEFAULT_PROVIDER"]) == ({}, "offline")
    assert not found["SESSION_COOKIE_SECURE"]


def test_a_public_address_names_hosts_and_origins_and_secures_cookies(tmp_path: Path) -> None:
    found = settings_with(
        tmp_path,
        {"MEMCHAT_PUBLIC_URL": "https://Chat.Example.org:443/"},
        *_DERIVED,
        "CSRF_COOKIE_SECURE",
        "SECURE_HSTS_SECONDS",
        "SECURE_PROXY_SSL_HEADER",
        "CONTENT_SECURITY_POLICY",
    )
    assert found["SITE_URL"] == "https://chat.example.org"
    assert found["ALLOWED_HOSTS"] == ["chat.example.org"]
    assert found["ALLOWED_ORIGINS"] == found["CSRF_TRUSTED_ORIGINS"] == ["https://chat.example.org"]
    assert found["SESSION_COOKIE_SECURE"] and found["CSRF_COOKIE_SECURE"] and found["SECURE_HSTS_SECONDS"]
    assert found["SECURE_PROXY_SSL_HEADER"] == ["HTTP_X_FORWARDED_PROTO", "https"]
    assert "wss://chat.example.org" in found["CONTENT_SECURITY_POLICY"]["DIRECTIVES"]["connect-src"]


@pytest.mark.parametrize(
    ("environment", "site_url", "hosts"),
    [
        ({"MEMCHAT_PUBLIC_URL": "http://10.0.0.7:8080"}, "http://10.0.0.7:8080", ["10.0.0.7"]),
        ({"MEMCHAT_PUBLIC_URL": "https://Bücher.example"}, "https://xn--bcher-kva.example", ["xn--bcher-kva.example"]),
        ({"MEMCHAT_HOST": "::1"}, "http://[::1]:8000", ["[::1]"]),
        ({"MEMCHAT_HOST": "0.0.0.0"}, "http://localhost:8000", ["127.0.0.1", "localhost"]),
        ({"MEMCHAT_PORT": "80"}, "http://127.0.0.1", ["127.0.0.1", "localhost"]),
    ],
)
def test_addresses_are_written_as_browsers_write_them(
    tmp_path: Path, environment: dict[str, str], site_url: str, hosts: list[str]
) -> None:
    found = settings_with(tmp_path, environment, *_DERIVED)
    assert found["SITE_URL"] == site_url
    assert found["ALLOWED_HOSTS"] == hosts
    assert site_url in found["ALLOWED_ORIGINS"]


def test_keys_choose_providers_and_the_first_is_the_default(tmp_path: Path) -> None:
    found = settings_with(
        tmp_path,
        {
            "OPENAI_API_KEY": "$key-with-a-dollar",
            "COMPATIBLE_BASE_URL": "http://localhost:11434/v1",
            "COMPATIBLE_MODELS": "small, large",
        },
        "PROVIDERS",
        "DEFAULT_PROVIDER",
    )
    assert list(found["PROVIDERS"]) == ["openai", "compatible"]
    assert found["DEFAULT_PROVIDER"] == "openai"
    assert found["PROVIDERS"]["openai"]["api_key"] == "$key-with-a-dollar"
    assert found["PROVIDERS"]["compatible"]["models"] == ["small", "large"]


def test_a_file_named_env_is_read_and_the_environment_wins(tmp_path: Path) -> None:
    file = tmp_path / "env"
    file.write_text(
        "MEMCHAT_PORT=9001\nMEMCHAT_RECALL_COUNT=7\nDATABASE_URL=postgresql://site@pooler/chat?application_name=chat\n"
        "DATABASE_OWNER_URL=postgresql://owner@db/chat?sslmode=require\n"
    )
    names = ("PORT", "RECALL_COUNT", "SETTING_PROBLEMS", "DATABASES")
    found = settings_with(tmp_path, {"MEMCHAT_ENV_FILE": str(file), "MEMCHAT_PORT": "9002"}, *names)
    databases = found.pop("DATABASES")
    assert found == {"PORT": 9002, "RECALL_COUNT": 7, "SETTING_PROBLEMS": []}
    assert databases["default"]["OPTIONS"]["application_name"] == "chat"
    assert databases["default"]["OWNER"] == {
        "HOST": "db", "PORT": "", "USER": "owner", "PASSWORD": "", "OPTIONS": {"sslmode": "require"}
    }  # fmt: skip


def test_what_the_owner_s_address_says_is_all_that_counts_for_the_owner() -> None:
    other = connection.copy("default")
    del other.settings_dict["EMBEDDED"]
    other.settings_dict |= {
        "HOST": "pooler", "PORT": "6432", "USER": "site", "PASSWORD": "its own",
        "OPTIONS": {"application_name": "chat", "sslmode": "disable", "pool": {}},
        "OWNER": {"HOST": "db", "PORT": "", "USER": "owner", "PASSWORD": "", "OPTIONS": {"sslmode": "require"}},
    }  # fmt: skip

    def told() -> dict[str, Any]:
        names = {"host", "port", "user", "password", "sslmode", "application_name"}
        return {name: value for name, value in other.get_connection_params().items() if name in names}

    with other.as_owner():  # type: ignore[attr-defined]
        assert told() == {"host": "db", "user": "owner", "sslmode": "require"}
    assert (told()["host"], told()["user"], told()["sslmode"]) == ("pooler", "site", "disable")


def test_proxies_and_units_agree_with_the_site(settings: Settings) -> None:
    nginx, caddy = (ROOT / "deploy" / name for name in ("nginx.conf", "Caddyfile"))
    sizes = [
        re.search(r"client_max_body_size (\d+)m;", nginx.read_text()),
        re.search(r"max_size (\d+)MiB", caddy.read_text()),
    ]
    assert [found and int(found[1]) for found in sizes] == [settings.IMPORT_MAX_MB + 1] * 2
    assert settings.IMPORT_MAX_MB > settings.ATTACHMENT_MAX_MB * settings.ATTACHMENTS_PER_MESSAGE
    # systemd lets the operator's file override Environment=.
    assert not [unit for unit in (ROOT / "deploy").glob("*.service") if "\nEnvironment=" in unit.read_text()]


# --- What is wrong -----------------------------------------------------------------------------------------------

_WRONG: list[tuple[str, str, list[str]]] = [
    ("whole", "NUMBER", ["many", "1.5", "0", "70000", "", " ", "１２x"]),
    ("seconds", "SECONDS", ["soon", "0", "-1", "nan", "inf", "1e99"]),
    ("flag", "FLAG", ["maybe", "2", "yess"]),
    ("one_of", "CHOICE", ["c", "A", "a b"]),
    ("host", "HOST", ["a b", "http://x", "-x", "x/y", "1.2.3.4:80", "*"]),
    ("web_url", "URL", ["chat.example.org", "ftp://x", "https://", "https://x:port", "https://x:99999", "https://[x"]),
    (
        "origin",
        "ORIGIN",
        ["https://x/chat", "https://x?y", "https://x#y", "https://me@x", "https://" + "a" * 64 + ".b"],
    ),
    ("database", "DATABASE", ["sqlite:///x", "x", "postgresql://", "postgresql://h", "postgresql://h:x/n", "://"]),
    ("redis", "REDIS", ["localhost", "http://x", "6379"]),
    ("email", "EMAIL", ["smtp", "imap://x", "://", "x@y"]),
    ("path", "PATH_", ["~nobody-by-this-name/x"]),
]


def _read(environment: Environment, kind: str, name: str) -> Any:
    match kind:
        case "whole":
            return environment.whole(name, 5, 1, 65_535)
        case "seconds":
            return environment.seconds(name, 5.0)
        case "flag":
            return environment.flag(name, False)
        case "one_of":
            return environment.one_of(name, "a", ("a", "b"))
        case "host":
            return environment.host(name, "127.0.0.1")
        case "origin":
            return environment.web_url(name, "", origin_only=True)
        case "web_url":
            return environment.web_url(name)
        case "path":
            return environment.path(name, Path("/"))
    return getattr(environment, kind)(name)


@pytest.mark.parametrize(("kind", "name", "values"), _WRONG, ids=[kind for kind, _, _ in _WRONG])
def test_a_wrong_value_is_a_problem_with_a_hint_and_the_default_stands(
    monkeypatch: pytest.MonkeyPatch, kind: str, name: str, values: list[str]
) -> None:
    monkeypatch.delenv(name, raising=False)
    default = _read(Environment(), kind, name)
    for value in values:
        monkeypatch.setenv(name, value)
        environment = Environment()
        assert _read(environment, kind, name) == default, value
        if not value.strip():
            assert not environment.problems
            continue
        assert len(environment.problems) == 1, value
        problem = environment.problems[0]
        assert problem.name == name and name in problem.message, value
        assert problem.hint or kind == "path"


@pytest.mark.parametrize("kind", ["database", "redis", "email"])
def test_a_problem_never_repeats_a_password(monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    monkeypatch.setenv("ADDRESS", "nonsense://someone:hunter2@host:port/x")
    environment = Environment()
    _read(environment, kind, "ADDRESS")
    assert "hunter2" not in environment.problems[0].message
    monkeypatch.setenv("ADDRESS", "https://someone:hunter2@host:port/x")
    environment = Environment()
    environment.web_url("ADDRESS")
    assert "hunter2" not in environment.problems[0].message


def test_an_env_file_that_cannot_be_read_is_a_problem(tmp_path: Path) -> None:
    file = tmp_path / "env"
    file.write_bytes(b"MEMCHAT_PORT=\xff\xfe")
    problems = Environment(file).problems
    assert [problem.name for problem in problems] == ["MEMCHAT_ENV_FILE"]
    assert str(file) in problems[0].message


def test_a_file_of_settings_that_is_named_and_not_there_ends_the_start(tmp_path: Path) -> None:
    """A site of its own, without any of its settings, would look like one that has lost everything."""
    for named in (tmp_path / "memchat.evn", tmp_path):
        code, output = manage(tmp_path / "data", {"MEMCHAT_ENV_FILE": str(named)}, "check")
        assert code == 1 and f"{named} cannot be read" in output


def test_many_wrong_settings_are_all_named_at_once_without_a_traceback(tmp_path: Path) -> None:
    wrong = {
        "MEMCHAT_PORT": "x",
        "MEMCHAT_LOG": "xml",
        "MEMCHAT_METRICS_TOKEN": "too short",
        "MEMCHAT_DEBUG": "perhaps",
        "MEMCHAT_PUBLIC_URL": "https://chat.example.org/sub",
        "DATABASE_URL": "sqlite:///x",
        "REDIS_URL": "memory",
        "MEMCHAT_EMAIL_URL": "carrier-pigeon://x",
        "MEMCHAT_SECRET_KEY": "short",
        "MEMCHAT_DEFAULT_PROVIDER": "nobody",
        "MEMCHAT_EMBEDDER": "magic",
        "COMPATIBLE_BASE_URL": "localhost:11434",
        "DJANGO_SUPERUSER_USERNAME": "has space",
        "DJANGO_SUPERUSER_PASSWORD": "x",
    }
    code, output = manage(tmp_path, wrong, "check")
    assert code == 1
    for name in {*wrong} - {"DJANGO_SUPERUSER_PASSWORD"}:
        assert f"memchat.{name})" in output, name
    assert output.count("HINT") >= len(wrong) - 1
    assert "Traceback" not in output


@pytest.mark.parametrize("what", ["a file in its place", "a damaged key", "a key that is no text"])
def test_a_data_directory_that_cannot_be_used_is_named(tmp_path: Path, what: str) -> None:
    directory = tmp_path / "data"
    if what == "a file in its place":
        directory.write_text("")
    else:
        directory.mkdir()
        (directory / "secret_key").write_bytes(b"\xff\xfe" * 40 if what == "a key that is no text" else b"short")
    code, output = manage(directory, {}, "check")
    assert code == 1
    assert "memchat.MEMCHAT_DATA_DIR" in output
    assert "Traceback" not in output


# --- Checks ------------------------------------------------------------------------------------------------------


def ids(found: list[checks.CheckMessage]) -> list[str]:
    assert all(message.hint for message in found)
    return [str(message.id) for message in found]


@pytest.mark.parametrize(
    ("host", "public_url", "is_wrong"),
    [
        ("127.0.0.1", "", False),
        ("127.0.0.1", "http://localhost:9000", False),
        ("0.0.0.0", "", True),
        ("127.0.0.1", "https://chat.example.org", True),
        ("192.168.1.4", "", True),
    ],
)
def test_debug_is_refused_where_others_can_reach_it(
    settings: Settings, host: str, public_url: str, is_wrong: bool
) -> None:
    settings.DEBUG, settings.HOST, settings.PUBLIC_URL = True, host, public_url
    found = own_checks.debug_stays_at_home(None)
    assert bool(found) == is_wrong
    assert all(message.level == checks.ERROR for message in found)


def test_listening_for_others_without_a_name_is_warned_of(settings: Settings) -> None:
    settings.HOST, settings.PUBLIC_URL = "0.0.0.0", ""
    assert ids(own_checks.public_address_fits(None)) == ["memchat.MEMCHAT_HOST"]
    settings.PUBLIC_URL = "http://chat.example.org"
    assert ids(own_checks.public_address_fits(None)) == ["memchat.MEMCHAT_PUBLIC_URL"]
    settings.PUBLIC_URL, settings.ALLAUTH_TRUSTED_PROXY_COUNT = "https://chat.example.org", 0
    assert ids(own_checks.public_address_fits(None)) == ["memchat.MEMCHAT_TRUSTED_PROXIES"]
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    assert not own_checks.public_address_fits(None)


def test_mail_needs_a_sender(settings: Settings) -> None:
    settings.MAIL_CONFIGURED, settings.DEFAULT_FROM_EMAIL = True, "memchat@127.0.0.1"
    assert ids(own_checks.mail_has_a_sender(None)) == ["memchat.MEMCHAT_EMAIL_FROM"]
    settings.DEFAULT_FROM_EMAIL = "Chat <chat@example.org>"
    assert not own_checks.mail_has_a_sender(None)


def test_half_a_first_staff_account_is_refused(settings: Settings) -> None:
    settings.FIRST_STAFF = {"username": "alice", "email": "", "password": ""}
    assert ids(own_checks.first_staff_is_complete(None)) == ["memchat.DJANGO_SUPERUSER_USERNAME"]
    settings.FIRST_STAFF = {"username": "Ольга", "email": "", "password": "x"}
    assert not own_checks.first_staff_is_complete(None)


def test_redis_that_is_away_is_a_warning_and_does_not_take_long(settings: Settings) -> None:
    settings.REDIS_URL = "redis://someone:hunter2@127.0.0.1:9/0"
    found = own_checks.redis_can_be_reached(None)
    assert [message.level for message in found] == [checks.WARNING]
    assert "hunter2" not in str(found[0])
    settings.REDIS_URL = ""
    assert not own_checks.redis_can_be_reached(None)


@pytest.mark.django_db
def test_the_database_here_has_pgvector() -> None:
    assert not own_checks.database_has_pgvector(None, databases=["default"])


def test_the_settings_that_deployment_documents_give_no_warning_at_all(tmp_path: Path) -> None:
    told = (ROOT / "docs" / "deployment.md").read_text().partition("Settings in `/etc/memchat.env`")[2]
    block = told.partition("```sh\n")[2].partition("```")[0]
    production = dict(line.split("=", 1) for line in block.splitlines())
    assert production.pop("MEMCHAT_DATA_DIR")
    assert production["MEMCHAT_PUBLIC_URL"].startswith("https://")
    code, output = manage(tmp_path, production, "check", "--deploy", "--fail-level", "WARNING")
    assert code == 0, output


@pytest.mark.parametrize(
    "key",
    [
        "short",
        "django-insecure-" + "k3v9x7q2w8e4r6t1y5u0" * 3,
        "x" * 60,
        "abcabc" * 20,
        "please-change-me-" + "k3v9x7q2w8e4r6t1y5u0" * 3,
    ],
)
def test_a_key_that_anybody_could_guess_is_refused(settings: Settings, key: str) -> None:
    settings.SECRET_KEY = key
    assert ids(own_checks.secret_key_is_long(None)) == ["memchat.MEMCHAT_SECRET_KEY"]


def test_a_key_of_its_own_is_taken(settings: Settings) -> None:
    settings.SECRET_KEY = secrets.token_urlsafe(48)
    assert not own_checks.secret_key_is_long(None)


@pytest.fixture
def as_superuser(monkeypatch: pytest.MonkeyPatch, db: None) -> Iterator[None]:
    """The site's connection as the embedded server's own superuser would have it."""
    other = connection.copy()
    other.settings_dict |= {"USER": "postgres", "EMBEDDED": "", "OPTIONS": {}}
    monkeypatch.setattr(own_checks, "connections", {"default": other})
    yield
    other.close()


@pytest.mark.django_db
def test_the_site_s_own_role_is_ordinary() -> None:
    assert not own_checks.database_role_is_ordinary(None, databases=["default"])


@pytest.mark.usefixtures("as_superuser")
def test_a_superuser_of_the_database_serves_no_public_site(settings: Settings) -> None:
    def found() -> list[checks.CheckMessage]:
        return own_checks.database_role_is_ordinary(None, databases=["default"])

    settings.HOST, settings.PUBLIC_URL = "127.0.0.1", ""
    assert ids(found()) == ["memchat.DATABASE_URL.role"]
    assert found()[0].level == checks.WARNING
    Command()._require_ordinary_role()
    settings.PUBLIC_URL = "https://chat.example.org"
    assert found()[0].level == checks.ERROR
    with pytest.raises(ServerError, match="superuser"):
        Command()._require_ordinary_role()
