"""Which memories answer a question: whose they are, in which order, and what keeps it fast."""

from __future__ import annotations

import math
from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import psycopg
import pytest
from django.db import DataError, OperationalError, connection, transaction
from django.utils import timezone
from pgvector import Vector

from memories import recall as recalling
from memories.embedding.registry import current_embedder
from memories.forgetting import clear_matches
from memories.models import Ending, Memory, Origin
from memories.recall import Recalled, fit, recall, select_for_prompt
from memories.topics import topics_of
from memories.words import fingerprint, owned, terms_of
from memories.writing import remember

DIMENSIONS = 32
EMBEDDER = "test-32"


def ask(user, question, count=10):
    embedder = current_embedder()
    return recall(user, question, embedder.embed([question])[0], embedder.name, count=count)


def texts(found):
    return [one.text for one in found]


def keep(user, text, vector=None, embedder=EMBEDDER, **fields):
    """Store a memory with a vector made by hand, or with none."""
    terms = terms_of(text)
    if vector is not None:
        fields |= {"embedding": Vector(list(vector)), "embedder": embedder, "dimensions": len(vector)}
    return Memory.objects.create(
        user=user,
        value={"data": text},
        origin=Origin.SAID,
        fingerprint=fingerprint(text),
        terms=sorted({owned(user.pk, term) for term in [*terms, *topics_of(text, terms)]}),
        word_count=len(terms),
        **fields,
    )


def direction(*numbers):
    return [*numbers, *[0.0] * (DIMENSIONS - len(numbers))]


def test_a_question_finds_the_statement_that_answers_it(alice):
    for text in ("My name is Bob", "I live in Berlin", "I am allergic to peanuts"):
        remember(alice, text, origin=Origin.SAID)
    assert texts(ask(alice, "What is my name?"))[0] == "My name is Bob"
    assert texts(ask(alice, "Where do I live?"))[0] == "I live in Berlin"


def test_bob_never_gets_what_is_alices(alice, bob):
    remember(alice, "My name is Alice", origin=Origin.SAID, pinned=True)
    keep(alice, "My name is in no vector")
    remember(bob, "My dog is called Rex", origin=Origin.SAID)
    assert texts(ask(bob, "What is my name?")) == ["My dog is called Rex"]
    assert texts(ask(bob, "name Alice")) == ["My dog is called Rex"]


def test_a_term_of_another_owner_is_not_found_even_if_the_row_is_wrong(alice, bob):
    stray = keep(alice, "secret garden")
    Memory.objects.filter(pk=stray.pk).update(terms=[owned(bob.pk, "secret")])
    assert recall(bob, "secret", None, EMBEDDER, count=5) == []


def test_a_person_without_memories_gets_none(alice):
    assert ask(alice, "What is my name?") == []


def test_there_are_always_as_many_as_asked_for_while_there_are_any(alice):
    for number in range(3):
        keep(alice, f"near {number}", direction(1, number))
    for number in range(3):
        keep(alice, f"no vector {number}")
    for number in range(3):
        keep(alice, f"foreign {number}", [1.0] * 7, embedder="another-7")
    question = Vector(direction(1))
    assert len(recall(alice, "zebra", question, EMBEDDER, count=5)) == 5
    assert len(recall(alice, "zebra", question, EMBEDDER, count=9)) == 9
    assert len(recall(alice, "zebra", question, EMBEDDER, count=50)) == 9
    assert len(recall(alice, "near", question, EMBEDDER, count=2)) == 2


def test_rows_that_another_embedder_made_are_found_by_words_only(alice):
    foreign = keep(alice, "my bicycle is green", [1.0] * 7, embedder="another-7")
    for number in range(5):
        keep(alice, f"filler {number}", direction(0, 1, number))
    found = recall(alice, "bicycle", Vector(direction(1)), EMBEDDER, count=3)
    assert found[0].memory_id == foreign.pk
    assert found[0].similarity is None
    assert found[0].reasons == ("words",)


def test_without_a_vector_the_words_decide(alice):
    remember(alice, "I live in Berlin", origin=Origin.SAID)
    remember(alice, "My dog is called Rex", origin=Origin.SAID)
    found = recall(alice, "what was the dog called", None, current_embedder().name, count=2)
    assert texts(found)[0] == "My dog is called Rex"
    assert found[0].similarity is None
    assert len(found) == 2


def test_a_single_character_finds_the_memory_whose_words_end_in_it(alice):
    remember(alice, "我养了一只猫", origin=Origin.SAID)
    remember(alice, "我住在北京", origin=Origin.SAID)
    found = recall(alice, "猫", None, current_embedder().name, count=2)
    assert texts(found)[0] == "我养了一只猫"
    assert found[0].reasons == ("words",)


def test_what_only_ends_in_a_character_is_not_what_is_to_be_forgotten(alice, monkeypatch):
    monkeypatch.setattr("memories.forgetting._by_meaning", lambda *_: [])
    remember(alice, "我养了一只猫", origin=Origin.SAID)
    remember(alice, "猫粮在柜子里", origin=Origin.SAID)
    assert clear_matches(alice.pk, "猫") == []
    assert [one.text for one in clear_matches(alice.pk, "猫粮")] == ["猫粮在柜子里"]


def test_what_has_ended_or_expired_is_not_recalled(alice):
    now = timezone.now()
    keep(alice, "old address", direction(1), ended_at=now, ending=Ending.FORGOTTEN)
    keep(alice, "guest address", direction(1), expires_at=now - timedelta(seconds=1))
    keep(alice, "pinned address", direction(1), expires_at=now - timedelta(seconds=1), pinned=True)
    keep(alice, "wordless guest", expires_at=now - timedelta(seconds=1))
    keep(alice, "new address", direction(0, 1), expires_at=now + timedelta(hours=1))
    assert texts(recall(alice, "address guest", Vector(direction(1)), EMBEDDER, count=10)) == ["new address"]


def test_a_pinned_memory_is_always_there_and_takes_no_others_place(alice):
    for number in range(10):
        keep(alice, f"near {number}", direction(1, number / 100))
    far = keep(alice, "far away", direction(-1), pinned=True)
    bare = keep(alice, "no vector", pinned=True)
    found = recall(alice, "x", Vector(direction(1)), EMBEDDER, count=4)
    assert {far.pk, bare.pk} <= {one.memory_id for one in found}
    assert len(found) == 6
    assert next(one for one in found if one.memory_id == far.pk).reasons == ("pinned",)


def test_a_pinned_memory_among_the_best_comes_once(alice):
    best = keep(alice, "best", direction(1), pinned=True)
    keep(alice, "other", direction(0, 1))
    found = recall(alice, "best", Vector(direction(1)), EMBEDDER, count=2)
    assert found[0].memory_id == best.pk
    assert len(found) == 2
    assert found[0].reasons == ("pinned", "meaning", "words")


def test_the_day_it_became_true_comes_before_the_day_it_was_stored(alice):
    keep(alice, "moved", direction(1), valid_from=date(2020, 2, 3))
    stored = keep(alice, "stayed", direction(1))
    since = {one.text: one.since for one in recall(alice, "x", Vector(direction(1)), EMBEDDER, count=2)}
    assert since == {"moved": date(2020, 2, 3), "stayed": stored.created_at.date()}


def test_scores_are_cosine_and_bm25_half_each(alice, bob):
    """The statement scores only rows that can be among the best; plain arithmetic over all rows agrees with it."""
    random = np.random.default_rng(7)
    vocabulary = [f"word{letter}" for letter in "abcdefghijklmnopqrst"]
    weights = 1 / np.arange(1, 21)
    rows = {}
    for number in range(120):
        text = (
            " ".join(random.choice(vocabulary, size=random.integers(1, 12), p=weights / weights.sum())) + f" n{number}"
        )
        vector = random.standard_normal(DIMENSIONS).astype(np.float32)
        rows[keep(alice, text, vector).pk] = (text, vector)
        keep(bob, text, random.standard_normal(DIMENSIONS))
    for number in range(12):
        asked = " ".join(random.choice(vocabulary, size=3))
        question = random.standard_normal(DIMENSIONS).astype(np.float32)
        expected = _by_arithmetic(rows, asked, question)
        found = recall(alice, asked, Vector(question), EMBEDDER, count=10)
        found.sort(key=lambda one: -one.score)  # Statements that are so much alike are ordered by their age.
        assert [one.memory_id for one in found] == list(expected)[:10], number
        assert [one.score for one in found] == pytest.approx(list(expected.values())[:10], abs=1e-4)


def _by_arithmetic(rows, asked, question):
    terms = {pk: terms_of(text) for pk, (text, _) in rows.items()}
    distances = {
        pk: 1 - float(v @ question / np.linalg.norm(v) / np.linalg.norm(question)) for pk, (_, v) in rows.items()
    }
    words = dict.fromkeys(rows, 0.0)
    for term in set(terms_of(asked)):
        holding = [pk for pk in rows if term in terms[pk]]
        weight = math.log(1 + (len(rows) - len(holding) + 0.5) / (len(holding) + 0.5))
        for pk in holding:
            words[pk] += weight * 2.2 / (1.2 * (0.25 + 0.75 * len(terms[pk]) / 12) + 1)
    mean, spread = np.mean(list(distances.values())), np.std(list(distances.values()))
    rms = np.sqrt(np.mean(np.square(list(words.values()))))
    scores = {pk: ((mean - distances[pk]) / spread + (words[pk] / rms if rms else 0)) / 2 for pk in rows}
    return dict(sorted(scores.items(), key=lambda item: -item[1]))


def test_one_memory_alone_is_recalled_though_nothing_can_be_compared(alice):
    keep(alice, "only", direction(1))
    found = recall(alice, "something else", Vector(direction(1)), EMBEDDER, count=3)
    assert texts(found) == ["only"]
    assert found[0].similarity == pytest.approx(1.0)
    assert math.isfinite(found[0].score)


@pytest.mark.parametrize(
    "question", ["", "   ", "the of", "?" * 500, "word " * 6000, "猫" * 3000, "'; DROP TABLE x; --", "a\u00a0b {c} %s"]
)
def test_any_text_can_be_asked(alice, question):
    keep(alice, "something", direction(1))
    assert len(recall(alice, question, Vector(direction(1)), EMBEDDER, count=3)) == 1


def test_a_long_question_is_looked_up_by_its_first_and_last_words(alice):
    asked = recalling._asked(" ".join(f"w{n}" for n in range(1000)))
    assert len(asked) == recalling.MAX_TERMS
    assert asked[0] == "w0"
    assert asked[-1] == "w999"


def test_the_token_budget_is_filled_by_rank(alice):
    for number in range(5):
        keep(alice, f"statement number {number}", direction(1, number))
    everything = recall(alice, "x", Vector(direction(1)), EMBEDDER, count=5)
    some = recall(alice, "x", Vector(direction(1)), EMBEDDER, count=5, token_budget=40)
    assert 0 < len(some) < 5
    assert some == everything[: len(some)]


# --- What goes into the prompt -------------------------------------------------------------------------------------


def one(number, text="a statement", score=1.0, similarity=0.5, reasons=("meaning",)):
    return Recalled(number, text, date(2024, 1, 1), score, similarity, reasons)


def test_what_is_neither_near_nor_shares_a_word_stays_out_of_the_prompt():
    near, word, pin = one(1), one(2, similarity=0.0, reasons=("words",)), one(3, similarity=None, reasons=("pinned",))
    far, unknown = one(4, similarity=0.02, reasons=()), one(5, similarity=None, reasons=())
    assert select_for_prompt([near, word, pin, far, unknown], 1000) == [near, word, pin]


def test_without_a_floor_everything_that_fits_is_taken():
    found = [one(1), one(2, similarity=None, reasons=())]
    assert select_for_prompt(found, 1000, floor=None) == found


def test_pinned_memories_get_their_room_first_and_keep_their_rank():
    found = [one(1, "x" * 100), one(2, "y" * 100), one(3, "z" * 100, reasons=("pinned",))]
    assert [memory.memory_id for memory in fit(found, 80)] == [1, 3]


def test_a_memory_too_long_for_what_is_left_gives_way_to_a_shorter_one():
    found = [one(1, "x" * 100), one(2, "y" * 4000), one(3, "z" * 20)]
    assert [memory.memory_id for memory in fit(found, 100)] == [1, 3]


# --- What was called not relevant ----------------------------------------------------------------------------------


def test_what_was_called_not_relevant_ranks_lower_each_time_up_to_a_point(alice):
    for number in range(20):
        keep(alice, f"filler {number}", direction(1, number))
    memory = keep(alice, "target", direction(1))
    scores = []
    for times in (0, 1, 2, 3, 4, 5, 90):
        Memory.objects.filter(pk=memory.pk).update(lowered=times)
        found = recall(alice, "zebra", Vector(direction(1)), EMBEDDER, count=21)
        scores.append(next(one.score for one in found if one.memory_id == memory.pk))
    steps = [round(before - after, 6) for before, after in pairwise(scores)]
    assert steps == [recalling.LOWERED_SCORE] * 4 + [0, 0]


def test_what_was_lowered_takes_nobodys_place(alice):
    """Those that rank above it are found though it is nearer than they are."""
    lowered = [keep(alice, f"near {number}", direction(1, number / 100), lowered=4) for number in range(5)]
    others = [keep(alice, f"other {number}", direction(1, 0.3 + number / 100)) for number in range(5)]
    for number in range(20):
        keep(alice, f"far {number}", direction(0.2, 1, number / 10))
    found = recall(alice, "zebra", Vector(direction(1)), EMBEDDER, count=5)
    assert {one.memory_id for one in found} == {memory.pk for memory in others}
    everything = recall(alice, "zebra", Vector(direction(1)), EMBEDDER, count=30)
    assert {memory.pk for memory in lowered} <= {one.memory_id for one in everything}
    assert [one.score for one in everything[:5]] == sorted((one.score for one in everything[:5]), reverse=True)


def test_scores_with_lowered_rows_agree_with_plain_arithmetic(alice):
    """Whatever was lowered, the best rows of all are the ones that the statement finds."""
    random = np.random.default_rng(11)
    for _ in range(8):
        Memory.objects.all().delete()
        rows = {}
        for number in range(60):
            text, vector = f"unlike{number}", random.standard_normal(DIMENSIONS).astype(np.float32)
            times = int(random.choice([0, 0, 0, 1, 2, 7]))
            rows[keep(alice, text, vector, lowered=times).pk] = (text, vector, times)
        question = random.standard_normal(DIMENSIONS).astype(np.float32)
        plain = _by_arithmetic({pk: row[:2] for pk, row in rows.items()}, "unlike3", question)
        expected = {pk: score - 0.5 * min(rows[pk][2], 4) for pk, score in plain.items()}
        best = sorted(expected, key=lambda pk: -expected[pk])[:10]
        found = recall(alice, "unlike3", Vector(question), EMBEDDER, count=10)
        assert [one.memory_id for one in found] == best
        assert [one.score for one in found] == pytest.approx([expected[pk] for pk in best], abs=1e-4)


def test_what_was_lowered_has_to_be_nearer_to_enter_a_prompt():
    def lowered(times, similarity, *reasons):
        return Recalled(1, "x", date(2024, 1, 1), 1.0, similarity, reasons, lowered=times)

    assert select_for_prompt([lowered(0, 0.2, "meaning")], 1000)
    assert not select_for_prompt([lowered(1, 0.2, "meaning")], 1000)
    assert select_for_prompt([lowered(1, 0.5, "meaning")], 1000)
    assert not select_for_prompt([lowered(2, 0.1, "words")], 1000), "a shared word alone is not enough"
    assert select_for_prompt([lowered(9, 0.6, "words")], 1000), "what is asked for is still found"
    assert select_for_prompt([lowered(9, None, "words")], 1000), "without vectors the words decide"
    assert select_for_prompt([lowered(9, 0.0, "pinned")], 1000)
    assert select_for_prompt([lowered(9, 0.0)], 1000, floor=None)


# --- Topics --------------------------------------------------------------------------------------------------------


def test_a_shared_topic_is_found_without_a_shared_word_in_any_language(alice):
    remember(alice, "Meine Schwester wohnt in Kiel", origin=Origin.SAID)
    for number in range(8):
        remember(alice, f"The shelf number {number} is made of pine", origin=Origin.SAID)
    found = ask(alice, "Where does my sibling live?", count=3)
    assert texts(found)[0] == "Meine Schwester wohnt in Kiel"
    assert found[0].reasons == ("meaning",)
    assert found[0] in select_for_prompt(found, 1000)


def test_a_topic_that_was_never_indexed_changes_nothing(alice):
    """Memories from before there were topics are found as before, until their words are indexed again."""
    memory = keep(alice, "my bicycle is green", direction(1))
    Memory.objects.filter(pk=memory.pk).update(terms=[owned(alice.pk, term) for term in terms_of(memory.text)])
    (found,) = recall(alice, "bicycle", Vector(direction(0, 1)), EMBEDDER, count=3)
    assert found.reasons == ("words",)
    assert not found.about


# --- Speed ---------------------------------------------------------------------------------------------------------


def test_recall_is_one_statement_that_is_prepared_and_planned_once(alice, django_assert_num_queries):
    for number in range(12):
        keep(alice, f"statement {number}", direction(1, number))
    generic_before, custom_before = plans_of_recall()
    with django_assert_num_queries(12):
        for number in range(12):
            recall(alice, f"statement {number}", Vector(direction(1)), EMBEDDER, count=10)
    generic, custom = plans_of_recall()
    assert generic - generic_before >= 7
    assert custom - custom_before <= 5


def plans_of_recall():
    """How often the statement of recall was run on this connection by its generic plan, and how often by another."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(sum(generic_plans), 0), coalesce(sum(custom_plans), 0) FROM pg_prepared_statements "
            "WHERE statement LIKE '%WITH mine%'"
        )
        return cursor.fetchone()


@pytest.mark.django_db(transaction=True)
def test_outside_of_a_transaction_the_same_is_found_by_one_statement_that_is_planned_once(alice, bob):
    for number in range(12):
        keep(alice, f"statement {number} of Ünal", direction(1, number), pinned=number == 3)
        keep(bob, f"statement {number} of another", direction(1, number))
    keep(alice, "no vector")
    generic_before, custom_before = plans_of_recall()
    for question in ("statement 7", "Ünal", "名前", "", "what?"):
        for vector in (Vector(direction(1, 2)), direction(1, 2), None):
            straight = recall(alice, question, vector, EMBEDDER, count=5)
            with transaction.atomic():
                assert recall(alice, question, vector, EMBEDDER, count=5) == straight
            assert len(straight) in (5, 6)
    generic, custom = plans_of_recall()
    assert generic - generic_before >= 10
    assert custom - custom_before <= 5


@pytest.mark.django_db(transaction=True)
def test_it_is_prepared_again_when_others_have_deallocated_everything(alice):
    keep(alice, "statement", direction(1))
    for _ in range(2):
        assert texts(recall(alice, "statement", Vector(direction(1)), EMBEDDER, count=5)) == ["statement"]
        with connection.cursor() as cursor:
            cursor.execute("DEALLOCATE ALL")


@pytest.mark.django_db(transaction=True)
def test_what_the_database_refuses_is_an_error_of_django(alice):
    keep(alice, "statement", direction(1))
    with pytest.raises(DataError, match="different vector dimensions"):
        recall(alice, "statement", Vector([1.0, 2.0]), EMBEDDER, count=5)
    assert texts(recall(alice, "statement", Vector(direction(1)), EMBEDDER, count=5)) == ["statement"]


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_broke_is_an_operational_error_and_the_next_one_works(alice):
    keep(alice, "statement", direction(1))
    assert recall(alice, "statement", Vector(direction(1)), EMBEDDER, count=5)
    own = connection.connection.info.backend_pid
    with psycopg.connect(connection.connection.info.dsn, autocommit=True) as another:
        another.execute("SELECT pg_terminate_backend(%s, 5000)", [own])
    with pytest.raises(OperationalError):
        recall(alice, "statement", Vector(direction(1)), EMBEDDER, count=5)
    connection.close()
    assert texts(recall(alice, "statement", Vector(direction(1)), EMBEDDER, count=5)) == ["statement"]


def test_recall_reads_a_persons_rows_by_index_also_when_they_own_most_of_the_table(alice, bob):
    for number in range(300):
        keep(alice, f"statement {number}", direction(1, number))
    keep(bob, "another", direction(1))
    own = {"id", "key", "supersedes_id"}
    copied = ", ".join(
        one.column for one in Memory._meta.concrete_fields if not one.generated and one.column not in own
    )
    with connection.cursor() as cursor:
        # A table of a few pages may well be read from end to end.
        cursor.execute(
            f"INSERT INTO memories_memory (key, {copied}) SELECT key || '-' || number, {copied} "
            "FROM memories_memory, generate_series(1, 10) AS number WHERE user_id = %s",
            [alice.pk],
        )
        cursor.execute("SELECT memchat_take_samples(%s)", ["memories_memory"])
        cursor.execute("SET LOCAL plan_cache_mode = force_generic_plan")
        statement = recalling._RECALL
        for name, place in (("vector", "$1"), ("user", "$2"), ("embedder", "$3"), ("terms", "$4"), ("count", "$5")):
            statement = statement.replace(f"%({name})s", place).replace(f"%({name})b", place)
        cursor.execute(f"PREPARE asked (vector, bigint, text, text, int) AS {statement}")
        cursor.execute(
            "EXPLAIN EXECUTE asked (%s, %s, %s, %s, 10)",
            [str(direction(1)), alice.pk, EMBEDDER, owned(alice.pk, "statement")],
        )
        plan = "\n".join(row[0] for row in cursor.fetchall())
        cursor.execute("DEALLOCATE asked")
    assert "memory_recall_by_meaning" in plan
    assert "memory_by_words" in plan
    assert "Seq Scan" not in plan


def test_behind_a_pooler_nothing_is_prepared(alice, settings):
    keep(alice, "statement", direction(1))
    connection.settings_dict["DISABLE_SERVER_SIDE_CURSORS"] = True
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_prepared_statements")
            before = cursor.fetchone()
            assert len(recall(alice, "anything", Vector(direction(1)), EMBEDDER, count=10)) == 1
            cursor.execute("SELECT count(*) FROM pg_prepared_statements")
            assert cursor.fetchone() == before
    finally:
        connection.settings_dict.pop("DISABLE_SERVER_SIDE_CURSORS")


# --- Quality -------------------------------------------------------------------------------------------------------

STATEMENTS = """
My name is Bob Miller
I live in Berlin, in a flat on the third floor
My sister Anna works as a dentist in Hamburg
My brother Tom plays the cello in an orchestra
My dog is called Rex and is four years old
I am allergic to peanuts and shellfish
I work as a nurse at the Charité hospital
My birthday is on 3 May 1990
I prefer dark mode in all my editors
I drink my coffee black, without sugar
My favourite book is The Master and Margarita
I am learning Portuguese for a trip to Lisbon in October
My car is a blue Volkswagen Golf from 2015
I run ten kilometres every Sunday morning
My boss is called Mrs Okafor
I am writing my thesis about urban beekeeping
My landlord's name is Herr Schulze
I met Elena at a chess tournament in 2019
My doctor prescribed ibuprofen for my knee
I cannot stand horror films
My phone number ends in 4471
We got married on 12 June 2016 in Prague
My daughter Mia starts school in September
I use Neovim on Arch Linux
The wifi at home is slow in the evening
""".strip().splitlines()

QUESTIONS = {
    "What am I called?": "My name is Bob Miller",
    "What's my name?": "My name is Bob Miller",
    "When is my birthday?": "My birthday is on 3 May 1990",
    "Which foods make me ill? Do I have an allergy?": "I am allergic to peanuts and shellfish",
    "What does Anna do for a living?": "My sister Anna works as a dentist in Hamburg",
    "Who is Elena?": "I met Elena at a chess tournament in 2019",
    "What instrument does my sibling play in the orchestra?": "My brother Tom plays the cello in an orchestra",
    "What vehicle do I drive?": "My car is a blue Volkswagen Golf from 2015",
    "When did we marry?": "We got married on 12 June 2016 in Prague",
    "Which editor do I use?": "I use Neovim on Arch Linux",
    "What is my puppy's name?": "My dog is called Rex and is four years old",
    "What is Mia doing this autumn?": "My daughter Mia starts school in September",
    "What happened in 2016?": "We got married on 12 June 2016 in Prague",
    "How do I take my espresso, with sugar?": "I drink my coffee black, without sugar",
    "Which language am I studying?": "I am learning Portuguese for a trip to Lisbon in October",
    "Who is in charge of me at the job, Okafor?": "My boss is called Mrs Okafor",
    "What was I given for knee pain?": "My doctor prescribed ibuprofen for my knee",
    "What is my dissertation about?": "I am writing my thesis about urban beekeeping",
    "Which novel do I like best?": "My favourite book is The Master and Margarita",
    "What sport do I do at the weekend?": "I run ten kilometres every Sunday morning",
    "Who is Herr Schulze?": "My landlord's name is Herr Schulze",
    "What happened on 12 June?": "We got married on 12 June 2016 in Prague",
    "What is 4471?": "My phone number ends in 4471",
    "Where did I meet Elena?": "I met Elena at a chess tournament in 2019",
    "Tell me about Rex": "My dog is called Rex and is four years old",
    "What was in 2019?": "I met Elena at a chess tournament in 2019",
    "Is Tom a musician?": "My brother Tom plays the cello in an orchestra",
}


def test_meaning_and_words_together_find_no_less_than_either_alone(alice):
    for text in STATEMENTS:
        remember(alice, text, origin=Origin.SAID)
    embedder = current_embedder()

    def hits(words: bool, meaning: bool) -> int:
        """Questions whose answer is among the three best."""
        return sum(
            answer
            in texts(
                recall(
                    alice,
                    question if words else "",
                    embedder.embed([question])[0] if meaning else None,
                    embedder.name,
                    count=3,
                )
            )
            for question, answer in QUESTIONS.items()
        )

    both, by_words, by_meaning = hits(True, True), hits(True, False), hits(False, True)
    assert both >= max(by_words, by_meaning)
    assert both > by_words
    assert both >= 0.9 * len(QUESTIONS)
