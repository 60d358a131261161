"""Finds what must never become a memory: keys, cards, passwords, numbers of identity papers.

Better one refusal too many, but phone numbers, orders, ISBNs, dates and IBANs (made to be handed out) are none.
"""

from __future__ import annotations

import re

from memories.requests.reading import fold, normalise

_PRIVATE_KEY = re.compile(
    r"-----BEGIN (?:[A-Z0-9]{1,20} ){0,4}PRIVATE KEY|PuTTY-User-Key-File-\d|\bAGE-SECRET-KEY-1"
    r"|\b(?:(?:seed|recovery|mnemonic|secret|wallet|backup)[ -](?:phrase|words)|mnemonic|Seed-?Phrase"
    r"|Wiederherstellungsphrase"
    r"|phrase (?:de récupération|secrète)|frase (?:semilla|de recuperación|de recuperação|semente))"
    r"(?: is| are| ist| lautet| est| es| é|\s*[:=])\s*\S|(?:助记词|助記詞|シードフレーズ"
    r"|リカバリーフレーズ)\s*(?:是|为|は|[:=])\s*\S"
    r"|\botpauth(?:-migration)?://"
    r"|\b(?:TOTP|2FA|OTP|authenticator)[ -](?:secret|seed|key|setup key)(?: is|\s*[:=])\s*[A-Z2-7]{4}"
    # A wallet's key: extended, or in the import format.
    r"|(?-i:\b[xyz]prv[A-Za-z0-9]{50,}|\b(?:5[HJK][1-9A-HJ-NP-Za-km-z]{49}|[KL][1-9A-HJ-NP-Za-km-z]{51})\b)",
    re.IGNORECASE,
)
_NAMES = (
    *("key", "token", "secret", "bearer", "pass", "pw", "pin", "cvv", "cvc", "kennwort", "phrase", "schlüssel", "clé"),
    *("clave", "chave", "mot de", "code", "contraseña", "senha", "palavra", "密", "口令", "パスワード", "暗証", "キー"),
    *("login", "credential", "puk", "otp", "mdp", "combination"),
)
_LONG_TOKEN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{15,}")
_API_KEY = re.compile(
    r"(?<![A-Za-z0-9])(?:"
    r"sk-[A-Za-z0-9_-]{16,}|[srp]k_(?:live|test)_[A-Za-z0-9]{10,}|whsec_[A-Za-z0-9]{16,}|gh[pousr]_[A-Za-z0-9]{20,}"
    r"|github_pat_\w{20,}|gl(?:pat|ptt|dt|rt|cbt)-[\w-]{16,}|(?:AKIA|ASIA|AGPA|AROA|AIDA|ABIA)[A-Z0-9]{16}"
    r"|AIza[\w-]{30,}|ya29\.[\w-]{20,}"
    r"|GOCSPX-[\w-]{20,}|xox[abeprs]-[\w-]{10,}|xapp-[\w-]{10,}|hf_[A-Za-z0-9]{20,}|npm_[A-Za-z0-9]{30,}"
    r"|pypi-[\w-]{30,}"
    r"|do[opr]_v1_[a-f0-9]{40,}|SG\.[\w-]{16,}\.[\w-]{16,}|eyJ[\w-]{8,}\.[\w-]{8,}|gsk_[A-Za-z0-9]{20,}"
    r"|xai-[A-Za-z0-9]{30,}"
    r"|\d{8,10}:AA[\w-]{30,}|SK[0-9a-f]{32}|key-[0-9a-f]{32}|sq0(?:atp|csp)-[\w-]{20,}|shp(?:at|ca|pa"
    r"|ss)_[a-fA-F0-9]{32}|dckr_pat_[\w-]{20,}"
    r"|hv[sb]\.[\w-]{20,}|lin_api_[A-Za-z0-9]{30,}|ntn_[A-Za-z0-9]{30,}|secret_[A-Za-z0-9]{40,}|sbp_[a-f0-9]{30,}"
    r"|r8_[A-Za-z0-9]{30,}"
    r"|pplx-[A-Za-z0-9]{30,}|tskey-[\w-]{16,}|PMAK-[\w-]{30,}|NRAK-[A-Z0-9]{20,}|EAA[A-Za-z0-9]{60,})"
)
_NAMED_KEY = re.compile(
    r"(?:\b(?:api|access|secret|auth|bearer|client|private|account|storage|subscription|aws|azure|openai"
    r"|encryption|license|licence|recovery)"
    r"[ _-]?(?:access[ _-]?)?(?:key|token|secret)(?:[ _-]?id)?|\btoken|\bbearer|\bAccountKey|\bSharedAccessKey"
    r"|API-?Schlüssel"
    r"|clé (?:d')?API|clave (?:de )?API|chave (?:de )?API|API ?密[钥鑰]|API ?キー)"
    r"(?:\s*[:=]\s*|\s+(?:is|ist|lautet|est|es|é|は)?\s*|是|は)[\"'“]?(?=[A-Za-z_./+=-]{0,60}\d)[\w./+=-]{12,}",
    re.IGNORECASE,
)
# Signatures in links to private files.
_SIGNED = re.compile(
    r"[?&](?:sig|X-Amz-Signature|X-Goog-Signature|access_token|api_?key)=[\w%/+=-]{12,}", re.IGNORECASE
)
# scheme://user:password@host, and not user:@host or <password>.
_ADDRESS = re.compile(
    r"\b[a-z][a-z0-9+.-]{1,20}://[^\s:/@]{0,80}:(?![*x]{3,}@|<|\$|\{|%3C|password@)[^\s/@]{2,120}@[\w\[]", re.IGNORECASE
)
_PASSWORD = re.compile(
    r"(?:(?<!lost )\b(?:pass ?(?:word|phrase|code|wd)|pwd?|pin(?: ?(?:code|number))?|puk|cvv2?|cvc|kennwort"
    r"|passwort|mot de passe|mdp"
    r"|code (?:pin|secret)|contraseña|clave secreta|senha|palavra-passe|(?:door|gate|garage|alarm|safe|lock(?:er)?"
    r"|entry|unlock|backup|recovery|security) code|(?:lock(?:er)?|safe) combination|digicode|code de la porte"
    r"|(?:tür|alarm|zugangs|tresor|schloss)code|(?:WLAN|Wi-?Fi|Netzwerk)-?Schlüssel"
    r"|(?:one[- ]time|otp) code|PIN-Nummer)|密码|密碼|口令|パスワード|暗証番号)"
    r"(?: (?:for|of|to|at|on|für|de|du|da|do|del|pour|para|von|zu) (?:\S{1,30} ){1,4}?)?"
    # Or it follows at once, and has a digit: "my pin 1234".
    r"(?:\s*(?:[:：=]|\b(?:is|are|was|ist|lautet|est|es|é)\b|是|为|為|は)\s*[\"'“]?"
    r"|\s+(?=[\w.!?#$%&*+-]{0,40}\d)(?=\S{4}))"
    r"(?P<value>[^\s\"'”]{3,})",
    re.IGNORECASE,
)
# What follows "my password is" without being one.
_NO_PASSWORD = re.compile(
    r"(?:stored|saved|kept|written|in|on|at|under|not|no|too|very|really|weak|strong|long|short|secret|the|a|an|my|our"
    r"|your|safe|hard|easy|different|always|never|changed|reset|lost|forgotten|expired|expiring|something|managed"
    r"|required|wrong|old|new|here|there|what|unknown|none|zu|nicht|sehr|im|gespeichert|trop|dans|pas|muy|en|muito"
    r"|não|em|guardad[ao]|stolen|leaked|compromised|needed|about|almost|only|just|so|more|sent|due|from|by|for"
    r"|generated|random|shared|broken|fine|annoying|important|similar|based|longer|shorter|stronger|weaker"
    r"|unique)[.,!?]?",
    re.IGNORECASE,
)
_CARD = re.compile(
    r"(?<![\d+.])(?<!\d[ -])(?:[2-6]\d{12,18}|[2-6]\d{3}(?:[ .-]\d{4}){3}(?:[ .-]\d{1,3})?|3[47]\d{2}[ -]\d{6}[ -]\d{5}"
    r"|3\d{3}[ -]\d{6}[ -]\d{4})(?![ -]?\d)"
)
# Numbers that name a person to the state: written out after what they are called, ...
_NAMED_IDENTITY = re.compile(
    r"(?:\b(?:SSN|social (?:security|insurance)(?: (?:number|no\.?))?|national (?:id|identity"
    r"|insurance)(?: (?:number|no\.?|card))?"
    r"|passport(?: (?:number|no\.?))?|driv(?:er|ing)(?:'?s)? licen[cs]e(?: (?:number|no\.?))?|tax(?:payer)? (?:id"
    r"|identification)(?: number)?"
    r"|(?:identity|id) card(?: (?:number|no\.?))?|Sozialversicherungsnummer|Steuer-?(?:ID|identifikationsnummer)"
    r"|Personalausweis(?:nummer)?"
    r"|Reisepass(?:nummer)?|Führerschein(?:nummer)?|numéro de (?:sécurité sociale|passeport|carte d'identité)|DNI"
    r"|NIE|CURP|CPF|NIF|NISS"
    r"|número de (?:pasaporte|la seguridad social|seguridad social|passaporte|identidad|identidade))\b"
    r"|身份证号?码?|身分證字號|社会保障号|护照号?码?|護照號碼|マイナンバー|パスポート番号|運転免許証番号|社会保障番号)"
    r"[^\w\n]{0,3}(?:(?:is|are|ist|lautet|est|es|é|是|为|為"
    r"|は)[^\w\n]{0,3})?(?=[A-Z0-9 .-]{0,20}\d{3})(?P<value>[A-Z0-9][A-Z0-9 .-]{5,24})",
    re.IGNORECASE,
)
# ... or told from other numbers by their form and their check digits.
_CHINESE_IDENTITY = re.compile(r"(?<!\d)[1-9]\d{5}(?:19|20)\d{2}[01]\d[0-3]\d{4}[\dXx](?![\dA-Za-z])")
_CPF = re.compile(r"(?<![\d.])\d{3}\.\d{3}\.\d{3}-\d{2}(?!\d)")


def looks_like_secret(text: str) -> str | None:
    """What kind of secret `text` seems to hold, in English and with its article, or None."""
    text = fold(normalise(text))
    if _PRIVATE_KEY.search(text):
        return "a private key"
    lowered = text.lower()
    named = any(name in lowered for name in _NAMES)
    if (
        any(_API_KEY.search(token[0]) for token in _LONG_TOKEN.finditer(text))
        or (named and _NAMED_KEY.search(text))
        or _SIGNED.search(text)
    ):
        return "an API key"
    if any(_passes_luhn(card[0]) for card in _CARD.finditer(text)):
        return "a card number"
    if ("://" in text and _ADDRESS.search(text)) or (
        named and any(not _NO_PASSWORD.fullmatch(password["value"]) for password in _PASSWORD.finditer(text))
    ):
        return "a password"
    return "an identity number" if _names_identity(text) else None


def _names_identity(text: str) -> bool:
    if any(sum(char.isdigit() for char in found["value"]) >= 6 for found in _NAMED_IDENTITY.finditer(text)):
        return True
    if any(_passes_mod_11(found[0]) for found in _CHINESE_IDENTITY.finditer(text)):
        return True
    return any(_passes_cpf(found[0]) for found in _CPF.finditer(text))


def _passes_luhn(number: str) -> bool:
    """The check digit of card numbers: every second digit from the right counts twice."""
    digits = [int(char) for char in number if char.isdigit()]
    doubled = (digit * 2 for digit in digits[-2::-2])
    return (sum(digits[-1::-2]) + sum(digit - 9 if digit > 9 else digit for digit in doubled)) % 10 == 0


def _passes_mod_11(number: str) -> bool:
    """The check digit of Chinese identity numbers, where X stands for ten."""
    weighted = sum(int(digit) * pow(2, 17 - place, 11) for place, digit in enumerate(number[:17]))
    last = 10 if number[17] in "Xx" else int(number[17])
    return (weighted + last) % 11 == 1


def _passes_cpf(number: str) -> bool:
    """The two check digits of Brazilian tax numbers."""
    digits = [int(char) for char in number if char.isdigit()]
    for end in (9, 10):
        rest = sum(digit * (end + 1 - place) for place, digit in enumerate(digits[:end])) * 10 % 11 % 10
        if rest != digits[end]:
            return False
    return len(set(digits)) > 1
