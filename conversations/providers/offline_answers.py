"""What the offline provider answers: pure rules over the prompt, and nothing that was not said before.

The first rule that has something to say answers. None of them invents: every fact in an answer is a memory or a
sentence the person wrote in this thread.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from conversations.prompts import Change, ChangeKind, Prompt
from conversations.providers.offline_files import quotes, told
from conversations.providers.offline_matching import Question, clauses
from conversations.providers.offline_wording import one_line, plain, quoted, retold
from conversations.quoting import QuotedFile

_MOST_FACTS = 5
_RELATED_SIMILARITY = 0.4
"""Cosine from which a memory that shares no word with the question is offered, as a guess."""
_OWN_MESSAGES_READ = 40
_LONGEST_QUESTION = 1_000
_LONGEST_READ = 2_000
"""Characters of an earlier message that are looked at."""
_EVERYTHING = "everything"
"""What the request to forget every memory is called in a change that found none."""

OWN_NAME = "built-in offline provider"
EXPLANATION = (
    f"I am memchat's {OWN_NAME}, not a language model: I keep, find and forget what you tell me, and that is all. "
    "A real model answers here once `ANTHROPIC_API_KEY`, `OPENAI_API_KEY` or `OPENAI_BASE_URL` is set."
)
_HOW_TO_KEEP = "To have me keep something, write “Remember: …”."

_GREETING = (
    r"hi|hiya|hello|hey|good (?:morning|afternoon|evening|day)|greetings|hallo|guten (?:tag|morgen|abend)|bonjour|salut"
    r"|bonsoir|hola|buenos días|buenas|olá|oi|ciao|你好|您好|こんにちは|안녕하세요"
)
_GREETS = re.compile(rf"(?:{_GREETING})(?: (?:there|again|memchat))?", re.IGNORECASE)
_GREETS_FIRST = re.compile(rf"(?:{_GREETING})(?: (?:there|again|memchat))?\s*[,.!:\-–]+\s*(?=\S)", re.IGNORECASE)
_HOW_ARE_YOU = re.compile(
    rf"(?:(?:{_GREETING})(?: (?:there|again|memchat))?[\s,.!]+)?(?:how are you(?: doing)?(?: today)?|how's it going"
    r"|what's up|wie geht(?: es|'s|s) (?:dir|ihnen)|wie geht's|(?:comment )?ça va|¿?(?:qué tal|cómo estás)|tudo bem)",
    re.IGNORECASE,
)
_THANKS = re.compile(
    r"(?:ok(?:ay)?[,.!]? )?(?:many )?(?:thanks|thank you|thx|cheers|danke|merci|gracias|obrigad[oa]|谢谢|ありがとう)"
    r"(?: (?:a lot|so much|very much|you))?",
    re.IGNORECASE,
)
_ABOUT_ME = re.compile(
    r"\b(?:who|what) are you\b|\bwhat(?:'s| is) your name\b|\bwhat can you do\b|\bhow do you work\b"
    r"|\bare you (?:an? )?(?:\w+ )?(?:ai|bot|robot|human|model|person|chatgpt|claude|gpt)\b|^help$|\bwhich model\b",
    re.IGNORECASE,
)
_ASKS_DATE = re.compile(
    r"\bwhat(?:'s| is) (?:the date|today's date|today)\b|\bwhat (?:day|date) is (?:it|today)\b", re.IGNORECASE
)
_ASKS_LAST = re.compile(
    r"\bwhat (?:did I (?:just )?(?:say|write|ask)|(?:was|is) my (?:last|previous) (?:message|question))\b",
    re.IGNORECASE,
)
_ASKS_NAME = re.compile(
    r"\b(?:what(?:'?s| is| was)|know|tell me|say|remember|remind me of) my (?:full |first |last |given |family )?name\b"
    r"|\bwho am i\b|\bwhat am i called\b|\bwhat (?:should|do|can) you call me\b|\bwie hei(?:ß|ss)e ich\b"
    r"|\b(?:wie|was) ist mein name\b|\bcomment je m'appelle\b|\bquel est mon nom\b|\bcómo me llamo\b"
    r"|\bcuál es mi nombre\b|\bcomo me chamo\b|\bqual é o meu nome\b|我叫什么|我的名字是什么|我是谁|私の名前は",
    re.IGNORECASE,
)
_STATES_NAME = re.compile(
    r"\bmy (?:(?:full|first|last|given|family|real|nick|middle) ?)?name(?:'s| is| was)\b"
    r"|\bI(?:'m| am| was) (?:called|named)\b|\bI go by\b|\bcall me\b"
    r"|\bich hei(?:ß|ss)e\b|\bmein (?:voller |ganzer )?name ist\b|\bje m'appelle\b|\bmon nom est\b"
    r"|\bme llamo\b|\bmi nombre es\b|\b(?:eu )?me chamo\b|\bmeu nome é\b|\bmi chiamo\b|我叫|我的名字|私の名前",
    re.IGNORECASE,
)
_IS_NAME = re.compile(
    r"^I(?:'m| am) (?!\w+(?:ish|ese|ean|ican)\b|(?:German|French|Dutch|Greek|Swiss|Thai|Czech|Indian|Italian|Russian"
    r"|Canadian|Australian|Austrian|Brazilian|Ukrainian|Jewish|Muslim|Catholic|Vegan|Vegetarian)\b)"
    r"[A-ZÀ-Þ][\w'-]+(?: [A-ZÀ-Þ][\w'-]+)?\W*$"
)
_NAME_IN_STATEMENT = re.compile(
    r"\bmy (?:first )?name(?:'s| is) ([^\W\d_][\w'-]*)(?=\W*$|[,.;!]| (?:and\b|(?-i:[A-ZÀ-Þ])))", re.IGNORECASE
)
_ASKS = re.compile(
    r"[?？;؟]\s*$|^(?:and |so |but |ok(?:ay)?,? )?(?:whats?|who|whom|whose|where|when|which|why|how|do|does|did|is|are"
    r"|am|was|were|can|could|should|would|will|have|has|tell|remind|list|show|name|say|recall|was|wer|wo|wann|wie|welche\w*"
    r"|quel\w*|qui|où|quand|comment|qué|quién|dónde|cuándo|cómo|cuál|qual|quem|onde)\b|[吗呢]$|什么|谁|哪",
    re.IGNORECASE,
)
_OPENERS = (
    r"^(?:\W*(?:hi|hello|hey|please|and|also|(?:can|could|would|will) you|I (?:want|need) you to|kannst du|peux-tu"
    r"|puedes|você pode)\b)*\W*"
)
_REMEMBERS = re.compile(
    _OPENERS
    + r"(?:remember|memori[sz]e|don't forget|keep in mind|merk dir|souviens-toi|recuerda|lembre-se|记住|覚えて)"
    r"(?:\s+(?:that|dass|que))?[\s:,：]*",
    re.IGNORECASE,
)
_FORGETS = re.compile(_OPENERS + r"(?:forget|vergiss|oublie|olvida|esqueça|忘记|忘れて)[\s:,：]*", re.IGNORECASE)
# Questions about the world or the assistant, which memories do not answer although they share words with them.
_ASKS_ADVICE = re.compile(
    r"^(?:and |so |but |ok(?:ay)?,? )?(?:how (?:to|can|could|should|would)\b"
    r"|how do (?:i|you|we) (?!like|take|spell|prefer)|what should|should i|why\b"
    r"|(?:can|could|would|will|do|did|are|have) you (?!tell|remind|remember|recall|know|list|show|say|find|have)"
    r"|(?:can|could|would|will) i\b)",
    re.IGNORECASE,
)
_STATES = re.compile(r"^(?:i|i'm|i've|my|we|our|it|this|that|the|there|yes|no)\b", re.IGNORECASE)

_CHANGE_OPENINGS: dict[ChangeKind, str] = {
    "remembered": "I'll remember",
    "updated": "I'll remember instead",
    "proposed": "I'll remember once you approve it",
    "known": "I already knew",
    "forgot": "Forgotten",
    "not_found": "I found nothing to forget about",
}


def answer(prompt: Prompt) -> str:
    """The whole answer, in Markdown."""
    prompt = replace(prompt, text=plain(prompt.text).strip())
    for rule in _RULES:
        if said := rule(prompt):
            return said
    return _cannot_help(prompt)


# What the newest message did


def _told_changes(prompt: Prompt) -> str:
    """Confirm what was stored or forgotten, in the order it happened."""
    if not prompt.changes:
        return ""
    kinds = list(dict.fromkeys(change.kind for change in prompt.changes))
    told = [_told_kind(prompt, kind, [one for one in prompt.changes if one.kind == kind]) for kind in kinds]
    greeting = "Hello! " if _GREETS_FIRST.match(prompt.text) and kinds[0] != "listed" else ""
    return greeting + "\n\n".join(told)


def _told_kind(prompt: Prompt, kind: ChangeKind, changes: Sequence[Change]) -> str:
    if kind == "listed":
        some = next((f" ({change.text})" for change in changes if change.text), "")
        return _listed(prompt, f"Here is what I remember about you{some}:", "I do not remember anything about you yet.")
    if kind == "refused":
        return "\n".join(_told_refusal(change) for change in changes)
    if kind == "not_found" and any(change.text == _EVERYTHING for change in changes):
        return "There was nothing to forget."
    texts = [one_line(change.text) for change in changes]
    if len(texts) == 1:
        return f"{_CHANGE_OPENINGS[kind]}: {_with_end(texts[0])}"
    return f"{_CHANGE_OPENINGS[kind]}:\n\n{_as_list(texts)}"


def _told_refusal(change: Change) -> str:
    return _with_end(f"I did not store that: {change.reason}" if change.reason else "I did not store that")


def _listed(prompt: Prompt, opening: str, nothing: str) -> str:
    if not prompt.memories:
        return nothing
    return f"{opening}\n\n{_as_list([one_line(memory.text) for memory in prompt.memories])}"


# Small talk


def _small_talk(prompt: Prompt) -> str:
    text = prompt.text.rstrip("!.?,:)¡ ")
    if _GREETS.fullmatch(text) or _HOW_ARE_YOU.fullmatch(text):
        return f"Hello{_known_name(prompt)}! What should I remember, or look up?"
    if _THANKS.fullmatch(text):
        return "You're welcome."
    if _ABOUT_ME.search(text):
        return EXPLANATION if _explained_before(prompt) else f"{EXPLANATION} {_HOW_TO_KEEP}"
    if _ASKS_DATE.search(text):
        return f"Today is {prompt.now:%A}, {prompt.now.day} {prompt.now:%B %Y}."
    return ""


def _known_name(prompt: Prompt) -> str:
    for memory in prompt.memories:
        if found := _NAME_IN_STATEMENT.match(memory.text.strip()):
            return f", {found.group(1)}"
    return ""


# Questions


def _from_memories(prompt: Prompt) -> str:
    """Answer from what is remembered: the statements that answer best, told in the second person."""
    if not _asks_about_facts(prompt.text):
        return ""
    statements = [clause for memory in prompt.memories for clause in clauses(one_line(memory.text))]
    found = _answering(prompt.text, statements)
    question = Question.of(prompt.text)
    if not found and question.first_person and not question.stems and prompt.memories:
        return _listed(prompt, "This is what comes to my mind about you:", "")
    told = [retold(statement) for statement in found[:_MOST_FACTS]]
    return _as_list(told) if len(told) > 2 else " ".join(told)


def _from_thread(prompt: Prompt) -> str:
    """Answer with what the person wrote earlier in this thread, in their own words."""
    if not _asks_about_facts(prompt.text):
        return ""
    own = [said.text for said in prompt.history if said.role == "user"] + [prompt.unanswered]
    own = [text for text in own if text.strip()][-_OWN_MESSAGES_READ:]
    if own and _ASKS_LAST.search(prompt.text):
        return f"Before this you wrote: {quoted(own[-1])}."
    found = _answering(prompt.text, list(_own_statements(own)))
    return f"Earlier in this thread you wrote: {quoted(found[0])}." if found else ""


def _from_files(prompt: Prompt) -> str:
    """Quote what the files that came with this message say, or tell what is possible."""
    if not prompt.enclosed:
        return ""
    return _quoted_from(prompt, prompt.enclosed.files) or _with_explanation(prompt, told(prompt.enclosed))


def _from_earlier_files(prompt: Prompt) -> str:
    """Quote what a file says that was attached before, the newest first."""
    return _quoted_from(prompt, [file for said in reversed(prompt.history) for file in said.enclosed.files])


def _quoted_from(prompt: Prompt, files: Sequence[QuotedFile]) -> str:
    # What a file says of "me" is true of whoever wrote it.
    if not files or not _asks_about_facts(prompt.text) or _ASKS_NAME.search(prompt.text):
        return ""
    return quotes(prompt.text, files)


def _related(prompt: Prompt) -> str:
    """Offer, as a guess, the memory that is nearest in meaning though it shares no word with the question."""
    if not _asks_about_facts(prompt.text) or _ASKS_NAME.search(prompt.text):
        return ""
    question = Question.of(prompt.text)
    near = [one for one in prompt.memories if (one.similarity or 0.0) >= _RELATED_SIMILARITY]
    near = [one for one in near if question.same_subject(one.text, question.stems)]
    if not near:
        return ""
    nearest = max(near, key=lambda one: one.similarity or 0.0)
    return f"I am not sure that this answers it, but you told me: {quoted(nearest.text)}."


def _asks_about_facts(text: str) -> bool:
    return len(text) <= _LONGEST_QUESTION and _ASKS.search(text) is not None and _ASKS_ADVICE.match(text) is None


def _answering(question_text: str, statements: Sequence[str]) -> list[str]:
    """The statements that answer the question best, in their order; none rather than a doubtful one."""
    unique = list(dict.fromkeys(statements))
    if _ASKS_NAME.search(question_text):
        stated = [one for one in unique if _STATES_NAME.search(one)]
        return (stated or [one for one in unique if _IS_NAME.match(one)])[:1]
    question = Question.of(question_text)
    fits = [(question.fit(one), one) for one in unique]
    best = max((fit for fit, _ in fits), default=0.0)
    return [one for fit, one in fits if fit and fit == best]


def _own_statements(own: Sequence[str]) -> Iterator[str]:
    """What the person stated, newest first: no questions, and nothing they asked to forget since."""
    forgotten: list[Question] = []
    for text in (plain(text[:_LONGEST_READ]) for text in reversed(own)):
        if _FORGETS.match(text):
            forgotten.append(Question.of(_FORGETS.sub("", text)))
            continue
        for clause in clauses(_REMEMBERS.sub("", text)):
            if not _ASKS.search(clause) and not any(one.fit(clause) for one in forgotten):
                yield clause


# When nothing answers


def _cannot_help(prompt: Prompt) -> str:
    """Say so, and the first time in a thread also why."""
    return _with_explanation(prompt, _why_not(prompt.text))


def _with_explanation(prompt: Prompt, said: str) -> str:
    if _explained_before(prompt):
        return f"{said} (This is still the {OWN_NAME}.)"
    return f"{said}\n\n{EXPLANATION} {_HOW_TO_KEEP}"


def _why_not(text: str) -> str:
    if _ASKS_NAME.search(text):
        return "I don't know your name."
    if _asks_about_facts(text):
        return "I don't know: I find nothing about that in what you have told me."
    if _REMEMBERS.match(text) or _FORGETS.match(text):
        return "Nothing was stored or forgotten: memory is off in this thread, or I did not see what you mean."
    return "I have nothing to add to that." if _STATES.match(text) else "I can't help with that."


def _explained_before(prompt: Prompt) -> bool:
    return any(said.role == "assistant" and OWN_NAME in said.text for said in prompt.history)


def _as_list(lines: Sequence[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def _with_end(text: str) -> str:
    return text if text.endswith((".", "!", "?", "…", "。")) else f"{text}."


_RULES: tuple[Callable[[Prompt], str], ...] = (
    _told_changes,
    _small_talk,
    _from_files,
    _from_memories,
    _from_thread,
    _from_earlier_files,
    _related,
)
