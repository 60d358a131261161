"""`manage.py chat`: talk in a terminal. A program like any other: it shows a token, and streams what is replied."""

from __future__ import annotations

import getpass
import json
import signal
import sys
import uuid
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

SECONDS = 30.0
HELP = "An empty line or Ctrl-D ends, /new begins a new thread, Ctrl-C stops a reply."


class Command(BaseCommand):
    help = (
        "Talk in a terminal to a site that runs, with an access token of yours (scopes threads:read and threads:write)."
    )
    # It asks the site, and needs nothing of it here.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--url", default=settings.SITE_URL, help="the site (default: %(default)s)")
        parser.add_argument("--token-file", type=Path, help="a file with the token; otherwise it is asked for")
        parser.add_argument("--thread", type=uuid.UUID, help="go on with a thread")
        parser.add_argument("--temporary", action="store_true", help="a temporary thread, without memory")
        parser.add_argument("--model", default="", help="provider:model, as /api/v1/models lists them")

    def handle(self, *args: Any, **options: Any) -> None:
        headers = {"Authorization": f"Bearer {_token(options['token_file'])}"}
        site = httpx2.Client(base_url=f"{options['url'].rstrip('/')}/api/v1", headers=headers, timeout=SECONDS)
        with site:
            self._talk(site, options)

    def _talk(self, site: httpx2.Client, options: dict[str, Any]) -> None:
        thread = str(options["thread"]) if options["thread"] else None
        provider, _colon, model = options["model"].partition(":")
        if sys.stdin.isatty():
            self.stdout.write(HELP)
        while text := _line():
            if text == "/new":
                thread = None
                continue
            message = {"id": str(uuid.uuid4()), "text": text, "thread": thread, "provider": provider, "model": model}
            if thread is None and options["temporary"]:
                message["temporary"] = True
            try:
                thread = self._say(site, message)
                signal.signal(signal.SIGINT, signal.default_int_handler)
            except httpx2.HTTPError as error:
                raise CommandError(f"The site cannot be reached: {type(error).__name__}.") from None

    def _say(self, site: httpx2.Client, message: dict[str, Any]) -> str | None:
        """Send it, and print the reply while it comes; the thread it is in."""
        thread: str | None = message["thread"]
        with site.stream("POST", "/messages", json=message, headers={"Accept": "text/event-stream"}) as response:
            if response.status_code != 200:
                response.read()
                self.stderr.write(_refusal(response))
                if response.status_code in {401, 403}:
                    raise CommandError("This token is of no use here.")
                return thread
            for name, data in _events(response):
                if name == "accepted":
                    thread = data["thread"]["id"]
                    # What has come by then is kept, and the end is told as any other.
                    stop = f"/messages/{data['reply']['id']}/stop"
                    signal.signal(signal.SIGINT, lambda *_ignored, stop=stop: site.post(stop))
                elif name == "piece":
                    self.stdout.write(data["text"], ending="")
                    self.stdout.flush()
                elif name == "ended":
                    self._end(data)
        return thread

    def _end(self, reply: dict[str, Any]) -> None:
        self.stdout.write("")
        for change in reply["changes"]:
            self.stdout.write(self.style.NOTICE(f"[memory, {change['kind']}: {change['text'] or change['reason']}]"))
        if reply["error"]:
            self.stderr.write(reply["error"]["message"])


def _token(file: Path | None) -> str:
    if file is None:
        return getpass.getpass("Access token: ").strip()
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise CommandError(f"{file} cannot be read.") from None


def _line() -> str:
    try:
        return input("> " if sys.stdin.isatty() else "").strip()
    except (EOFError, KeyboardInterrupt):
        return ""


def _events(response: httpx2.Response) -> Iterator[tuple[str, dict[str, Any]]]:
    name = ""
    for line in _lines(response):
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data: "):
            yield name, json.loads(line.removeprefix("data: "))


def _lines(response: httpx2.Response) -> Iterator[str]:
    """Its lines. What it has `iter_lines` for ends them at characters, too, that may stand in a text."""
    rest = b""
    for piece in response.iter_bytes():
        *lines, rest = (rest + piece).split(b"\n")
        yield from (line.decode() for line in lines)


def _refusal(response: httpx2.Response) -> str:
    try:
        return str(response.json()["error"]["message"])
    except (ValueError, KeyError, TypeError):
        return f"The site answers with status {response.status_code}."
