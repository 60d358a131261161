"""Everything that changes what is remembered of a person.

Each function is one transaction. A text is never overwritten: what is corrected or forgotten ends, stays as
history and can be had back. Synchronous, and a remote embedder may take its timeout: call it in a thread.
"""

from memories.writing.checks import PINS_PER_PERSON, why_refused
from memories.writing.correcting import adjust, confirm, correct, give_way, lower, raise_again
from memories.writing.embedding import embed_missing, embed_next, index_words
from memories.writing.forgetting import erase, erase_forgotten, forget, forget_all, forget_matching, remove_forgotten
from memories.writing.having_back import restore, take_back, undo_forget, undo_forget_many
from memories.writing.history import Version, add_history, cut_off_from
from memories.writing.items import bring, compare_next, forget_expired, remove_old_versions
from memories.writing.outcome import Outcome
from memories.writing.proposals import approve, reject
from memories.writing.remembering import remember
from memories.writing.taken_back import all_taken_back_since, taken_back_since

__all__ = [
    "PINS_PER_PERSON",
    "Outcome",
    "Version",
    "add_history",
    "adjust",
    "all_taken_back_since",
    "approve",
    "bring",
    "compare_next",
    "confirm",
    "correct",
    "cut_off_from",
    "embed_missing",
    "embed_next",
    "erase",
    "erase_forgotten",
    "forget",
    "forget_all",
    "forget_expired",
    "forget_matching",
    "give_way",
    "index_words",
    "lower",
    "raise_again",
    "reject",
    "remember",
    "remove_forgotten",
    "remove_old_versions",
    "restore",
    "take_back",
    "taken_back_since",
    "undo_forget",
    "undo_forget_many",
    "why_refused",
]
