"""Tells which statements read like an instruction to an assistant instead of a fact about a person.

Such a statement is stored as it is, and given to a model as what the person once said. The phrases are data
(`orders`); what only a forged message has (roles, tags, marks of prompt formats) is recognised by its shape.
"""

from __future__ import annotations

import re

from memories.safety import orders
from memories.safety.phrases import Phrases, comparable, spelled, unspaced

# Against text without accents, in lower case, without invisible characters.
_FORGED = re.compile(
    # A role that speaks: "system: ...", "[assistant]: ...", "### instruction".
    r"(?:^|[\n.!?;>\])\"'|] ?) {0,3}(?:[#*\[<(-]{1,4} ?)?(?:system|assistant"
    r"|developer|sistema|systeme|asistente|assistente|系统|系統|助手"
    r"|システム|アシスタント)(?: (?:prompt|message|note))?[\])>*]{0,3} ?[:：]"
    r"|#{2,4} ?(?:instruction|system|response|human|assistant|user)"
    r"|\b(?:human|user|ai) ?: .{0,200}\b(?:assistant|ai|bot) ?:"
    # Blocks and tags of prompts, ours and others'.
    r"|< ?/? ?(?:memor(?:y|ies)|system|assistant|user|instructions?|prompt|context|tool|function|im_|data|s>|/s>"
    r"|admin|developer|human|message|query|reply|result|untrusted|override)[^<>]{0,80}>"
    r"|<\|[^|<>]{1,40}\|>|\[/?inst\]|<</?sys>>|\[(?:system|assistant)[^\]\n]{0,40}\]|\{\{[^{}\n]{0,60}(?:system"
    r"|prompt|instruction)"
    r"|(?<!-)-{3,40} ?(?:begin|end|start|new|system)[^-\n]{0,40}(?:prompt|instruction|system|context|memor|message)"
    r"|\]\]>|<!--|<!\[cdata\[|<script|javascript:"
    # A picture or a link that carries something away.
    r"|!\[[^\]\n]{0,100}\]\(https?:"
)
_LANGUAGES = (
    Phrases(orders.ENGLISH_PHRASES, orders.ENGLISH),
    Phrases(orders.GERMAN_PHRASES, orders.GERMAN),
    Phrases(orders.FRENCH_PHRASES, orders.FRENCH),
    Phrases(orders.SPANISH_PHRASES, orders.SPANISH),
    Phrases(orders.PORTUGUESE_PHRASES, orders.PORTUGUESE),
)
_UNSPACED = (Phrases(orders.CHINESE_PHRASES), Phrases(orders.JAPANESE_PHRASES))


def reads_like_instruction(text: str) -> bool:
    """Whether `text` tells an assistant what to do, or pretends to be part of what one is given."""
    if _FORGED.search(comparable(text)):
        return True
    words = spelled(text)
    if any(language.found_in(words) for language in _LANGUAGES):
        return True
    if text.isascii():
        return False
    run_together = unspaced(text)
    return any(language.found_in(run_together) for language in _UNSPACED)
