"""Reads settings from environment variables and notes what is wrong instead of raising.

A wrong value must not end in a traceback while the settings are imported. Each getter falls back to
its default and leaves a `Problem`, which `memchat.checks` reports at start-up with its hint.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import SplitResult, unquote, urlsplit

import environ

T = TypeVar("T")

_HOST = re.compile(r"^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?)$")


@dataclass(frozen=True, slots=True)
class Problem:
    """A setting that cannot be used as it stands. `message` never repeats a secret value."""

    name: str
    message: str
    hint: str


def origin(parts: SplitResult) -> str:
    """Scheme, host and port as browsers write them: small letters, Punycode, no port that goes without saying."""
    host = (
        (parts.hostname or "").encode("idna").decode() if ":" not in (parts.hostname or "") else f"[{parts.hostname}]"
    )
    port = "" if parts.port in {None, {"http": 80, "https": 443}[parts.scheme]} else f":{parts.port}"
    return f"{parts.scheme}://{host}{port}"


def _prices(raw: str) -> dict[str, tuple[str, str, str]]:
    prices = {}
    for line in re.split(r"[;\n]", raw):
        if not line.strip():
            continue
        model_name, equals, numbers = (part.strip() for part in line.rpartition("="))
        if not (equals and model_name):
            raise ValueError(f"{line.strip()!r} is not model=input,output")
        if model_name in prices:
            raise ValueError(f"{model_name} is named twice")
        given = [_price(number) for number in numbers.split(",")]
        if len(given) not in {2, 3}:
            raise ValueError(f"{model_name} needs two or three numbers")
        prices[model_name] = (given[0], given[1], given[-1] if len(given) == 3 else given[0])
    return prices


def _price(raw: str) -> str:
    number = raw.strip()
    if not re.fullmatch(r"\d{1,6}(\.\d{1,6})?", number):
        raise ValueError(f"{number!r} is not a price such as 3 or 0.25")
    return number


class Environment:
    """Typed access to environment variables, collecting `problems` on the way."""

    def __init__(self, env_file: Path | None = None, *, must_exist: bool = True) -> None:
        self.problems: list[Problem] = []
        if env_file is not None:
            self._read_file(env_file, must_exist)

    def _read_file(self, env_file: Path, must_exist: bool) -> None:
        try:
            with env_file.open(encoding="utf-8") as file:
                environ.Env.read_env(file)
        except (OSError, ValueError) as error:
            if isinstance(error, FileNotFoundError) and not must_exist:
                return
            reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
            self.problems.append(
                Problem(
                    "MEMCHAT_ENV_FILE",
                    f"{env_file} cannot be read: {reason}.",
                    "Make it readable, or name another one.",
                )
            )

    def _read(self, name: str, default: T, convert: Callable[[str], T], hint: str, secret: bool = False) -> T:
        # Not through django-environ, which takes a value that starts with $ for the name of another variable.
        raw = os.environ.get(name, "").strip()
        if not raw:
            return default
        try:
            return convert(raw)
        except (ValueError, TypeError, RuntimeError) as error:
            shown = "its value" if secret or "@" in raw else repr(raw)
            reason = "" if secret or not str(error) else f": {error}"
            self.problems.append(Problem(name, f"{name} cannot be used, {shown} is not valid{reason}.", hint))
            return default

    def text(self, name: str, default: str = "") -> str:
        return self._read(name, default, str, "")

    def names(self, name: str, default: tuple[str, ...] = ()) -> tuple[str, ...]:
        """A comma-separated list, the first being the default choice."""
        return self._read(name, default, lambda raw: tuple(part.strip() for part in raw.split(",") if part.strip()), "")

    def flag(self, name: str, default: bool) -> bool:
        def convert(raw: str) -> bool:
            if raw.lower() in {"1", "true", "yes", "on"}:
                return True
            if raw.lower() in {"0", "false", "no", "off"}:
                return False
            raise ValueError("neither yes nor no")

        return self._read(name, default, convert, f"Set {name} to true or false.")

    def whole(self, name: str, default: int, low: int, high: int) -> int:
        def convert(raw: str) -> int:
            number = int(raw)
            if not low <= number <= high:
                raise ValueError(f"not between {low} and {high}")
            return number

        return self._read(name, default, convert, f"Set {name} to a whole number from {low} to {high}.")

    def limit(self, name: str, default: int, high: int) -> int:
        """A whole number; 0 where there is to be no limit."""

        def convert(raw: str) -> int:
            number = 0 if raw.lower() in {"no", "off", "none", "false"} else int(raw)
            if not 0 <= number <= high:
                raise ValueError(f"not between 0 and {high}")
            return number

        return self._read(name, default, convert, f"Set {name} to a whole number up to {high}, or to no.")

    def seconds(self, name: str, default: float) -> float:
        def convert(raw: str) -> float:
            number = float(raw)
            if not 0.05 <= number <= 86_400:
                raise ValueError("not between 0.05 and 86400")
            return number

        return self._read(name, default, convert, f"Set {name} to a number of seconds, for example {default:g}.")

    def one_of(self, name: str, default: str, choices: tuple[str, ...]) -> str:
        def convert(raw: str) -> str:
            if raw not in choices:
                raise ValueError("not one of the known names")
            return raw

        return self._read(name, default, convert, f"Set {name} to one of: {', '.join(choices)}.")

    def prices(self, name: str) -> dict[str, tuple[str, str, str]]:
        """What models cost for a million tokens, as model=input,output or model=input,output,cached, one after ;.

        The numbers stay as they are written, so that nothing is lost on the way to a decimal.
        """
        example = "small-model=0.25,1.25; large-model=3,15,0.3"
        hint = f"Set {name} to model=input,output for each model, for example {example}."
        return self._read(name, {}, _prices, hint)

    def currency(self, name: str, default: str) -> str:
        def convert(raw: str) -> str:
            if not re.fullmatch(r"[A-Z]{3}", raw):
                raise ValueError("not three capital letters")
            return raw

        return self._read(name, default, convert, f"Set {name} to a code of three letters, for example EUR.")

    def path(self, name: str, default: Path) -> Path:
        return self._read(name, default, lambda raw: Path(raw).expanduser().resolve(), "")

    def host(self, name: str, default: str) -> str:
        def convert(raw: str) -> str:
            if not _HOST.match(raw) and not re.fullmatch(r"[0-9a-fA-F:]+", raw):
                raise ValueError("not a host name or address")
            return raw

        return self._read(name, default, convert, f"Set {name} to a host name or address, for example 127.0.0.1.")

    def web_url(self, name: str, default: str = "", origin_only: bool = False) -> str:
        """An http or https address without a trailing slash; `origin_only` refuses a path."""

        def convert(raw: str) -> str:
            parts = urlsplit(raw)
            if parts.scheme not in {"http", "https"} or not parts.hostname:
                raise ValueError("an address starts with http:// or https:// and names a host")
            parts.port  # noqa: B018  raises ValueError for a port that is none
            if origin_only and (parts.path.strip("/") or parts.query or parts.fragment or parts.username):
                raise ValueError("only scheme, host and port are wanted")
            return origin(parts) if origin_only else raw.rstrip("/")

        return self._read(name, default, convert, f"Set {name} to an address such as https://chat.example.org.")

    def database(self, name: str) -> dict[str, Any] | None:
        """The parts of a PostgreSQL address, or None when unset (or wrong, which leaves a problem)."""

        def convert(raw: str) -> dict[str, Any] | None:
            if urlsplit(raw).scheme not in {"postgres", "postgresql"}:
                raise ValueError
            try:
                config = dict(environ.Env.db_url_config(raw))
            except Exception:
                raise ValueError from None
            if not config.get("NAME"):
                raise ValueError
            # The directory of a Unix socket is written like %2Frun%2Fpostgresql.
            config["HOST"] = unquote(config.get("HOST") or "")
            return config

        return self._read(name, None, convert, f"Set {name} to postgresql://user:password@host:5432/name.", secret=True)

    def redis(self, name: str) -> str:
        def convert(raw: str) -> str:
            if urlsplit(raw).scheme not in {"redis", "rediss", "unix"}:
                raise ValueError
            return raw

        return self._read(name, "", convert, f"Set {name} to redis://host:6379/0.", secret=True)

    def email(self, name: str) -> dict[str, Any]:
        def convert(raw: str) -> dict[str, Any]:
            try:
                return dict(environ.Env.email_url_config(raw))
            except Exception:
                raise ValueError from None

        return self._read(name, {}, convert, f"Set {name} to smtp://user:password@host:587.", secret=True)
