"""What a reply costs, by the prices in the settings. Pure but for those."""

from __future__ import annotations

from decimal import Decimal

from django.conf import settings
from django.utils.formats import number_format

from conversations.models import COST_DIGITS, COST_PLACES

_MILLION = 1_000_000
_SMALLEST = Decimal(1).scaleb(-COST_PLACES)
_MOST = Decimal(1).scaleb(COST_DIGITS - COST_PLACES) - _SMALLEST


def cost_of(
    model_name: str, input_tokens: int | None, output_tokens: int | None, cached_tokens: int | None
) -> Decimal | None:
    """What these tokens cost with this model; None where it has no price, or nobody has counted.

    `input_tokens` are all that were read; `cached_tokens` are those of them that came from the provider's cache.
    """
    price = settings.PRICES.get(model_name)
    if price is None or input_tokens is None or output_tokens is None:
        return None
    read, written, cached = map(Decimal, price)
    from_cache = min(cached_tokens or 0, input_tokens)
    cost = (input_tokens - from_cache) * read + from_cache * cached + output_tokens * written
    return min((cost / _MILLION).quantize(_SMALLEST), _MOST)


def shown(cost: Decimal) -> str:
    """An amount as people read it: to the cent, and what is less than a cent to four places."""
    places = 2 if cost >= Decimal("0.1") or not cost else 4
    amount = cost.quantize(Decimal(1).scaleb(-places))
    if not amount and cost:
        return f"< {number_format(Decimal('0.0001'), places)} {settings.CURRENCY}"
    return f"{number_format(amount, places)} {settings.CURRENCY}"
