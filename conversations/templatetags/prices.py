"""`{{ cost|amount }}`: an amount of money as people read it."""

from __future__ import annotations

from decimal import Decimal

from django import template

from conversations.prices import shown

register = template.Library()


@register.filter
def amount(cost: Decimal) -> str:
    return shown(cost)
