"""`manage.py doctor`: every thing a site depends on, well and ill."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from pytest_django import Settings

from conversations.prompts import Prompt
from conversations.providers.base import Event, Provider, ProviderError, Thinking
from memchat import doctor, server
from memchat.doctor import Finding


@pytest.fixture(autouse=True)
def database_of_the_tests_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "let_go_of_database", lambda: None)


class Speaking(Provider):
    name, label, model_names, context_tokens, reply_tokens = "speaking", "Speaking", ("small",), 1000, 100
    error: ProviderError | None = None

    async def stream(self, prompt: Prompt, model_name: str) -> AsyncGenerator[Event, None]:
        if self.error:
            raise self.error
        yield "ok"
        raise AssertionError("more than the first piece was asked for")


class Silent(Speaking):
    async def stream(self, prompt: Prompt, model_name: str) -> AsyncGenerator[Event, None]:
        import asyncio

        await asyncio.sleep(60)
        yield "too late"


def run(*arguments: str) -> tuple[int, str]:
    out = StringIO()
    try:
        call_command("doctor", *arguments, stdout=out)
    except SystemExit as end:
        return int(end.code or 0), out.getvalue()
    return 0, out.getvalue()


def one(findings: Iterator[Finding] | list[Finding]) -> Finding:
    (finding,) = findings
    return finding


@pytest.mark.django_db
def test_a_site_as_it_comes_is_well() -> None:
    code, output = run()
    assert code == 0, output
    assert "✗" not in output
    for subject in ("settings", "data directory", "secret key", "database", "pgvector", "migrations", "embedder"):
        assert f"✓ {subject}: " in output
    assert "✓ provider offline" in output
    assert "- redis: " in output and "- mail: " in output


@pytest.mark.django_db
def test_findings_come_as_json_too(settings: Settings) -> None:
    settings.REDIS_URL = "redis://someone:hunter2@127.0.0.1:9/0"
    code, output = run("--json")
    findings = {finding["subject"]: finding for finding in json.loads(output)}
    assert code == 1
    assert findings["redis"]["outcome"] == "ill" and findings["redis"]["hint"]
    assert findings["database"]["outcome"] == "well"
    assert "hunter2" not in output


def test_a_secret_key_that_others_may_read_is_ill(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MEMCHAT_SECRET_KEY", raising=False)
    settings.DATA_DIR = tmp_path
    (tmp_path / "secret_key").write_text("x" * 60)
    (tmp_path / "secret_key").chmod(0o644)
    finding = one(doctor.look_at_secret_key())
    assert finding.outcome == "ill" and "chmod 600" in finding.hint
    (tmp_path / "secret_key").chmod(0o600)
    assert one(doctor.look_at_secret_key()).outcome == "well"


def test_a_full_disk_is_ill(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "FREE_BYTES", 10**18)
    assert one(doctor.look_at_data_directory()).outcome == "ill"


def test_a_database_that_is_away_is_ill_and_the_rest_is_still_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> None:
        raise server.ServerError("The database cannot be reached: refused", "Check DATABASE_URL.")

    monkeypatch.setattr(server, "require_database", away)
    findings = {finding.subject: finding for finding in doctor.examine()}
    assert findings["database"].outcome == "ill" and findings["database"].hint == "Check DATABASE_URL."
    assert "migrations" not in findings
    assert findings["embedder"].outcome == "well"


@pytest.mark.django_db
def test_missing_migrations_are_ill(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.db.migrations.executor.MigrationExecutor.migration_plan", lambda self, targets: [1, 2])
    finding = one(doctor.look_at_migrations())
    assert finding.outcome == "ill" and "migrate" in finding.hint


@pytest.mark.parametrize("kind", ["bad_key", "no_credit", "unknown_model", "unreachable", "overloaded"])
def test_a_provider_that_does_not_answer_is_ill_with_what_to_do(monkeypatch: pytest.MonkeyPatch, kind: Any) -> None:
    provider = Speaking()
    provider.error = ProviderError(kind, "because")
    monkeypatch.setattr(doctor, "configured_providers", lambda: {"speaking": provider})
    finding = one(doctor.look_at_providers())
    assert finding.outcome == "ill" and kind in finding.text and finding.hint


def test_one_piece_of_a_provider_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "configured_providers", lambda: {"speaking": Speaking()})
    finding = one(doctor.look_at_providers())
    assert finding.outcome == "well" and "small answers after" in finding.text


def test_a_model_that_thinks_before_it_answers_is_well(monkeypatch: pytest.MonkeyPatch) -> None:
    class Pondering(Silent):
        async def stream(self, prompt: Prompt, model_name: str) -> AsyncGenerator[Event, None]:
            yield Thinking()
            async for event in super().stream(prompt, model_name):
                yield event

    monkeypatch.setattr(doctor, "configured_providers", lambda: {"pondering": Pondering()})
    monkeypatch.setattr(doctor, "PROVIDER_SECONDS", 5)
    assert one(doctor.look_at_providers()).outcome == "well"


def test_a_silent_provider_does_not_hold_the_doctor_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "configured_providers", lambda: {"silent": Silent()})
    monkeypatch.setattr(doctor, "PROVIDER_SECONDS", 0.1)
    finding = one(doctor.look_at_providers())
    assert finding.outcome == "ill" and "no answer" in finding.text


def test_a_mail_server_that_is_away_is_ill(settings: Settings) -> None:
    settings.MAIL_CONFIGURED = True
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", 9, 1
    finding = one(doctor.look_at_mail())
    assert finding.outcome == "ill" and "MEMCHAT_EMAIL_URL" in finding.hint


@pytest.mark.django_db
def test_what_breaks_in_an_examination_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks() -> Any:
        raise RuntimeError("weights are missing\nand more")

    monkeypatch.setattr(doctor, "current_embedder", breaks)
    finding = next(finding for finding in doctor.examine() if finding.subject == "embedder")
    assert finding.outcome == "ill" and finding.text == "RuntimeError: weights are missing"
