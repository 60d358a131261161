"""What replies and learning take of the models, added up by person, month and model."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any

from conversations.models import Learning, Message, MonthlyUsage, this_month
from conversations.prices import cost_of
from conversations.providers.base import Usage
from memchat.postgres.prepared import BoundStatement, PreparedStatement, fetch_together
from memchat.users.limits import counting_tokens

CHARS_A_TOKEN = 4


def broken_off(counted: Usage, chars: int) -> Usage:
    """What a reply took that broke off after so many characters: providers count what they write when it has ended."""
    return replace(counted, output_tokens=max(counted.output_tokens, chars // CHARS_A_TOKEN))


_NOTE = PreparedStatement(
    "note_usage",
    """
    INSERT INTO conversations_monthlyusage AS noted
           (user_id, month, provider, model_name, replies, learned,
            input_tokens, output_tokens, cached_tokens, cost, unpriced)
    VALUES (%(user)s, %(month)s, %(provider)s, %(model_name)s, %(replies)s, %(learned)s,
            %(input)s, %(output)s, %(cached)s, %(cost)s, %(unpriced)s)
    ON CONFLICT (user_id, month, provider, model_name) DO UPDATE
    SET replies = noted.replies + excluded.replies, learned = noted.learned + excluded.learned,
        input_tokens = noted.input_tokens + excluded.input_tokens,
        output_tokens = noted.output_tokens + excluded.output_tokens,
        cached_tokens = noted.cached_tokens + excluded.cached_tokens,
        cost = noted.cost + excluded.cost, unpriced = noted.unpriced + excluded.unpriced
    """,
    {
        "user": "bigint",
        "month": "date",
        "provider": "text",
        "model_name": "text",
        "replies": "integer",
        "learned": "integer",
        "input": "bigint",
        "output": "bigint",
        "cached": "bigint",
        "cost": "numeric",
        "unpriced": "integer",
    },
)
_NOTE_COST = PreparedStatement(
    "note_cost",
    "UPDATE conversations_message SET cost = %(cost)s WHERE id = %(reply)s",
    {"cost": "numeric", "reply": "uuid"},
)


def noting_reply(reply: Message) -> list[BoundStatement]:
    """What is to be asked to count a reply that has ended, in the transaction that ended it, and to store its cost."""
    if not reply.model_name:
        # It ended before anybody was asked.
        return []
    asked: list[BoundStatement] = []
    if reply.input_tokens is None and reply.output_tokens is None:
        # Stopped before the provider told. Who stops every reply is not to go uncounted.
        asked += counting_tokens(reply.user_id, len(reply.text) // CHARS_A_TOKEN)
    reply.cost = cost_of(reply.model_name, reply.input_tokens, reply.output_tokens, reply.cached_tokens)
    if reply.cost is not None:
        asked.append((_NOTE_COST, {"cost": reply.cost, "reply": reply.pk}))
    return asked + _noting(reply.user_id, reply.provider, reply.model_name, reply, replies=1)


def note_learning(learning: Learning, provider: str, model_name: str, spent: Any) -> None:
    """Count a request to learn; `spent` has its tokens. What all attempts took together goes to `learning`, unsaved."""
    cost = cost_of(model_name, spent.input_tokens, spent.output_tokens, spent.cached_tokens)
    learning.input_tokens = (learning.input_tokens or 0) + spent.input_tokens
    learning.output_tokens = (learning.output_tokens or 0) + spent.output_tokens
    learning.cached_tokens = (learning.cached_tokens or 0) + spent.cached_tokens
    if cost is not None:
        learning.cost = (learning.cost or Decimal(0)) + cost
    fetch_together(*_noting(learning.user_id, provider, model_name, _Spent(spent, cost), learned=1))


def note_call(user_id: int, provider: str, model_name: str, spent: Any, *, replies: int = 0, learned: int = 0) -> None:
    """Count a reply, or a request to learn, that no message stands for: somebody asked through a program."""
    cost = cost_of(model_name, spent.input_tokens, spent.output_tokens, spent.cached_tokens)
    fetch_together(*_noting(user_id, provider, model_name, _Spent(spent, cost), replies=replies, learned=learned))


class _Spent:
    def __init__(self, usage: Any, cost: Decimal | None) -> None:
        self.input_tokens, self.output_tokens = usage.input_tokens, usage.output_tokens
        self.cached_tokens, self.cost = usage.cached_tokens, cost


def _noting(
    user_id: int, provider: str, model_name: str, spent: Any, *, replies: int = 0, learned: int = 0
) -> list[BoundStatement]:
    counted = spent.input_tokens is not None
    used = {
        "user": user_id,
        "month": this_month(),
        "provider": provider,
        "model_name": model_name,
        "replies": replies,
        "learned": learned,
        "input": spent.input_tokens or 0,
        "output": spent.output_tokens or 0,
        "cached": spent.cached_tokens or 0,
        "cost": spent.cost or 0,
        "unpriced": int(counted and spent.cost is None),
    }
    return [*counting_tokens(user_id, (spent.input_tokens or 0) + (spent.output_tokens or 0)), (_NOTE, used)]


@dataclass(slots=True)
class Month:
    """What was taken in a month, in all and by model."""

    month: date
    rows: list[MonthlyUsage] = field(default_factory=list)

    def __getattr__(self, name: str) -> Any:
        if name not in {"replies", "learned", "input_tokens", "output_tokens", "cached_tokens", "cost", "unpriced"}:
            raise AttributeError(name)
        return sum(getattr(row, name) for row in self.rows)


def by_month(rows: Iterable[MonthlyUsage]) -> list[Month]:
    """Rows as months, the latest first; the models of a month by what they took."""
    months: dict[date, Month] = {}
    for row in rows:
        months.setdefault(row.month, Month(row.month)).rows.append(row)
    for month in months.values():
        month.rows.sort(key=lambda row: (-row.cost, -(row.input_tokens + row.output_tokens), row.model_name))
    return sorted(months.values(), key=lambda month: month.month, reverse=True)
