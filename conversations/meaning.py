"""Tells from small words whether a statement says what a sentence says, or its opposite. Pure rules.

A model that shortens "I do not eat meat" to "I eat meat" has used nothing but the person's own words. What turns a
sentence round is looked for: negations, wishes and conditions, what has passed, questions, and whom it is about.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from memories.words import terms_of

_CLAUSE = re.compile(
    r"[.!?;,:\n。！？、，；…()]+"
    r"|\s(?:but|however|although|though|because|and|aber|sondern|obwohl|weil|und|mais|parce que|et|pero|sino|porque|y"
    r"|mas|e)\s|但是|但|可是|而是|けれど|けど|ですが|ますが|でも"
)
_SENTENCE = re.compile(r"[.!?\n。！？]+")

_PORTUGUESE = re.compile(r"\b(?:moro|trabalho|estou|eu|meu|minha|não|você|em|uma|mora|trabalha|nasci|vivo no)\b")
_NOT = re.compile(
    r"\b(?:not|never|none|nobody|nothing|neither|nor|without|cannot|hardly|hates?|hated|dislikes?|avoids?|refuses?"
    r"|anymore|stopped|quit|gave up|given up|no longer|allergic to everything but"
    r"|nicht|kein\w*|nie|niemals|nichts|ohne|weder|hasse|hasst|aufgehört|ungern"
    r"|ne|pas|jamais|sans|aucune?|déteste|arrêté|nunca|jamás|sin|ningun[oa]?|ningún|tampoco|odio|odia|dejé de|dejado de"
    r"|não|jamais|sem|nenhuma?|nem|odeio|detesto|parei de|deixei de)\b|n't\b|\bn'"
    r"|[不没沒無无别未]|讨厌|討厭|戒了|ない|ません|なかった|なくなり|嫌い|苦手|やめ|辞め|ずに"
)
_NO = re.compile(r"\bno\b")
_EVEN = re.compile(
    r"\b(?:cannot|can't|couldn't|never) \w+ without\b|\bnot only\b|不得不|没有不|不仅|不但|なければなら|しかない"
)
_UNREAL = re.compile(
    r"\b(?:if|wish|imagine|pretend|suppose|would|could|might|maybe|perhaps|hop\w+|want\w*|plan\w*|consider\w*|thinking"
    r"|dream\w*|almost|nearly|falls|würde|wäre|hätte|vielleicht|könnte|möchte|will|wollen|hoffe|hoffen|plan\w*|überlege|fast"
    r"|peut-être|voudrais|aimerais|veux|voulons|espère|pourrais|compte|presque|ojalá|quisiera|gustaría|quiero|espero|quizás?"
    r"|tal vez|podría|planeo|casi|gostaria|quero|talvez|poderia|planejo|oxalá|quase)\b|'d (?:like|love|rather)\b"
    r"|(?<!in )(?<!since )(?<!of )(?<!by )(?<!until )(?<!last )(?<!next )(?<!this )\bmay\b(?! \d)"  # not the month
    r"|\bsi (?:je|j'|nous|yo|viv\w+|tuv\w+|fuera)|\bse (?:eu|morasse|tivesse|fosse)|\bwenn ich\b"
    r"|如果|假如|要是|希望|想|也许|可能|打算|もし|たら|れば|たい|かも|つもり|予定"
)
_PASSED = re.compile(
    r"\b(?:used to|formerly|previously|früher|damals|ehemal\w*|autrefois|auparavant|antes|antigamente|dejé|in the past"
    r"|as a child|als kind|enfant)\b|以前|曾经|曾經|过去|昔|かつて"
)
_PAST = re.compile(
    r"\b(?:used to|formerly|previously|ago|until|was|were|had|did|past|former|ex|\w+ed|grew|went|as a child"
    r"|früher|damals|war|waren|hatte|hatten|wurde|\w+te|ge\w+[tn]|ehemal\w*|autrefois|auparavant|étais|avais|était|\w+ais|\w+é|antes|era"
    r"|fui|estaba|\w+ía|\w+aba|\w+ava|fue|tive|tinha|antigamente|ancien\w*)\b|以前|曾|过|昔|かつて|した|いた|だった"
)
_ASKS_OF_SELF = re.compile(
    r"^(?:and |so |or |hey |well )?(?:(?:do|did|am|is|was|were|are|have|has|should|would) (?:i|we|my|our)\b"
    r"|(?:bin|habe|wohne|lebe|heiße|arbeite|mag) ich\b|est-ce que (?:je|j')|suis-je|ai-je|habité-je)"
    r"|[吗嗎]$|(?:です|ます|でした|ました)か$"
)
_FIRST = re.compile(
    r"\b(?:i|we|i'm|i've|me|us|myself|both of us|ich|wir|mich|mir|uns|je|nous|moi|yo|nosotros|eu|nós|on)\b|\bj'|\bm'"
    r"|我(?!的?(?:{kin}))|私(?:は|も|が)|僕(?:は|も|が)|俺".replace(
        "{kin}", "妹|姐|哥|弟|妈|爸|父|母|朋友|儿子|女儿|兒子|女兒|妻|丈夫|老婆|老公|同事|老板"
    )
)
_BEGINS_WITH_FIRST = re.compile(
    r"(?:i|we|i'm|i've|ich|wir|je|nous|yo|eu|meu nome|my name|mein name|mon nom|mi nombre|mi casa)\b|j'|我|私|僕"
    r"|(?:vivo|trabajo|tengo|soy|estoy|moro|trabalho|tenho|sou|estou|me)\b"
)
_OTHERS = re.compile(
    r"\b(?:he|she|they|his|her|their|sister\w*|brother\w*|mother\w*|mom|mum|father\w*|dad|parents?|wife|husband|partner"
    r"|girlfriend|boyfriend|sons?|daughters?|child|children|kids?|friends?|boss|colleagues?|neighbou?rs?|cousins?|aunt|uncle"
    r"|grand\w+|niece|nephew|roommate|flatmate|manager|teacher|er|schwester\w*|bruder\w*|mutter|vater|eltern|frau|mann|sohn"
    r"|tochter|kinder|freund\w*|chefin|chef|kollege|kollegin|nachbar\w*|il|elle|ils|elles|sœur|soeur|frère|mère|père|femme|mari"
    r"|fils|fille|ami|amie|amis|patron|collègue|voisin\w*|él|ella|ellos|hermana|hermano|madre|padre|esposa|esposo|marido"
    r"|hijo|hija|amig[oa]s?|jefe|jefa|vecin[oa]|ele|ela|eles|irmã|irmão|mãe|pai|filho|filha|chefe|vizinh[oa])\b"
    r"|[他她]|妹|姐|哥|弟|妈|媽|爸|父|母|朋友|儿子|女儿|兒子|女兒|妻|丈夫|老婆|老公|同事|老板|邻居"
    r"|彼|兄|姉|友達|友人|息子|娘|夫|上司|同僚|隣"
)


def clauses_of(text: str) -> list[str]:
    """The parts of a text that each say one thing; `text` is in lower case, its apostrophes straight."""
    return [part.strip() for part in _CLAUSE.split(text) if part and part.strip()]


def sentences_around(text: str, start: int, end: int) -> str:
    """The whole sentences in which a part of a text stands, with the mark that ends them."""
    before = [mark.end() for mark in _SENTENCE.finditer(text, 0, start)]
    after = _SENTENCE.search(text, end)
    return text[before[-1] if before else 0 : after.end() if after else len(text)].strip()


def agrees(statement: str, said: str, quote: str) -> bool:
    """Whether what was `said` around a `quote` does not speak against a statement. All in lower case."""
    if _ASKS_OF_SELF.search(said.rstrip(" ?？！!.")) and said.rstrip().endswith(("?", "？")):
        return False
    sources = clauses_of(said)
    quoted = [clause for clause in sources if clause in quote or quote in clause] or sources
    for clause in clauses_of(statement):
        nearest = _nearest(clause, sources) or quoted
        for source in [one for one in nearest if one in quoted] or nearest:
            if _is_negated(source) != _is_negated(clause):
                return False
            if _UNREAL.search(source) and not _UNREAL.search(statement):
                return False
            if _PASSED.search(source) and not _PAST.search(statement):
                return False
            if _is_of_somebody_else(source, statement):
                return False
    return True


def _nearest(clause: str, sources: Iterable[str]) -> list[str]:
    """The clauses that share most with one, if any shares something."""
    terms = set(terms_of(clause))
    shared = [(len(terms & set(terms_of(source))), source) for source in sources]
    most = max((count for count, _ in shared), default=0)
    return [source for count, source in shared if count == most > 0]


def _is_negated(clause: str) -> bool:
    clause = _EVEN.sub(" ", clause)
    return bool(_NOT.search(clause) or (_NO.search(clause) and not _PORTUGUESE.search(clause)))


def _is_of_somebody_else(source: str, statement: str) -> bool:
    """Whether "my sister lives in Oslo" has become "I live in Oslo"."""
    if not _BEGINS_WITH_FIRST.match(statement) or _OTHERS.search(statement):
        return False
    return _OTHERS.search(source) is not None and _FIRST.search(source) is None
