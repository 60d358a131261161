"""What must be known about a language to find requests in it: patterns, and nothing that runs.

Every pattern is a regular expression matched without regard to case against text in which
typographic apostrophes are `'`, full-width punctuation is ASCII and spaces are single. None may
nest repetitions: the patterns meet whatever a person pastes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

NEVER = r"(?!)"
OR_AND = r"(?:and|or|und|oder|et|ou|y|o|e)"


def any_of(*patterns: str) -> str:
    """One pattern that matches whichever of `patterns` comes first."""
    return "(?:" + "|".join(patterns) + ")"


@dataclass(frozen=True, kw_only=True)
class Language:
    """The patterns of one language. A pattern left out never matches."""

    name: str
    stems: tuple[str, ...]
    """Lower-case fragments; a text without any of them holds no request in this language."""
    spaced: bool = True
    """Whether words are set apart by spaces."""

    # What may stand in front of a request.
    openers: str = NEVER
    """Greetings, politeness, links: "hi", "please", "by the way", "I want you to"."""
    asking: str = NEVER
    """Openers after which a question mark is only polite: "could you"."""

    binding: str = NEVER
    """Openers after which the verb is no imperative: "I want you to"."""
    dependent: str = NEVER
    """How a request starts that is one only after `asking` or `binding`, such as an infinitive."""

    # Requests to remember.
    remember: str = NEVER
    """Verbs that ask for a memory and for nothing else."""
    note: str = NEVER
    """Verbs that as often comment on a task: they count only before something lasting about the person."""
    asides: str = NEVER
    """What may stand between the verb and the statement: "please", "for me"."""
    that: str = NEVER
    """What introduces a statement: "that"."""
    and_that: str = NEVER
    """What joins a second statement: "and that"."""
    this: str = NEVER
    """What stands for a statement found elsewhere: "this", "the following"."""
    ending: str = NEVER
    """What makes a request of a whole statement in front of it, where the verb stands last."""
    ending_after_name: str = NEVER
    """The same after a mere name, which is a statement only with a date or a number in it."""

    # What a statement looks like.
    subject: str = NEVER
    """The person as subject at the start of a statement: "I", "we"."""
    possessive: str = NEVER
    """What belongs to the person, at the start of a statement: "my"."""
    person: str = NEVER
    """The person, anywhere in a statement."""
    verbs: str = NEVER
    """Verbs that make a sentence of what starts with `possessive`."""
    dated: str = NEVER
    """Names of days and months: "my appointment on Friday" says something without a verb."""
    not_statement: str = NEVER
    """How something starts that is no statement about the person: "when", "to", "you"."""
    unfinished: str = NEVER
    """Words a statement cannot end with."""
    retold: str = NEVER
    """Statements that only point to what was said before, or to who listens: "I told you", "I love you"."""
    passing: str = NEVER
    """What marks a comment on the task at hand: "I have already tried"."""

    at_hand: str = NEVER
    """What points to nothing but the task at hand: "in this game", "I need it in"."""

    # Where a statement ends before its sentence does.
    joiners: str = NEVER
    """Words that join clauses: "and"."""
    fillers: str = NEVER
    """Words that may follow a joiner: "then", "now"."""
    orders: str = NEVER
    """Starts of a new request after a joiner: "tell me", "can you"."""
    verbs_of_orders: str = NEVER
    """Bare imperatives: a new request only after a comma."""
    questions: str = NEVER
    tags: str = NEVER
    """What makes a question of a statement at its end: "right?"."""
    manners: str = NEVER
    """Politeness at the end of a request: "please", "thanks"."""

    # Requests to forget, each with a group `query`; requests to forget everything; requests for the list.
    forget: tuple[str, ...] = ()
    not_forgettable: str = NEVER
    """Objects of "forget" that belong to the conversation: "my last question"."""
    excepting: str = NEVER
    """What takes something out of a request to forget, which then cannot be done as asked: "all but my name"."""
    leftover: str = NEVER
    """What may follow the object of "forget" without belonging to it: "now", "because"."""
    forget_everything: tuple[str, ...] = ()
    list_all: tuple[str, ...] = ()

    # Whose words they are.
    reporting: str = NEVER
    """Words in front of a request that make it someone else's, or a condition: "said", "if"."""
    inventing: str = NEVER
    """Words that make a fiction of what follows: "imagine"."""
    working_on: str = NEVER
    """Tasks about a text: "translate"."""
    salutation: str = NEVER
    """How a letter to someone else begins."""
    sign_off: str = NEVER
    """How a letter ends, on a line of its own."""
    points_forward: str = NEVER
    """That the text of such a task follows: "the following"."""
    points_back: str = NEVER
    """That the text of such a task came before: "translate this", "the letter above"."""

    @cached_property
    def compiled(self) -> Patterns:
        """The same patterns, ready to match."""
        return Patterns(self)


class Patterns:
    """The compiled patterns of a language under the same names, with those only the reader of requests needs."""

    def __init__(self, language: Language) -> None:
        edge = r"\b" if language.spaced else ""
        gap = r"[\s,:;.!¿¡\-–—]" + ("+" if language.spaced else "*")
        filled = rf"(?:{language.fillers}\s*,?\s*){{0,3}}"
        joined = rf"{language.joiners}{edge}\s*,?\s*{filled}"
        paused = rf"(?:\s*[,;–—]|\s-)\s*(?:{joined}|{filled})"
        self.spaced = language.spaced
        self.opener = _compile(rf"{any_of(language.asking, language.binding, language.openers)}(?:{gap}|$)")
        self.asking = _compile(language.asking)
        self.binding = _compile(language.binding)
        self.dependent = _compile(language.dependent + edge)
        self.remember = _compile(language.remember + edge)
        self.note = _compile(language.note + edge)
        self.asides = _compile(rf"(?:[\s,]*{language.asides}{edge}){{1,3}}")
        self.that = _compile(rf"[\s,]*{language.that}")
        self.and_that = _compile(rf",?\s+{language.and_that}(?=(?:{language.subject}|{language.possessive}){edge})")
        self.this = _compile(rf"[\s,]*{language.this}{edge}")
        self.ending = _compile(language.ending + "$")
        self.ending_after_name = _compile(language.ending_after_name + "$")
        self.subject = _compile(language.subject + edge)
        self.possessive = _compile(language.possessive + edge)
        self.person = _compile(edge + language.person + edge)
        self.verbs = _compile(rf"{edge}{language.verbs}{edge}|[:=]")
        self.dated = _compile(edge + language.dated)
        self.not_statement = _compile(language.not_statement + edge)
        self.unfinished = _compile(rf"{edge}{language.unfinished}$")
        self.retold = _compile(language.retold)
        self.at_hand = _compile(f"{edge}(?:{language.at_hand})")
        self.passing = _compile(f"{edge}(?:{language.passing})")
        all_orders = any_of(language.orders, language.verbs_of_orders)
        self.order = _compile(rf"\s{joined}(?={language.orders}{edge})|{paused}(?={all_orders}{edge})")
        listed = rf"(?:\s*,\s*(?:{OR_AND}\s+)?|\s+{OR_AND}\s+)\w+"
        self.listed = _compile(rf"{language.verbs_of_orders}{edge}(?:{listed})+\W*$")
        self.orders = _compile(language.orders)
        self.question = _compile(rf"(?:\s{joined}|{paused})(?={language.questions}{edge})")
        self.joined_question = _compile(rf"(?:\s*[,;–—]|\s-)\s*{joined}(?={language.questions}{edge})")
        pause = r"(?:[\s,;.!?–—-]|^)" + ("" if language.spaced else "?")
        self.tag = _compile(rf"{pause}{language.tags}$")
        self.manners = _compile(rf"{pause}{edge}{language.manners}[\s,;.!?]*$")
        self.forget = tuple(map(_compile, language.forget))
        self.leftover = _compile(edge + language.leftover)
        self.not_forgettable = _compile(language.not_forgettable)
        self.excepting = _compile(edge + language.excepting + edge)
        self.forget_everything = tuple(map(_compile, language.forget_everything))
        self.list_all = tuple(map(_compile, language.list_all))
        self.reporting = _compile(edge + language.reporting + edge)
        self.inventing = _compile(edge + language.inventing)
        self.working_on = _compile(edge + language.working_on)
        self.salutation = _compile(language.salutation)
        self.sign_off = _compile(rf"{language.sign_off}[,.!]?$")
        self.points_forward = _compile(language.points_forward)
        self.points_back = _compile(language.points_back)


def _compile(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)
