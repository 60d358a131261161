"""Everything that changes what is remembered: nothing is lost, nothing is stored twice, nobody touches another's."""

from __future__ import annotations

import threading
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import close_old_connections, connection
from django.utils import timezone

from memories.categories import guess_category
from memories.embedding import registry
from memories.embedding.base import Embedder, EmbedderError, EmbedderUnavailable, Vector
from memories.exchange.applying import Choice, apply
from memories.exchange.entries import Entry
from memories.models import Category, Ending, Memory, Origin, Proposal
from memories.recall import recall
from memories.writing import (
    adjust,
    approve,
    checks,
    correct,
    embed_missing,
    embedding,
    erase,
    forget,
    forget_all,
    forget_matching,
    remember,
    restore,
    rows,
    take_back,
    undo_forget,
    undo_forget_many,
)


def say(user, text, **options):
    outcome = remember(user, text, origin=Origin.SAID, **options)
    assert outcome.kind == "remembered", outcome
    return outcome.memory


def current(user):
    return set(Memory.objects.of(user).current().values_list("text", flat=True))


class OneDirection(Embedder):
    """Turns every text into the same vector, except those it was told to refuse; can be switched off."""

    name, dimensions, is_local, batch_size = "one-direction-3", 3, True, 4

    def __init__(self):
        self.reachable = True
        self.calls = 0

    def embed(self, texts):
        self.calls += 1
        if not self.reachable:
            raise EmbedderUnavailable("switched off")
        if any("meaningless" in text for text in texts):
            raise EmbedderError("no meaning")
        return self.checked([Vector([1.0, 2.0, 3.0]) for _ in texts], len(texts))


@pytest.fixture
def another_embedder(monkeypatch):
    embedder = OneDirection()
    for module in (registry, embedding, rows):
        monkeypatch.setattr(module, "current_embedder", lambda: embedder)
    return embedder


# --- Remember ------------------------------------------------------------------------------------------------------


def test_what_is_remembered_can_be_found_and_says_where_it_comes_from(alice):
    thread, message = uuid4(), uuid4()
    memory = say(alice, "My name is Bob", source_thread=thread, source_message=message)
    memory.refresh_from_db()
    assert memory.text == "My name is Bob"
    assert (memory.origin, memory.source_thread, memory.source_message) == (Origin.SAID, thread, message)
    assert memory.embedder == "wordllama-256"
    assert memory.dimensions == 256
    assert memory.namespace == "memories"


@pytest.mark.parametrize("again", ["My name is Bob", " my NAME is bob. ", "“My name is Bob!”"])
def test_the_same_statement_is_kept_once(alice, again):
    first = say(alice, "My name is Bob")
    outcome = remember(alice, again, origin=Origin.SAID)
    assert outcome.kind == "known"
    assert outcome.memory == first
    assert Memory.objects.of(alice).count() == 1


def test_what_alice_said_is_new_when_bob_says_it(alice, bob):
    say(alice, "I live in Berlin")
    assert remember(bob, "I live in Berlin", origin=Origin.SAID).kind == "remembered"


def test_what_was_forgotten_can_be_said_again(alice):
    forget(say(alice, "I live in Berlin"))
    assert remember(alice, "I live in Berlin", origin=Origin.SAID).kind == "remembered"
    assert current(alice) == {"I live in Berlin"}


def test_a_key_in_use_supersedes_what_it_held(alice):
    old = say(alice, "I live in Berlin", key="home")
    new = say(alice, "I live in Lisbon", key="home")
    old.refresh_from_db()
    assert new.supersedes == old
    assert old.ending == Ending.SUPERSEDED
    assert current(alice) == {"I live in Lisbon"}


@pytest.mark.parametrize("text", ["", "   ", "\n\t", "\x00", " \x00 "])
def test_nothing_is_refused_as_nothing(alice, text):
    outcome = remember(alice, text, origin=Origin.SAID)
    assert outcome.kind == "refused"
    assert outcome.memory is None
    assert "nothing" in outcome.reason


def test_what_the_database_cannot_store_is_put_right(alice):
    assert say(alice, "My name\x00 is \ud83d\ude00 \ud800").text == "My name is \U0001f600 \ufffd"


def test_a_statement_may_be_long_but_not_too_long(alice):
    say(alice, "x " * 1999 + "xy")
    outcome = remember(alice, "x" * 4001, origin=Origin.SAID)
    assert outcome.kind == "refused"
    assert "4,000" in outcome.reason


def test_a_secret_is_never_stored(alice):
    outcome = remember(alice, "my key is sk-" + "a1b2c3d4e5" * 3, origin=Origin.SAID)
    assert outcome.kind == "refused"
    assert "key" in outcome.reason
    assert not Memory.objects.of(alice).exists()
    memory = say(alice, "I live in Berlin")
    assert correct(memory, "my password is hunter22").kind == "refused"
    assert current(alice) == {"I live in Berlin"}


def test_there_is_a_limit_of_memories_and_a_correction_is_still_possible(alice, settings):
    settings.MEMORIES_PER_PERSON = 2
    first = say(alice, "one", key="first")
    say(alice, "two")
    assert remember(alice, "three", origin=Origin.SAID).kind == "refused"
    assert remember(alice, "two", origin=Origin.SAID).kind == "known"
    assert correct(first, "uno").kind == "remembered"
    assert remember(alice, "eins", origin=Origin.SAID, key="first").kind == "remembered"
    assert current(alice) == {"eins", "two"}


def test_a_guess_of_the_category_can_be_overruled(alice):
    assert say(alice, "I am allergic to peanuts").category == Category.HEALTH
    assert say(alice, "I am allergic to cats", category=Category.OTHER).category == Category.OTHER


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("I prefer tea", Category.PREFERENCE),
        ("My sister is called Anna", Category.PERSON),
        ("I live in Berlin", Category.PLACE),
        ("I work as a nurse", Category.WORK),
        ("The deadline of my project is Friday", Category.PROJECT),
        ("My name is Bob", Category.FACT),
        ("", Category.FACT),
    ],
)
def test_categories_are_guessed_from_words(text, category):
    assert guess_category(text) == category


@pytest.mark.django_db(transaction=True)
def test_the_same_statement_from_two_tabs_at_once_is_kept_once(django_user_model):
    user = django_user_model.objects.create_user("alice")
    kinds = []
    together = threading.Barrier(6)

    def write():
        together.wait(10)
        try:
            kinds.append(remember(user, "My name is Bob", origin=Origin.SAID).kind)
        finally:
            connection.close()

    threads = [threading.Thread(target=write) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    close_old_connections()
    assert sorted(kinds) == ["known"] * 5 + ["remembered"]
    assert Memory.objects.of(user).count() == 1


# --- When the embedder fails ---------------------------------------------------------------------------------------


def test_without_its_embedder_a_memory_is_stored_and_found_by_words(alice, another_embedder):
    another_embedder.reachable = False
    memory = say(alice, "My dog is called Rex")
    memory.refresh_from_db()
    assert (memory.embedder, memory.dimensions, memory.embedding) == ("", None, None)
    assert [one.text for one in recall(alice, "dog", None, "one-direction-3", count=3)] == ["My dog is called Rex"]


def test_what_has_no_vector_gets_one_later(alice, another_embedder):
    another_embedder.reachable = False
    for number in range(6):
        say(alice, f"statement {number}")
    with pytest.raises(EmbedderUnavailable):
        embed_missing()
    another_embedder.reachable = True
    assert embed_missing(limit=4) == 4
    assert embed_missing(limit=4) == 2
    assert embed_missing(limit=4) == 0
    assert set(Memory.objects.values_list("embedder", "dimensions")) == {("one-direction-3", 3)}


def test_what_has_ended_is_not_embedded_again(alice, another_embedder):
    another_embedder.reachable = False
    forget(say(alice, "statement"))
    another_embedder.reachable = True
    assert embed_missing() == 0


def test_one_text_without_meaning_does_not_keep_the_others_from_their_vectors(alice, another_embedder):
    another_embedder.reachable = False
    for text in ("one", "meaningless", "three"):
        say(alice, text)
    another_embedder.reachable = True
    assert embed_missing() == 2
    assert Memory.objects.get(text="meaningless").embedder == ""


def test_reembed_brings_everybody_over_and_says_so(alice, bob, another_embedder, capsys, monkeypatch):
    for user in (alice, bob):
        for number in range(5):
            say(user, f"statement {number}")
    Memory.objects.update(embedder="older-3")
    call_command("reembed", "--batch", "3")
    assert set(Memory.objects.values_list("embedder", flat=True)) == {"one-direction-3"}
    assert "10 memories have a vector of one-direction-3 now" in capsys.readouterr().out


def test_reembed_that_was_cut_off_goes_on_where_it_stopped(alice, another_embedder):
    for number in range(8):
        say(alice, f"statement {number}")
    Memory.objects.update(embedder="older-3")
    embed_missing(limit=4)
    another_embedder.reachable = False
    with pytest.raises(CommandError, match="run this again"):
        call_command("reembed")
    another_embedder.reachable, another_embedder.calls = True, 0
    call_command("reembed")
    assert another_embedder.calls == 1
    assert not Memory.objects.exclude(embedder="one-direction-3").exists()


def test_reembed_is_not_kept_busy_by_texts_without_meaning(alice, another_embedder, capsys):
    another_embedder.reachable = False
    for number in range(5):
        say(alice, f"meaningless {number}")
    another_embedder.reachable = True
    call_command("reembed", "--batch", "2")
    assert "5 have none" in capsys.readouterr().out


def test_words_can_be_indexed_again(alice):
    memory = say(alice, "I live in Berlin")
    terms = memory.terms
    Memory.objects.update(terms=[], word_count=0, fingerprint="")
    call_command("reembed", "--words")
    memory.refresh_from_db()
    assert memory.terms == terms
    assert remember(alice, "i live in berlin", origin=Origin.SAID).kind == "known"


# --- Correct, forget, and back -------------------------------------------------------------------------------------


def test_a_correction_is_a_new_row_and_the_old_one_stays_as_history(alice):
    old = say(alice, "I live in Berlin", pinned=True, category=Category.OTHER)
    new = correct(old, "I live in Lisbon").memory
    old.refresh_from_db()
    assert (new.key, new.supersedes, new.pinned, new.category, new.origin) == (
        old.key, old, True, Category.OTHER, Origin.WRITTEN,
    )  # fmt: skip
    assert (old.text, old.ending) == ("I live in Berlin", Ending.SUPERSEDED)
    assert old.ended_at is not None
    assert current(alice) == {"I live in Lisbon"}


@pytest.mark.parametrize("said", ["I rent in Lisbon", "I rent in Berlin"])
@pytest.mark.parametrize("way", ["corrected", "restored", "approved", "imported"])
def test_what_takes_the_place_of_something_expired_is_not_expired_from_birth(alice, way, said):
    first = say(alice, "I rent in Lisbon")
    memory = correct(first, "I rent in Berlin").memory
    adjust(memory, category=memory.category, pinned=False, expires_at=timezone.now() - timedelta(days=1))
    if way == "corrected":
        correct(memory, said)
    elif way == "restored":
        restore(first if said == first.text else memory)
    elif way == "approved":
        proposal = Proposal.objects.create(user=alice, text=said, sensitive="health", origin="said", replaces=memory)
        approve(proposal)
    else:
        apply(alice, [Choice(Entry(said), memory.pk)])
    assert current(alice) == {said}


def test_an_import_in_the_place_of_a_memory_lasts_as_long_as_the_file_says(alice):
    soon = timezone.now() + timedelta(days=1)
    counts = apply(alice, [Choice(Entry("I rent in Rome", expires_at=soon), say(alice, "I rent in Berlin").pk)])
    assert (counts["replaced"], Memory.objects.of(alice).current().get().expires_at) == (1, soon)
    over = Entry("I rent in Paris", expires_at=timezone.now())
    assert apply(alice, [Choice(over), Choice(over, Memory.objects.of(alice).current().get().pk)])["refused"] == 2
    assert current(alice) == {"I rent in Rome"}


def test_a_correction_of_the_case_alone_is_one(alice):
    memory = say(alice, "my name is bob")
    assert correct(memory, "My name is Bob").kind == "remembered"
    assert current(alice) == {"My name is Bob"}


def test_correcting_into_what_is_known_keeps_one(alice):
    berlin, lisbon = say(alice, "I live in Berlin"), say(alice, "I live in Lisbon")
    outcome = correct(berlin, "I live in Lisbon")
    assert (outcome.kind, outcome.memory) == ("known", lisbon)
    assert current(alice) == {"I live in Lisbon"}


def test_what_was_corrected_into_something_known_is_forgotten_and_comes_back_beside_it(alice):
    tea, coffee = say(alice, "I drink tea", pinned=True), say(alice, "I drink coffee")
    adjust(coffee, category=coffee.category, pinned=False, expires_at=timezone.now() + timedelta(days=1))
    assert correct(tea, coffee.text).replaced == tea
    known = Memory.objects.of(alice).current().get()
    assert (known.pk, known.supersedes, known.pinned, known.expires_at) == (coffee.pk, None, True, None)
    assert [memory.text for memory in Memory.objects.of(alice).filter(ending=Ending.FORGOTTEN)] == [tea.text]
    undo_forget(tea)
    assert current(alice) == {tea.text, coffee.text}
    forget(known)
    assert current(alice) == {tea.text}


@pytest.mark.parametrize("back", [undo_forget, restore])
@pytest.mark.parametrize("key", [None, "drink"])
def test_what_was_corrected_into_something_with_a_history_or_a_name_of_its_own_comes_back(alice, key, back):
    tea, coffee = say(alice, "I drink tea"), say(alice, "I drink coffee", key=key)
    water = say(alice, "I drink water")
    known = coffee if key else correct(coffee, "I drink cocoa").memory
    for memory in (tea, water):
        assert correct(memory, known.text, is_newer_fact=True).memory == known
    assert current(alice) == {known.text}
    for memory in (tea, water):
        assert back(memory).kind == "remembered"
    assert current(alice) == {tea.text, water.text, known.text}
    assert set(Memory.objects.of(alice).current().values_list("valid_until", flat=True)) == {None}
    known.refresh_from_db()
    assert known.key == coffee.key


def test_of_two_corrections_of_the_same_memory_the_later_is_told(alice):
    memory = say(alice, "I live in Berlin")
    correct(memory, "I live in Lisbon")
    outcome = correct(memory, "I live in Rome")
    assert outcome.kind == "refused"
    assert "meantime" in outcome.reason
    assert current(alice) == {"I live in Lisbon"}


def test_what_is_forgotten_is_gone_from_recall_and_can_be_had_back(alice):
    memory = say(alice, "I live in Berlin")
    assert forget(memory)
    assert not forget(memory)
    assert memory.ending == Ending.FORGOTTEN
    assert recall(alice, "Berlin", None, "wordllama-256", count=5) == []
    assert undo_forget(memory).kind == "remembered"
    assert current(alice) == {"I live in Berlin"}


def test_undoing_twice_or_after_it_was_said_again_keeps_one(alice):
    memory = say(alice, "I live in Berlin")
    forget(memory)
    say(alice, "I live in Berlin")
    assert undo_forget(memory).kind == "known"
    assert Memory.objects.of(alice).current().count() == 1


def test_a_superseded_memory_is_restored_as_the_newest_version(alice):
    first = say(alice, "I live in Berlin")
    second = correct(first, "I live in Lisbon").memory
    third = restore(first).memory
    assert (third.text, third.supersedes, third.key) == ("I live in Berlin", second, first.key)
    assert current(alice) == {"I live in Berlin"}


def test_an_earlier_version_of_something_forgotten_can_be_restored(alice):
    first = say(alice, "I live in Berlin")
    second = correct(first, "I live in Lisbon").memory
    forget(second)
    assert restore(first).kind == "remembered"
    assert current(alice) == {"I live in Berlin"}


def test_taking_back_what_replaced_something_brings_the_older_back(alice):
    new = correct(say(alice, "I live in Berlin"), "I live in Lisbon").memory
    take_back(new)
    assert current(alice) == {"I live in Berlin"}
    take_back(say(alice, "I live on the moon"))
    assert current(alice) == {"I live in Berlin"}


def test_what_is_erased_leaves_nothing(alice, bob):
    other = say(bob, "I live in Berlin", key="home")
    first = say(alice, "I live in Berlin", key="home")
    forget(correct(first, "I live in Lisbon").memory)
    assert erase(first) == 2
    assert not Memory.objects.of(alice).exists()
    assert Memory.objects.filter(pk=other.pk).exists()


def test_forgetting_everything_is_one_persons_everything(alice, bob):
    say(alice, "one")
    Memory.objects.filter(pk=say(alice, "two").pk).update(expires_at=timezone.now() - timedelta(days=1))
    say(bob, "three")
    assert {memory.text for memory in forget_all(alice)} == {"one", "two"}
    assert current(alice) == set()
    assert current(bob) == {"three"}
    assert forget_all(alice) == []


def test_pins_are_limited(alice, monkeypatch):
    monkeypatch.setattr(checks, "PINS_PER_PERSON", 1)
    say(alice, "one", pinned=True)
    two = say(alice, "two", pinned=True)
    assert not two.pinned
    assert adjust(two, category="fact", pinned=True, expires_at=None).kind == "refused"
    assert adjust(two, category="work", pinned=False, expires_at=None).memory.category == "work"


# --- Forget what a request means -----------------------------------------------------------------------------------

CAST = """
My name is Bob Miller
My dog's name is Rex
My address is 12 Rose Street, London
My email address is bob@example.org
I live in Berlin
My sister Anna lives in Hamburg
My sister's birthday is on 4 July
I like coffee with milk
I don't like tea
I am allergic to peanuts
我的地址是柏林
""".strip().splitlines()


@pytest.mark.parametrize(
    ("query", "meant"),
    [
        ("my name", {"My name is Bob Miller"}),
        ("my dog's name", {"My dog's name is Rex"}),
        ("my address", {"My address is 12 Rose Street, London"}),
        ("my email address", {"My email address is bob@example.org"}),
        ("where I live", {"I live in Berlin"}),
        ("that I live in Berlin", {"I live in Berlin"}),
        ("where my sister lives", {"My sister Anna lives in Hamburg"}),
        ("what my name is", {"My name is Bob Miller"}),
        ("what my dog's name is", {"My dog's name is Rex"}),
        ("when my sister's birthday is", {"My sister's birthday is on 4 July"}),
        ("where my mother lives", set()),
        ("where I work", set()),
        ("how much I earn", set()),
        ("my sister", {"My sister Anna lives in Hamburg"}),
        ("everything about Anna", {"My sister Anna lives in Hamburg"}),
        ("that I like coffee", {"I like coffee with milk"}),
        ("my allergies", {"I am allergic to peanuts"}),
        ("peanuts", {"I am allergic to peanuts"}),
        ("我的地址", {"我的地址是柏林"}),
        ("MY NAME IS BOB MILLER!", {"My name is Bob Miller"}),
        ("that I like tea", set()),
        ("my salary", set()),
        ("my cat's name", set()),
        ("my sister's address", set()),
        ("it", set()),
        ("that", set()),
        ("", set()),
        ("what I said about quantum physics", set()),
    ],
)
def test_a_request_forgets_exactly_what_it_clearly_means(alice, query, meant):
    for text in CAST:
        say(alice, text)
    assert {memory.text for memory in forget_matching(alice, query)} == meant
    assert current(alice) == set(CAST) - meant


@pytest.mark.parametrize(
    ("query", "meant", "other"),
    [
        ("how much I earn", "I earn 5000 euros a month", "My sister earns more"),
        ("wo ich wohne", "Ich wohne in Graz", "Meine Schwester wohnt in Linz"),
        ("wie meine Katze heißt", "Meine Katze heißt Mia", "Meine Schwester heißt Anna"),
        ("où je travaille", "Je travaille à Lyon", "Ma sœur travaille à Nice"),
        ("comment s'appelle mon chat", "Mon chat s'appelle Tom", "Ma sœur s'appelle Anna"),
        ("dónde vivo", "Vivo en Lima", "Mi hermana vive en Quito"),
        ("onde eu moro", "Eu moro em Lisboa", "Minha irmã mora no Porto"),
    ],
)
def test_what_is_asked_for_in_a_question_is_forgotten_in_other_languages_too(alice, query, meant, other):
    for text in (meant, other):
        say(alice, text)
    assert [memory.text for memory in forget_matching(alice, query)] == [meant]


@pytest.mark.parametrize(
    ("query", "kept"),
    [
        ("where I live", ["My home is in Berlin", "My sister Anna lives in Hamburg", "Anna lives in Hamburg"]),
        ("where I work", ["I am employed at Google", "My brother works at BMW", "My work is hard"]),
        ("when I was born", ["My birthday is 3 May 1980", "My daughter Lea was born in 2019"]),
        ("what I weigh", ["My suitcase weighs 12 kg"]),
        ("how much I weigh", ["My suitcase weighs 12 kg"]),
        ("comment je m'appelle", ["Mon nom est Paul", "Mon chat s'appelle Tom"]),
        ("où j'habite", ["Je vis à Paris", "Ma soeur habite à Nice"]),
        ("wo ich arbeite", ["Ich bin bei Siemens", "Meine Frau arbeitet bei BMW"]),
    ],
)
def test_what_somebody_else_does_is_not_what_the_person_means(alice, query, kept):
    for text in kept:
        say(alice, text)
    assert forget_matching(alice, query) == []


@pytest.mark.parametrize(
    ("query", "meant", "others"),
    [
        ("my job", "I have a job at Acme", "My husband has a job at BMW"),
        ("my job", "Has a job at Acme", "My husband has a job at BMW"),
        ("my dog", "I've got a dog called Rex", "My neighbour has a dog"),
        ("my birthday", "The user's birthday is on 3 May", "Anna celebrates her birthday in July"),
        ("my address", "My home address is 5 Elm Street", "My email address is bob@example.org"),
        ("that I'm allergic to nuts", "I am very allergic to nuts", "My son is allergic to nuts"),
        ("that I'm vegan", "I am a vegan", "My sister is vegan"),
        ("that im vegan", "I'm vegan", "My sister is vegan"),
        ("meinen Geburtstag", "Mein Geburtstag ist am 3. Mai", "Anna hat am 4. Juli Geburtstag"),
        ("meinen Geburtstag", "Ich habe am 3. Mai Geburtstag", "Der Geburtstag meiner Mutter ist im Mai"),
        ("meinen Namen", "Mein Name ist Bob", "Der Name meiner Katze ist Mia"),
        ("meinen Job", "Mein neuer Job macht Freude", "Mein Bruder hat einen neuen Job"),
        ("mon travail", "J'ai un travail à Lyon", "Ma sœur cherche un travail"),
        ("mi trabajo", "Trabajo en un banco", "Mi hermano busca trabajo"),
        ("meu trabalho", "Trabalho num banco", "Meu irmão procura trabalho"),
    ],
)
def test_what_is_said_of_somebody_else_stays_when_the_person_has_their_own_forgotten(alice, query, meant, others):
    say(alice, others)
    assert forget_matching(alice, query) == []
    say(alice, meant)
    assert [memory.text for memory in forget_matching(alice, query)] == [meant]


@pytest.mark.parametrize("text", ["The user lives in Berlin", "Lives in Berlin", "User lives in Berlin"])
def test_what_a_model_has_noted_of_the_person_is_theirs(alice, text):
    say(alice, text)
    say(alice, "The user's sister lives in Hamburg")
    assert [memory.text for memory in forget_matching(alice, "where I live")] == [text]


@pytest.mark.parametrize(
    ("query", "other"), [("that I hate olives", "I love olives"), ("that I am vegan", "I am vegetarian")]
)
def test_the_opposite_and_what_is_only_like_it_is_not_what_was_asked_for(alice, query, other):
    say(alice, other)
    assert forget_matching(alice, query) == []


def test_several_that_are_clearly_meant_are_all_forgotten(alice):
    for text in ("Rex is four years old", "I walk with Rex every day", "I have a cat"):
        say(alice, text)
    assert len(forget_matching(alice, "everything about Rex")) == 2
    assert current(alice) == {"I have a cat"}


def test_a_name_of_something_else_is_not_ones_own(alice):
    say(alice, "My dog's name is Rex")
    say(alice, "The name of my cat is Tom")
    assert forget_matching(alice, "my name") == []


def test_what_the_person_is_called_is_their_name_in_the_third_person_too(alice):
    say(alice, "The user's name is Bob")
    say(alice, "My dog's name is Rex")
    assert [memory.text for memory in forget_matching(alice, "my name")] == ["The user's name is Bob"]


def test_bob_forgets_nothing_of_alices(alice, bob):
    memory = say(alice, "My address is 12 Rose Street")
    assert forget_matching(bob, "my address") == []
    assert forget_matching(bob, "My address is 12 Rose Street") == []
    memory.refresh_from_db()
    assert memory.ended_at is None


def test_what_is_had_back_with_others_comes_back_as_it_does_alone(alice):
    expired = remember(alice, "I am in Lisbon", origin=Origin.SAID).memory
    Memory.objects.filter(pk=expired.pk).update(expires_at=timezone.now() - timedelta(days=1))
    again = remember(alice, "I am in Lisbon", origin=Origin.SAID).memory
    tea, _coffee = (remember(alice, text, origin=Origin.WRITTEN).memory for text in ("I drink tea", "I drink coffee"))
    correct(tea, "I drink coffee", is_newer_fact=True)
    forget(again)
    assert undo_forget_many(alice, [again.pk, tea.pk]) == 2
    for memory in (again, tea):
        memory.refresh_from_db()
        assert (memory.ended_at, memory.valid_until) == (None, None)


def test_what_was_to_end_lasts_when_the_person_says_it_again(alice):
    friday = timezone.now() + timedelta(days=2)
    memory = remember(alice, "I am in Lisbon", origin=Origin.WRITTEN, expires_at=friday).memory
    remember(alice, "I am in Lisbon", origin=Origin.LEARNED)
    memory.refresh_from_db()
    assert memory.expires_at == friday, "nobody has said that it lasts"
    assert remember(alice, "I am in Lisbon", origin=Origin.SAID).kind == "known"
    memory.refresh_from_db()
    assert memory.expires_at is None
