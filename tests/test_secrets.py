"""What is refused as a secret, and what only looks a little like one."""

from __future__ import annotations

import time

import pytest

from memories.requests import looks_like_secret

# Put together here, so that no scanner of this repository takes the examples for keys.
KEY, TOKEN, PASSWORD = "an API key", "an API key", "a password"
REFUSED = [
    ("sk-" + "ant-api03-abcdefghijklmnop1234", KEY),
    ("sk-" + "proj-abcdefghijklmnopqrst", KEY),
    ("my key is sk" + "_live_abcdefghij1234567890", KEY),
    ("rk" + "_test_abcdefghij1234567890", KEY),
    ("whsec" + "_abcdefghij1234567890", KEY),
    ("gho" + "_abcdefghijklmnopqrstuvwxyz0123456789", KEY),
    ("github" + "_pat_11ABCDEFG0abcdefghijkl", KEY),
    ("glpat" + "-abcdefghij1234567890", KEY),
    ("AKIA" + "ABCDEFGHIJKLMNOP", KEY),
    ("AIza" + "SyA1234567890abcdefghijklmnopqrstuv", KEY),
    ("GOCSPX" + "-abcdefghij1234567890abcd", KEY),
    ("xoxb" + "-123456789012-abcdefghijkl", KEY),
    ("hf" + "_abcdefghijklmnopqrstuvwx", KEY),
    ("eyJhbGciOiJIUzI1NiJ9" + ".eyJzdWIiOiIxMjM0In0.abcdefghijkl", KEY),
    ("AccountKey=" + "abcdefghijklmnop1234567890/+==", KEY),
    ("AWS secret access key: " + "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", KEY),
    ("my bearer token is " + "abcd1234efgh5678ijkl", KEY),
    ("https://account.blob.core.windows.net/a?sv=1&sig=abcdefghij1234567890", KEY),
    ("dckr" + "_pat_abcdefghijklmnopqrstuv", KEY),
    ("postgres://alice:hunter2@db.example.org/site", PASSWORD),
    ("mongodb+srv://bob:s3cret@cluster.example.org", PASSWORD),
    ("redis://:hunter22@localhost:6379", PASSWORD),
    ("https://alice:swordfish@example.org/private", PASSWORD),
    ("my PIN is 1234", PASSWORD),
    ("my password was hunter22", PASSWORD),
    ("my pw is hunter22", PASSWORD),
    ("my pin 1234", PASSWORD),
    ("my netflix password hunter22", PASSWORD),
    ("username bob password hunter22", PASSWORD),
    ("my bike lock code is 1234", PASSWORD),
    ("my locker combination is 12-34-56", PASSWORD),
    ("mein WLAN-Schlüssel lautet geheim123", PASSWORD),
    ("le code de la porte est 1234B", PASSWORD),
    ("the alarm code is 4711", PASSWORD),
    ("my PUK: 12345678", PASSWORD),
    ("die PIN lautet 9876", PASSWORD),
    ("Mein Kennwort: geheim99", PASSWORD),
    ("密码：abc12345", PASSWORD),
    ("暗証番号は1234です", PASSWORD),
    ("my card is 4111-1111-1111-1111", "a card number"),
    ("5555 5555 5555 4444 is my Mastercard", "a card number"),
    ("-----BEGIN OPENSSH PRIVATE KEY-----", "a private key"),
    ("-----BEGIN EC PRIVATE KEY-----", "a private key"),
    ("my recovery phrase is apple banana cherry", "a private key"),
    ("my seed words are apple banana cherry", "a private key"),
    ("助记词：苹果 香蕉", "a private key"),
    ("otpauth://totp/Example:alice?secret=JBSWY3DPEHPK3PXP", "a private key"),
    ("my 2FA secret is JBSWY3DPEHPK3PXP", "a private key"),
    ("my SSN is 078-05-1120", "an identity number"),
    ("my social security number is 078 05 1120", "an identity number"),
    ("my passport number is C01X00T478", "an identity number"),
    ("Meine Sozialversicherungsnummer ist 65 170839 J 003", "an identity number"),
    ("mon numéro de sécurité sociale est 1 84 12 76 451 089 46", "an identity number"),
    ("mi DNI es 12345678Z", "an identity number"),
    ("meu CPF é 529.982.247-25", "an identity number"),
    ("529.982.247-25", "an identity number"),
    ("我的身份证号是11010519491231002X", "an identity number"),
    ("11010519491231002X", "an identity number"),
    ("私のマイナンバーは123456789018です", "an identity number"),
    ("my d\u200briver's license number is D1234567", "an identity number"),
]

KEPT = """
my phone number is +1 415 555 2671
my phone is 0151 2345 6789
call me at (415) 555-2671
ISBN 978-3-16-148410-0
ISBN 9783161484100
my order number is 4411 2233 4455
order 123-4567890-1234567
my invoice is 2026-000123
my birthday is 1990-05-03
my flight is LH1234 on 03.05.2027
my IBAN is DE89 3704 0044 0532 0130 00
my tracking number is 1Z999AA10123456784
my library card is in my bag
my passport expires in May 2027
my passport is German
I lost my passport
my driving licence is from 1999
my PIN is hard to remember
my password is very long
my password is stored in Bitwarden
my password was leaked
I use a password manager
my door code is secret
my password manager is 1Password
my password needs 16 characters
I changed my password in 2024
the LED is on pin 13
my zip code is 12345
my hat pin is from 1920
my token is a gold coin
my key is under the mat
the code is in the drawer
my favourite colour code is #ff8800
commit 9f5dbcdb8675f7864b9675683521f8c8518c7761
uuid 123e4567-e89b-12d3-a456-426614174000
https://example.org/path?page=2&size=10
http://localhost:8000/admin
my e-mail is bob@example.org
git@github.com:alice/project.git
ssh alice@example.org
postgres://localhost/site
my server is 192.168.178.21
I weigh 80.5 kg and am 180 cm tall
the meeting is 14:00-15:30
the version is 2.10.3-beta
my postcode is 123456
my student number is 12345
my locker is number 1234
ich habe meinen Reisepass verlängert
ma clé est sous le tapis
mi clave es la constancia
我的手机号是13812345678
私の電話番号は090-1234-5678です
I pin my notes to the wall
my sketch is called skeleton-key-in-the-rain
the phrase "carpe diem" is my motto
my CPF is at home
my Minecraft seed is 8091867987493326313
1234.5678.9012
""".strip().splitlines()

HOSTILE = ["sk-", "eyJ", "a://b:", "my password for a ", "1", "1 ", "a.b-", "passport ", "://", "key ", "x" * 50 + "."]


@pytest.mark.parametrize(("text", "kind"), REFUSED)
def test_a_secret_is_recognised(text, kind):
    assert looks_like_secret(text) == kind


@pytest.mark.parametrize("text", KEPT)
def test_what_is_no_secret_may_be_stored(text):
    assert looks_like_secret(text) is None


@pytest.mark.parametrize("unit", HOSTILE, ids=repr)
def test_hostile_text_is_read_in_no_time(unit):
    text = (unit * 4_000)[:4_000]
    looks_like_secret(text)
    took = []
    for _ in range(3):
        start = time.process_time()
        looks_like_secret(text)
        took.append(time.process_time() - start)
    assert min(took) < 0.02
