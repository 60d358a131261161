"""Whether a person's message asks for something to be forgotten, before a model may do it for them. Pure rules.

They are wider than those of `memories.requests`, which act by themselves: here a model has understood the message, and
these only see to it that the wish is the person's own.
"""

from __future__ import annotations

import re

from memories.requests import Forget, find_requests
from memories.words import terms_of

SHARED = 0.5
"""So much of a memory must a sentence name that denies it."""

# "Do not forget" asks for the opposite, "I forgot" and "did you forget" for nothing.
_NO_WISH = re.compile(
    r"\b(?:(?:do not|don['’]?t|never|not|won['’]?t|can['’]?t|cannot|did(?:n['’]t)?|have|had|has|I|we|he|she|they)"
    r"(?: you| ever| to| always| just| almost)* (?:forget|forgot|forgotten|delete|remove|erase|wipe)\w*"
    r"|forg[oe]t(?:ten)? (?:to|how)|forgot(?:ten)?"
    r"|(?:vergiss|vergiß|vergesst|vergessen|lösche?)(?: \w+)? (?:nicht|nie|niemals)\b|(?:nicht|nie|niemals) vergessen"
    r"|habe? (?:\w+ )?vergessen"
    r"|n['’](?:oublie|efface)\w*|ne (?:l['’]|m['’]|t['’])?(?:oublie|supprime|efface)\w*(?: \w+)? (?:pas|jamais)"
    r"|(?:no|nunca) (?:te |se |lo |la )?(?:olvid|borr|elimin)\w*"
    r"|(?:não|nunca) (?:se |te |o |a )?(?:esque[cç]|apag|delet|elimin)\w*)"
    r"|(?:不要|别|別|不能|不会|不會|勿|没|沒)(?:把.{0,20}?)?(?:忘|删|刪)\w?"
    r"|(?:忘れ|わすれ|消さ|削除し)(?:ない|ません|ず)",
    re.IGNORECASE,
)
_WISH = re.compile(
    r"\b(?:forget|delete|remove|erase|wipe|discard|purge|get rid of|stop remembering"
    r"|vergiss|vergiß|vergesst|vergessen|lösch\w*|loesch\w*|entfern\w*"
    r"|oubli(?:e|es|ez|er)|supprim\w*|effac\w*|enlève|enlevez|enlever"
    r"|olvid(?:a|e|á|ar|es)\w*|borr(?:a|e|á|ar)|elimin(?:a|e|á|ar|es)"
    r"|esque(?:ça|ca|ce|cer|ças)\w*|apag(?:a|ue|ar|ues)|delet(?:a|ar)|remov(?:a|er)|exclu(?:a|i|ir))\b"
    r"|忘记|忘記|忘掉|忘了|忘却|删除|刪除|删掉|刪掉|清除|清空"
    r"|忘れ|わすれ|削除|消して",
    re.IGNORECASE,
)
_DENIAL = re.compile(
    r"n['’]t\b|\b(?:not|never|no|cannot|dont|doesnt|anymore|nicht|nie|kein\w*|pas|jamais|plus|ya no|nunca|não|jamás)\b"
    r"|不|没|沒|ない|ません",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"[^.!?。！？\n]+[.!?。！？]?")


def asks_to_forget(own_text: str, memory_text: str) -> bool:
    """Whether `own_text`, a person's own words, ask to forget something, or say that a memory does not hold."""
    if any(isinstance(request, Forget) for request in find_requests(own_text)):
        return True
    own_text = _NO_WISH.sub(" ", own_text)
    if _WISH.search(own_text):
        return True
    terms = set(terms_of(memory_text))
    return bool(terms) and any(_denies(sentence, terms) for sentence in _SENTENCE.findall(own_text))


def _denies(sentence: str, terms: set[str]) -> bool:
    if sentence.rstrip().endswith(("?", "？")) or not _DENIAL.search(sentence):
        return False
    return len(terms & set(terms_of(sentence))) >= SHARED * len(terms)
