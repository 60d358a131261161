"""Finds what must never become a memory: keys, cards, passwords. Better one refusal too many."""

from __future__ import annotations

import re

from memories.requests.reading import fold, normalise

_PRIVATE_KEY = re.compile(
    r"-----BEGIN (?:[A-Z0-9]{1,20} ){0,4}PRIVATE KEY|PuTTY-User-Key-File-\d|\bAGE-SECRET-KEY-1"
    r"|\b(?:seed|recovery|mnemonic|secret) phrase(?: is| are|\s*[:=])\s*\S",
    re.IGNORECASE,
)
_NAMES = (
    *("key", "token", "secret", "bearer", "pass", "pwd", "pin", "cvv", "cvc", "kennwort", "phrase", "schlüssel", "clé"),
    *("clave", "chave", "mot de", "code", "contraseña", "senha", "palavra", "密", "口令", "パスワード", "暗証", "キー"),
)
_LONG_TOKEN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{15,}")
_API_KEY = re.compile(
    r"(?<![A-Za-z0-9])(?:"
    r"sk-[A-Za-z0-9_-]{16,}|[sr]k_(?:live|test)_[A-Za-z0-9]{10,}|gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,}"
    r"|glpat-[\w-]{16,}|(?:AKIA|ASIA)[A-Z0-9]{16}|AIza[\w-]{30,}|ya29\.[\w-]{20,}|xox[abprse]-[\w-]{10,}"
    r"|xapp-[\w-]{10,}"
    r"|hf_[A-Za-z0-9]{20,}|npm_[A-Za-z0-9]{30,}|pypi-[\w-]{30,}|dop_v1_[a-f0-9]{40,}|SG\.[\w-]{16,}\.[\w-]{16,}"
    r"|eyJ[\w-]{8,}\.eyJ[\w-]{8,}|AGPA[A-Z0-9]{16}|gsk_[A-Za-z0-9]{20,}|\d{8,10}:AA[\w-]{30,})"
)
_NAMED_KEY = re.compile(
    r"(?:\b(?:api|access|secret|auth|bearer|client|private)[ _-]?(?:key|token|secret)|\btoken|\bbearer|API-?Schlüssel"
    r"|clé (?:d')?API|clave (?:de )?API|chave (?:de )?API|API ?密[钥鑰]|API ?キー)"
    r"(?:\s*[:=]\s*|\s+(?:is|ist|lautet|est|es|é|は)?\s*|是|は)[\"'“]?(?=[A-Za-z_./+=-]{0,60}\d)[\w./+=-]{12,}",
    re.IGNORECASE,
)
_PASSWORD = re.compile(
    r"(?:\b(?:pass ?(?:word|phrase|code|wd)|pwd|pin(?: ?(?:code|number))?|cvv|cvc|kennwort|passwort|mot de passe"
    r"|code (?:pin|secret)|contraseña|clave secreta|senha|palavra-passe)|密码|密碼|口令|パスワード|暗証番号)"
    r"(?: (?:for|of|to|at|on|für|de|du|da|do|del|pour|para|von|zu) (?:\S{1,30} ){1,4}?)?"
    r"\s*(?:[:：=]|\b(?:is|are|ist|lautet|est|es|é)\b|是|为|為|は)\s*[\"'“]?(?P<value>[^\s\"'”]{3,})",
    re.IGNORECASE,
)
# What follows "my password is" without being one.
_NO_PASSWORD = re.compile(
    r"(?:stored|saved|kept|written|in|on|at|under|not|no|too|very|really|weak|strong|long|short|secret|the|a|an|my|our"
    r"|your|safe|hard|easy|different|always|never|changed|reset|lost|forgotten|expired|expiring|something|managed"
    r"|required|wrong|old|new|here|there|what|unknown|none|zu|nicht|sehr|im|gespeichert|trop|dans|pas|muy|en|muito"
    r"|não|em|guardad[ao])[.,!?]?",
    re.IGNORECASE,
)
_CARD = re.compile(
    r"(?<![\d+.])(?<!\d[ -])(?:[2-6]\d{12,18}|[2-6]\d{3}(?:[ -]\d{4}){3}(?:[ -]\d{1,3})?|3[47]\d{2}[ -]\d{6}[ -]\d{5}"
    r"|3\d{3}[ -]\d{6}[ -]\d{4})(?![ -]?\d)"
)


def looks_like_secret(text: str) -> str | None:
    """What kind of secret `text` seems to hold, in English and with its article, or None."""
    text = fold(normalise(text))
    if _PRIVATE_KEY.search(text):
        return "a private key"
    lowered = text.lower()
    named = any(name in lowered for name in _NAMES)
    if any(_API_KEY.search(token[0]) for token in _LONG_TOKEN.finditer(text)) or (named and _NAMED_KEY.search(text)):
        return "an API key"
    if any(_passes_luhn(card[0]) for card in _CARD.finditer(text)):
        return "a card number"
    if named and any(not _NO_PASSWORD.fullmatch(password["value"]) for password in _PASSWORD.finditer(text)):
        return "a password"
    return None


def _passes_luhn(number: str) -> bool:
    """The check digit of card numbers: every second digit from the right counts twice."""
    digits = [int(char) for char in number if char.isdigit()]
    doubled = (digit * 2 for digit in digits[-2::-2])
    return (sum(digits[-1::-2]) + sum(digit - 9 if digit > 9 else digit for digit in doubled)) % 10 == 0
