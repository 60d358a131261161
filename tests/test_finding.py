"""Finding threads and messages again: search, pins, the archive, tags, and opening a thread at a message."""

from __future__ import annotations

import re
import time
import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from conversations import temporary
from conversations.finding import indexing, search
from conversations.finding.search import Question
from conversations.finding.snippets import SEARCHED_CHARS, snippet
from conversations.finding.terms import asked_for, language_of, terms_of_message
from conversations.imports import storing
from conversations.imports.found import FoundMessage, FoundThread
from conversations.models import Message, MessageRole, MessageTerms, MessageVector, State, Thread
from conversations.turns import accepting, ending, frames, ledger, steering
from conversations.turns.ending import Ending
from conversations.views.pages import PAGE_MESSAGES
from conversations.views.thread_list import PAGE_THREADS
from memchat.postgres.prepared import PreparedStatement
from memories.embedding.base import Embedder, EmbedderUnavailable
from memories.embedding.registry import current_embedder

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(client, alice):
    client.force_login(alice)
    return client


def a_turn(user, text="Hello", reply="Hi there.", thread=None, **more):
    accepted = accepting.accept(user.pk, thread and thread.pk, uuid.uuid4(), text, owner="here", **more)
    ending.finish(accepted.claim, Ending(State.COMPLETE, reply))
    return accepted


def found(user, text, **more):
    """The texts of the messages that a search finds by words, best first."""
    question = Question.of(text, **more)
    by_words = search.messages(user.pk, question)
    ids = [pk for pk in by_words.ids if pk not in by_words.by_meaning]
    return [place.message.text for place in search.places(user.pk, question, by_words, ids)]


def marked(parts):
    return [part.text for part in parts if part.marked]


def body(response):
    return response.content.decode()


# --- Words ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("What is the best way to cook rice for two people?", "english"),
        ("Wie koche ich den Reis für zwei Leute, ohne dass er anbrennt?", "german"),
        ("Quelle est la meilleure façon de cuire du riz pour deux personnes ?", "french"),
        ("¿Cuál es la mejor forma de cocinar arroz para dos personas?", "spanish"),
        ("Qual é a melhor forma de cozinhar arroz para duas pessoas, sem que ele queime?", "portuguese"),
        ("Rice", ""),
        ("おいしいご飯の炊き方", ""),
    ],
)
def test_the_language_of_a_message_is_told_by_its_small_words(text, language):
    assert language_of(text) == language


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("I was running in the park with my dogs yesterday", "dog run"),
        ("Ich habe die Häuser in der Stadt gesehen und mag sie nicht", "Haus"),
        ("Das ist die Rechnung für den Umbau und die Möbel", "Rechnungen"),
        ("Quelles sont les meilleures recettes de cuisine pour les enfants ?", "recette"),
        ("¿Cuáles son las mejores recetas de cocina para los niños?", "receta"),
        ("Мои любимые книги стоят на полке", "книга"),
        ("東京大学で日本語を勉強しています", "東京"),
        ("東京大学で日本語を勉強しています", "京"),
        ("我想学习如何做宫保鸡丁", "鸡丁"),
        ("我养了一只猫。", "猫"),
        ("彼はPythonが好きだ", "だ"),
        ("서울에서 부산까지 기차로 가는 방법", "부산"),
        ("Ask José about the Müller contract", "jose muller"),
        ("Bob's house isn't far", "bob house"),
        ("error 0x80070005 while updating", "0x80070005"),
        ("Rechnungen", "Rechnung"),
    ],
)
def test_a_message_is_found_by_its_words_in_any_form_and_language(alice, written, asked):
    a_turn(alice, written)
    assert written in found(alice, asked)


@pytest.mark.parametrize("asked", ["猫", "我", "一", "只猫"])
def test_a_title_without_spaces_is_found_by_any_of_its_characters(alice, asked):
    turn = a_turn(alice)
    Thread.objects.filter(pk=turn.message.thread_id).update(title="我养了一只猫")
    assert len(search.titles(alice.pk, Question.of(asked), 5)) == 1


def test_the_word_that_is_being_typed_finds_what_begins_with_it(alice):
    a_turn(alice, "The hippopotamus sleeps")
    assert found(alice, "hippo") == []
    assert found(alice, "hippo", typing=True) == ["The hippopotamus sleeps"]
    assert found(alice, "sleeps hippo", typing=True) == ["The hippopotamus sleeps"]


def test_what_has_no_words_is_looked_for_as_it_stands(alice):
    a_turn(alice, "I love C++ 🎉")
    a_turn(alice, "to be or not to be")
    assert found(alice, "🎉") == ["I love C++ 🎉"]
    assert found(alice, "++") == ["I love C++ 🎉"]
    assert found(alice, "or not to be") == ["to be or not to be"]


def test_a_message_with_all_the_words_stands_first_and_a_misspelt_word_is_forgiven(alice):
    a_turn(alice, "Rice and beans")
    a_turn(alice, "Rice with a curry of lentils")
    a_turn(alice, "Beans on toast")
    assert found(alice, "rice beans")[0] == "Rice and beans"
    assert set(found(alice, "rice beans")) == {"Rice and beans", "Rice with a curry of lentils", "Beans on toast"}
    assert found(alice, "rice curry xyzzyq")[0] == "Rice with a curry of lentils"


ODD = ["'", "\\", "a' | 'b", "it's & !x", "(((", ":*", "quotes:*", "%", "_", "\x00", "a" * 5_000, "' OR 1=1 --"]


def test_words_of_a_search_cannot_become_a_query_of_their_own(alice):
    a_turn(alice, "It's a \\ matter of quotes")
    for text in ODD:
        for typing in (False, True):
            search.messages(alice.pk, Question.of(text, typing=typing))
            search.titles(alice.pk, Question.of(text, typing=typing), 5)
    assert found(alice, "quotes") == ["It's a \\ matter of quotes"]


def test_a_text_with_more_words_than_an_index_holds_is_found_by_the_first_of_them(alice):
    text = " ".join(f"{uuid.uuid4().hex}{uuid.uuid4().hex}" for _ in range(25_000))
    terms = terms_of_message(text, alice.pk)
    assert len(terms) < 25_000
    thread = Thread.objects.create(user=alice)
    message = Message.objects.create(thread=thread, user=alice, role=MessageRole.USER, text=text)
    assert indexing.index([message.pk]) == 1
    assert found(alice, text.split()[3]) == [text]


# --- What is searched ----------------------------------------------------------------------------------------------


def test_nobody_finds_what_is_somebody_elses(alice, bob, client):
    a_turn(alice, "The quokka lives on Rottnest", "A quokka is a small wallaby.")
    Thread.objects.create(user=alice, title="About the quokka")
    client.force_login(bob)
    assert found(bob, "quokka") == []
    for headers in ({}, {"X-Requested-With": "fetch"}):
        answer = body(client.get(reverse("search"), {"q": "quokka"}, headers=headers))
        assert "Rottnest" not in answer
        assert "wallaby" not in answer
        assert "About the" not in answer


def test_a_thread_of_somebody_else_cannot_be_searched_by_its_id(alice, bob, client):
    turn = a_turn(alice, "The quokka lives on Rottnest")
    client.force_login(bob)
    answer = body(client.get(reverse("search"), {"q": "quokka", "thread": str(turn.thread.pk)}))
    assert "Rottnest" not in answer


def test_temporary_threads_are_never_searched_until_they_are_kept(alice):
    turn = a_turn(alice, "The quokka is a secret", temporary=True)
    assert not MessageTerms.objects.exists()
    assert not MessageVector.objects.exists()
    assert indexing.note_missed() == 0
    assert search.messages(alice.pk, Question.of("quokka")).ids == []
    assert search.titles(alice.pk, Question.of("quokka"), 5) == []
    temporary.keep(Thread.objects.get(pk=turn.thread.pk))
    assert found(alice, "quokka") == ["The quokka is a secret"]


def test_a_deleted_thread_is_not_found_and_leaves_no_words(alice):
    turn = a_turn(alice, "The quokka lives on Rottnest")
    assert found(alice, "quokka")
    Thread.objects.get(pk=turn.thread.pk).delete()
    assert found(alice, "quokka") == []
    assert not MessageTerms.objects.exists()
    assert not MessageVector.objects.exists()


def test_a_turn_is_found_from_the_moment_it_ends(alice):
    accepted = accepting.accept(alice.pk, None, uuid.uuid4(), "Tell me of the quokka", owner="here")
    assert found(alice, "quokka") == []
    ending.finish(accepted.claim, Ending(State.FAILED, "", error_kind="timed_out"))
    assert found(alice, "quokka") == ["Tell me of the quokka"]
    again = steering.retry(alice.pk, accepted.reply.pk, owner="here")
    ending.finish(again.claim, Ending(State.COMPLETE, "It lives on an island."))
    assert found(alice, "island") == ["It lives on an island."]


def test_a_reply_whose_process_died_is_found_too(alice):
    accepted = accepting.accept(alice.pk, None, uuid.uuid4(), "Tell me of the quokka", owner="dead")
    ledger.checkpoint([ledger.Part(accepted.claim, "It lives on an isl")])
    with connection.cursor() as cursor:
        cursor.execute("UPDATE conversations_run SET lease_expires_at = now() - interval '1 minute'")
    ledger.sweep("here", lambda text: (text, 1))
    assert found(alice, "isl") == ["It lives on an isl"]


def test_imported_threads_are_found(alice):
    messages = [FoundMessage(key="1", parent=None, role="user", text="Where do quokkas live?")]
    storing.store(alice.pk, FoundThread("chatgpt", "1", "Animals", None, None, messages))
    assert found(alice, "quokka") == ["Where do quokkas live?"]


def test_messages_from_before_there_was_a_search_get_their_words_from_the_job(alice):
    thread = Thread.objects.create(user=alice)
    for text in ("A quokka", "", "An echidna"):
        Message.objects.create(thread=thread, user=alice, role=MessageRole.USER, text=text)
    assert found(alice, "quokka") == []
    assert indexing.note_missed() == 2
    assert found(alice, "quokka") == []
    assert indexing.index_waiting() == 2
    assert indexing.index_waiting() == 0
    assert found(alice, "quokka") == ["A quokka"]


def cannot_be_read(text, user_id):
    raise ValueError


@pytest.mark.parametrize(
    ("name", "broken"),
    [("_NOTE_TERMS", PreparedStatement("broken", "SELECT 1 / 0", {})), ("terms_of_message", cannot_be_read)],
)
def test_what_goes_wrong_with_the_words_does_not_keep_a_turn_from_ending(alice, monkeypatch, name, broken):
    accepted = accepting.accept(alice.pk, None, uuid.uuid4(), "Hello", owner="here")
    monkeypatch.setattr(indexing, name, broken)
    finished = ending.finish(accepted.claim, Ending(State.COMPLETE, "Hi"))
    assert finished.reply.state == State.COMPLETE
    assert Message.objects.get(pk=accepted.reply.pk).text == "Hi"


# --- Meaning -------------------------------------------------------------------------------------------------------


def test_a_message_is_found_by_what_it_means(alice):
    a_turn(alice, "My puppy chewed up the sofa again", "Puppies chew when they are bored.")
    a_turn(alice, "What is the capital of Peru?", "Lima is the capital of Peru.")
    question = Question.of("dog")
    result = search.messages(alice.pk, question)
    texts = [place.message.text for place in search.places(alice.pk, question, result, result.ids)]
    assert any("Pupp" in text or "puppy" in text for text in texts)
    assert not any("Peru" in text for text in texts)
    assert set(result.ids) == result.by_meaning


class Elsewhere(Embedder):
    """An embedder that sends texts away; here it notes them."""

    name = "elsewhere"
    dimensions = 3

    def __init__(self):
        self.sent = []

    def embed(self, texts):
        from pgvector import Vector

        self.sent += texts
        return [Vector([1.0, float(len(text)), 0.5]) for text in texts]


@pytest.fixture
def elsewhere(monkeypatch):
    embedder = Elsewhere()
    for module in (indexing, search):
        monkeypatch.setattr(module, "current_embedder", lambda: embedder)
    return embedder


def test_no_message_is_sent_to_an_embedder_elsewhere_unless_the_site_says_so(alice, elsewhere, settings):
    settings.EMBED_MESSAGES = False
    a_turn(alice, "The quokka lives on Rottnest")
    assert found(alice, "quokka") == ["The quokka lives on Rottnest"]
    assert not MessageVector.objects.exists()
    assert elsewhere.sent == []


def test_an_embedder_elsewhere_is_asked_by_the_job_and_not_while_a_turn_ends(alice, elsewhere, settings):
    settings.EMBED_MESSAGES = True
    a_turn(alice, "The quokka lives on Rottnest", "x" * 2_000)
    assert elsewhere.sent == []
    assert indexing.embed_waiting() == (2, None)
    assert sorted(map(len, elsewhere.sent)) == [len("The quokka lives on Rottnest"), indexing.EMBEDDED_CHARS]
    assert indexing.embed_waiting() == (0, None)
    assert MessageVector.objects.filter(embedder="elsewhere", embedding__isnull=False).count() == 2


def test_a_change_of_the_embedder_brings_messages_over(alice, monkeypatch, settings):
    a_turn(alice, "The quokka lives on Rottnest")
    assert set(MessageVector.objects.values_list("embedder", flat=True)) == {current_embedder().name}
    settings.EMBED_MESSAGES = True
    new = Elsewhere()
    monkeypatch.setattr(indexing, "current_embedder", lambda: new)
    assert indexing.embed_waiting()[0] == 2
    assert set(MessageVector.objects.values_list("embedder", flat=True)) == {"elsewhere"}


def test_without_an_embedder_words_still_find(alice, monkeypatch):
    class Silent(Elsewhere):
        is_local = True

        def embed(self, texts):
            raise EmbedderUnavailable("nobody there")

    for module in (indexing, search):
        monkeypatch.setattr(module, "current_embedder", lambda: Silent())
    a_turn(alice, "The quokka lives on Rottnest")
    assert found(alice, "quokka") == ["The quokka lives on Rottnest"]


# --- Snippets ------------------------------------------------------------------------------------------------------


def test_a_snippet_shows_where_the_words_stand_and_marks_them():
    text = "Nothing here. " * 200 + "Then **we planted** three apple trees behind `the house`. " + "More words. " * 200
    parts = snippet(text, asked_for("plant apples"))
    assert marked(parts) == ["planted", "apple"]
    whole = "".join(part.text for part in parts)
    assert whole.startswith("…")
    assert whole.endswith("…")
    assert len(whole) < 240
    assert "*" not in whole
    assert "`" not in whole


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("On **Rottnest**, an island", "On Rottnest, an island"),
        ("# Islands\n\nSee [Rottnest](https://example.org/x)!", "Islands See Rottnest!"),
        ("Code:\n```python\nprint(a[0] * 2)\n```\nDone", "Code: print(a[0]  2) Done"),
        ("| a | b |\n|---|---|\n| 1 | 2 |", "a b 1 2"),
        ("> Quoted `words`", "Quoted words"),
        ("snake_case and __init__", "snake_case and init"),
        ("[![badge](https://example.org/b.svg)](https://example.org) shown", "badge shown"),
        ("a\n\n\n  > quoted\n\n- item [x] and [y][1]", "a quoted - item [x] and [y][1]"),
    ],
)
def test_signs_of_markdown_are_left_out_of_a_snippet(written, shown):
    parts = snippet(written, [])
    assert "".join(part.text for part in parts) == " ".join(shown.split())


@pytest.mark.parametrize("hostile", [" \n", "\n", "[", "[a", "](x", "![", "|", "|-\n", "`", "_", "# ", "> ", "日本"])
def test_no_message_makes_a_snippet_dear(hostile):
    text = "quokka" + hostile * (SEARCHED_CHARS // len(hostile))
    begun = time.process_time()
    assert marked(snippet(text, asked_for("quokka"))) in (["quokka"], [])
    assert time.process_time() - begun < 0.5


def test_a_snippet_of_a_script_without_spaces_marks_what_was_asked():
    parts = snippet("私は東京大学で日本語を勉強しています", asked_for("東京大学"))
    assert marked(parts) == ["東京大学"]


@pytest.mark.parametrize(("word", "filler"), [("हिंदी", "यह कुछ और है। "), ("தமிழ்", "வேறு ஏதோ ஒன்று. ")])
def test_a_snippet_of_a_script_whose_vowels_are_marks_shows_where_the_word_stands(word, filler):
    text = f"{filler * 60}{word} {filler * 60}"
    parts = snippet(text, asked_for(word))
    assert marked(parts) == [word]
    assert len("".join(part.text for part in parts)) < 240


def test_markup_in_a_message_stays_text_in_the_results(page, alice):
    a_turn(alice, "<script>alert(1)</script> quokka <b>bold</b>")
    text = body(page.get(reverse("search"), {"q": "quokka"}))
    assert "<script>alert" not in text
    assert "<mark>quokka</mark>" in text


# --- The page ------------------------------------------------------------------------------------------------------


def test_the_page_shows_titles_and_messages_with_links_to_them(page, alice):
    turn = a_turn(alice, "Where do quokkas live?", "On Rottnest, where quokkas are at home.")
    response = page.get(reverse("search"), {"q": "quokka"})
    text = body(response)
    url = reverse("thread", args=[turn.thread.pk])
    assert f'href="{url}"' in text
    assert f'href="{url}?at={turn.message.pk}#message-{turn.message.pk}"' in text
    assert "where <mark>quokkas</mark> are at home" in text
    assert response["Cache-Control"].startswith("max-age=0")


def test_results_come_in_pages_and_each_once(page, alice):
    for number in range(search.PER_THREAD + 20):
        a_turn(alice, f"The quokka number {number}", "Yes.")
    seen, url = [], "?q=quokka"
    while url:
        context = page.get(reverse("search") + url).context
        seen += [one["place"].message.pk for one in context["found"]]
        url = context["more_url"]
    assert len(seen) == len(set(seen)) == search.PER_THREAD + 20


def test_of_a_thread_with_many_results_the_best_are_shown_and_all_within_it(page, alice):
    turn = a_turn(alice, "A quokka to begin with")
    for number in range(9):
        a_turn(alice, f"Another quokka, {number}", thread=turn.thread)
    context = page.get(reverse("search"), {"q": "quokka"}).context
    assert len(context["found"]) == search.PER_THREAD
    assert context["found"][0]["others"] == 10 - search.PER_THREAD
    within = page.get(reverse("search") + context["found"][0]["others_url"]).context
    assert len(within["found"]) == 10


@pytest.fixture
def talked_about(alice):
    """An old thread about a quokka, and a newer one with more messages about one than are found at once."""
    old = a_turn(alice, "The quokka of long ago").thread
    busy = a_turn(alice, "Nothing special").thread
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH made AS (
                INSERT INTO conversations_message (id, thread_id, user_id, depth, role, state, text, created_at)
                SELECT gen_random_uuid(), %s, %s, n, 'user', 'complete', 'A quokka again', now() + n * interval '1s'
                FROM generate_series(1, %s) AS n
                RETURNING id, user_id, created_at
            )
            INSERT INTO conversations_messageterms (message_id, user_id, created_at, terms)
            SELECT id, user_id, created_at, array_to_tsvector(ARRAY[user_id || ':quokka']) FROM made
            """,
            [busy.pk, alice.pk, search.MOST_FOUND + 100],
        )
    return old, busy


def test_a_thread_that_is_full_of_a_word_hides_no_other_thread(alice, talked_about):
    assert "The quokka of long ago" in found(alice, "quokka")


def test_a_thread_is_searched_to_its_end_whatever_else_has_the_words(page, alice, talked_about):
    old, busy = talked_about
    assert found(alice, "quokka", thread=old.pk) == ["The quokka of long ago"]
    [listed, *_] = [
        one for one in page.get(reverse("search"), {"q": "quokka"}).context["found"] if one["place"].thread == busy
    ]
    assert listed["others"] == search.MOST_FOUND + 100 - search.PER_THREAD
    assert len(found(alice, "quokka", thread=busy.pk)) == search.MOST_FOUND + 100


def test_in_one_thread_what_means_something_like_it_is_found_among_its_own_messages(alice, monkeypatch):
    monkeypatch.setattr(search, "NEAREST", 2)
    thread = a_turn(alice, "We fed the dog this morning").thread
    for _ in range(3):
        a_turn(alice, "My puppy is a small dog, a pet that barks")
    question = Question.of("puppy", thread=thread.pk)
    result = search.messages(alice.pk, question)
    [place] = search.places(alice.pk, question, result, result.ids)
    assert place.by_meaning


def test_a_script_gets_results_while_somebody_types(page, alice):
    turn = a_turn(alice, "The hippopotamus sleeps", "Good night.")
    answer = page.get(reverse("search"), {"q": "hippo"}, headers={"X-Requested-With": "fetch"}).json()
    assert answer["status"] == "2 results"
    by_title, by_text = answer["results"]
    assert by_title["url"] == reverse("thread", args=[turn.thread.pk])
    assert by_title["title"] == [["The ", False], ["hippopotamus", True], [" sleeps", False]]
    assert by_text["snippet"] == [["The ", False], ["hippopotamus", True], [" sleeps", False]]
    assert by_text["about"].startswith("You · ")
    nothing = page.get(reverse("search"), {"q": " "}, headers={"X-Requested-With": "fetch"}).json()
    assert nothing["results"] == []
    assert nothing["status"] == ""


@pytest.mark.parametrize("number", ["", "0", "-4", "²", "999", "x"])
def test_odd_questions_get_a_page_all_the_same(page, number):
    assert page.get(reverse("search"), {"page": number}).status_code == 200
    assert page.get(reverse("search"), {"q": "x", "page": number}).status_code == 200


def test_archived_threads_are_found_and_marked(page, alice):
    turn = a_turn(alice, "Where do quokkas live?")
    Thread.objects.filter(pk=turn.thread.pk).update(archived=True)
    assert "Archived</span>" in body(page.get(reverse("search"), {"q": "quokka"}))


def test_somebody_who_is_signed_out_cannot_search(client):
    assert client.get(reverse("search"), {"q": "x"}).status_code == 302


# --- Speed ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def much(alice, bob):
    """20,000 messages of Alice and as many of Bob, all of them about rice, one in a hundred about a quokka."""
    with connection.cursor() as cursor:
        for user in (alice, bob):
            thread = Thread.objects.create(user=user)
            cursor.execute(
                """
                WITH made AS (
                    INSERT INTO conversations_message (id, thread_id, user_id, depth, role, state, text, created_at)
                    SELECT gen_random_uuid(), %s, %s, n, 'user', 'complete', 'rice', now() - n * interval '1 minute'
                    FROM generate_series(1, 20000) AS n
                    RETURNING id, user_id, created_at, depth
                )
                INSERT INTO conversations_messageterms (message_id, user_id, created_at, terms)
                SELECT id, user_id, created_at, array_to_tsvector(
                    ARRAY[user_id || ':rice',
                          user_id || ':' || CASE depth %% 100 WHEN 0 THEN 'quokka' ELSE 'x' || depth END]
                ) FROM made
                """,
                [thread.pk, user.pk],
            )
        cursor.execute("SELECT memchat_take_samples(%s)", ["conversations_messageterms"])
        cursor.execute("SELECT memchat_take_samples(%s)", ["conversations_message"])


def test_a_rare_word_among_twenty_thousand_messages_is_looked_up_in_the_index(alice, much):
    question = Question.of("quokka")
    query = question.asked[0].query(alice.pk)
    parameters = {"query": query, "user": alice.pk, "thread": None, "most": search.COMPARED}
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN (ANALYZE, TIMING OFF, SUMMARY OFF) " + search._ALL, parameters)
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "message_by_words" in plan
    assert "Seq Scan" not in plan


def test_a_search_takes_as_few_statements_with_twenty_thousand_messages_as_with_two(alice, much):
    for text in ("quokka", "rice", "rice quokka", "rice nowhere", "rice quokka nowhere"):
        question = Question.of(text)
        with CaptureQueriesContext(connection) as queries:
            result = search.messages(alice.pk, question)
            search.places(alice.pk, question, result, result.ids[:20])
            search.titles(alice.pk, question, 10)
        assert len(queries) <= 8, [query["sql"][:80] for query in queries]
        assert result.ids


ORDER = [("thread_pin", {"pinned": "yes"}), ("thread_archive", {"archived": "yes"}), ("thread_tags", {"add": "x"})]


# --- Pins, the archive, tags ---------------------------------------------------------------------------------------


def labels(response):
    return [(label, [thread.title for thread in group]) for label, group in response.context["thread_groups"]]


def test_pinned_threads_stand_above_all_others(page, alice):
    old = Thread.objects.create(user=alice, title="Old", active_at=timezone.now() - timedelta(days=90))
    Thread.objects.create(user=alice, title="New")
    page.post(reverse("thread_pin", args=[old.pk]), {"pinned": "yes"})
    assert labels(page.get("/")) == [("Pinned", ["Old"]), ("Today", ["New"])]
    page.post(reverse("thread_pin", args=[old.pk]), {"pinned": "no"})
    assert next(label for label, _ in labels(page.get("/"))) == "Today"


def test_all_that_is_pinned_is_in_the_list_and_more_is_refused(page, alice):
    Thread.objects.bulk_create([Thread(user=alice, title=f"{n}", pinned=True) for n in range(50)])
    one_more = Thread.objects.create(user=alice, title="One more")
    assert len(labels(page.get("/"))[0][1]) == 50
    response = page.post(reverse("thread_pin", args=[one_more.pk]), {"pinned": "yes"}, follow=True)
    assert "At most 50 threads can be pinned." in response.content.decode()
    one_more.refresh_from_db()
    assert not one_more.pinned


def test_archived_threads_are_on_a_page_of_their_own_until_brought_back(page, alice):
    thread = Thread.objects.create(user=alice, title="Finished")
    page.post(reverse("thread_archive", args=[thread.pk]), {"archived": "yes"})
    assert labels(page.get("/")) == []
    assert "Finished" in body(page.get(reverse("threads_archived")))
    assert "Archived</span>" in body(page.get(reverse("thread", args=[thread.pk])))
    response = page.post(reverse("thread_archive", args=[thread.pk]), {"archived": "no", "back": "archived"})
    assert response["Location"] == reverse("threads_archived")
    assert "Finished" not in body(page.get(reverse("threads_archived")))
    assert labels(page.get("/")) == [("Today", ["Finished"])]


def test_who_brings_a_thread_back_stays_at_the_same_page_of_the_archive(page, alice):
    Thread.objects.bulk_create(Thread(user=alice, title=f"Thread {n}", archived=True) for n in range(PAGE_THREADS + 2))
    further = reverse("threads_archived") + page.get(reverse("threads_archived")).context["more_threads_url"]
    first, second = page.get(further).context["threads"]
    fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', body(page.get(further))))
    del fields["csrfmiddlewaretoken"]
    back = page.post(reverse("thread_archive", args=[first.pk]), fields, follow=True)
    assert back.context["threads"] == [second]
    last = page.post(reverse("thread_archive", args=[second.pk]), fields, follow=True)
    assert len(last.context["threads"]) == PAGE_THREADS


@pytest.mark.parametrize("again", ["say", "retry"])
def test_whoever_goes_on_with_an_archived_thread_has_it_back(alice, again):
    turn = a_turn(alice)
    Thread.objects.filter(pk=turn.thread.pk).update(archived=True)
    if again == "say":
        accepted = accepting.accept(alice.pk, turn.thread.pk, uuid.uuid4(), "And now?", owner="here")
    else:
        accepted = steering.retry(alice.pk, turn.reply.pk, owner="here")
    assert frames.thread_state(accepted.thread)["archived"] is False
    assert not Thread.objects.get(pk=turn.thread.pk).archived


def test_a_thread_is_pinned_or_archived_and_never_both(page, alice):
    thread = Thread.objects.create(user=alice)
    page.post(reverse("thread_archive", args=[thread.pk]), {"archived": "yes"})
    page.post(reverse("thread_pin", args=[thread.pk]), {"pinned": "yes"})
    thread.refresh_from_db()
    assert (thread.pinned, thread.archived) == (True, False)
    page.post(reverse("thread_archive", args=[thread.pk]), {"archived": "yes"})
    thread.refresh_from_db()
    assert (thread.pinned, thread.archived) == (False, True)


def test_tags_are_given_and_taken_and_narrow_the_list(page, alice):
    work = Thread.objects.create(user=alice, title="Report")
    home = Thread.objects.create(user=alice, title="Curtains")
    page.post(reverse("thread_tags", args=[work.pk]), {"add": "  Work   stuff "})
    page.post(reverse("thread_tags", args=[home.pk]), {"add": "home"})
    assert page.get("/").context["tags"] == ["home", "Work stuff"]
    assert labels(page.get("/", {"tag": "Work stuff"})) == [("Today", ["Report"])]
    # One that is known already is the same however it is spelt.
    page.post(reverse("thread_tags", args=[home.pk]), {"add": "work STUFF"})
    home.refresh_from_db()
    assert home.tags == ["home", "Work stuff"]
    page.post(reverse("thread_tags", args=[home.pk]), {"remove": "home"})
    home.refresh_from_db()
    assert home.tags == ["Work stuff"]
    assert page.get("/").context["tags"] == ["Work stuff"]


def test_the_list_is_narrowed_by_tags_of_its_own_threads_and_others_are_still_known(page, alice):
    here, away = a_turn(alice, "Here").thread, a_turn(alice, "Away").thread
    for thread, name in ((here, "garden"), (away, "Attic"), (away, "garden")):
        page.post(reverse("thread_tags", args=[thread.pk]), {"add": name})
    page.post(reverse("thread_archive", args=[away.pk]), {"archived": "yes"})
    text = body(page.get(reverse("thread", args=[here.pk])))
    assert re.findall(r'href="\?tag=(\w+)"', text) == ["garden"]
    assert re.findall(r'<option value="(\w+)"></option>', text) == ["Attic", "garden"]
    page.post(reverse("thread_tags", args=[here.pk]), {"add": "attic"})
    here.refresh_from_db()
    assert here.tags == ["garden", "Attic"]


def test_loading_more_keeps_to_the_tag(page, alice):
    Thread.objects.bulk_create(Thread(user=alice, title=f"n{n}", tags=["a"] if n % 2 else []) for n in range(100))
    seen, url = [], "/?tag=a"
    while url:
        context = page.get(url).context
        seen += [thread.title for thread in context["threads"]]
        url = context["more_threads_url"] and "/" + context["more_threads_url"]
    assert len(seen) == len(set(seen)) == 50


@pytest.mark.parametrize("name", ["", "   ", "x" * 41, "\x00"])
def test_a_tag_has_a_name_of_reasonable_length(page, alice, name):
    thread = Thread.objects.create(user=alice)
    answer = page.post(reverse("thread_tags", args=[thread.pk]), {"add": name}, headers={"X-Requested-With": "fetch"})
    assert answer.status_code == (400 if name != "\x00" else answer.status_code)
    assert len(Thread.objects.get(pk=thread.pk).tags) <= 1
    page.post(reverse("thread_tags", args=[thread.pk]), {"add": name})
    if name != "\x00":
        assert "between 1 and 40" in body(page.get(reverse("thread", args=[thread.pk])))


def test_a_thread_has_ten_tags_at_the_most(page, alice):
    thread = Thread.objects.create(user=alice, tags=[f"tag {n}" for n in range(10)])
    answer = page.post(reverse("thread_tags", args=[thread.pk]), {"add": "more"}, headers={"X-Requested-With": "fetch"})
    assert answer.status_code == 400
    assert "10" in body(answer)
    assert len(Thread.objects.get(pk=thread.pk).tags) == 10


def test_tags_of_somebody_else_are_not_offered(page, bob):
    Thread.objects.create(user=bob, tags=["secret plan"])
    assert "secret plan" not in body(page.get("/"))


@pytest.mark.parametrize(("name", "data"), ORDER)
def test_nobody_keeps_somebody_elses_threads_in_order(page, bob, name, data):
    thread = Thread.objects.create(user=bob)
    assert page.post(reverse(name, args=[thread.pk]), data).status_code == 404
    thread.refresh_from_db()
    assert (thread.pinned, thread.archived, thread.tags) == (False, False, [])


@pytest.mark.parametrize(("name", "data"), ORDER)
def test_a_temporary_thread_is_in_no_list_and_so_is_not_kept_in_order(page, alice, name, data):
    later = timezone.now() + timedelta(days=1)
    thread = Thread.objects.create(user=alice, temporary=True, expires_at=later, memory_mode="off")
    assert page.post(reverse(name, args=[thread.pk]), data).status_code == 404


@pytest.mark.parametrize("name", ["thread_pin", "thread_archive"])
def test_neither_yes_nor_no_is_refused(page, alice, name):
    thread = Thread.objects.create(user=alice)
    assert page.post(reverse(name, args=[thread.pk]), {"pinned": "perhaps"}).status_code == 400


def test_a_page_whose_list_has_changed_gets_the_list_alone(page, alice):
    thread = Thread.objects.create(user=alice, title="Report", pinned=True)
    text = body(page.get(reverse("threads_list"), {"current": str(thread.pk)}))
    assert "Pinned" in text
    assert 'aria-current="page"' in text
    assert "<html" not in text


# --- Opening a thread at a message ---------------------------------------------------------------------------------


@pytest.fixture
def long_thread(alice):
    """200 messages in a row."""
    thread = Thread.objects.create(user=alice, title="Long")
    rows, parent = [], None
    for depth in range(200):
        role = MessageRole.ASSISTANT if depth % 2 else MessageRole.USER
        row = Message(thread=thread, user=alice, parent=parent, depth=depth, role=role, text=f"message {depth}.")
        rows.append(row)
        parent = row
    Message.objects.bulk_create(rows)
    thread.head = parent
    thread.save()
    return thread


def opened_at(page, thread, message):
    context = page.get(reverse("thread", args=[thread.pk]), {"at": str(message.pk)}).context
    return [shown.depth for shown in context["messages_shown"]], context


def at_depth(thread, depth):
    return thread.messages.get(depth=depth)


def test_a_thread_opens_at_an_old_message_with_what_stands_around_it(page, long_thread):
    depths, context = opened_at(page, long_thread, at_depth(long_thread, 50))
    assert depths == list(range(71 - PAGE_MESSAGES, 71))
    assert context["older_url"]
    assert context["newest_url"]
    assert not context["other_branch"]


def test_a_thread_opened_at_its_first_message_has_what_follows(page, long_thread):
    depths, context = opened_at(page, long_thread, at_depth(long_thread, 0))
    assert depths == list(range(21))
    assert not context["older_url"]


def test_a_thread_opened_at_one_of_its_newest_messages_goes_on_live(page, long_thread):
    depths, context = opened_at(page, long_thread, at_depth(long_thread, 185))
    assert depths == list(range(200 - PAGE_MESSAGES, 200))
    assert not context["newest_url"]


def test_a_message_on_another_branch_is_shown_on_that_branch(page, alice, long_thread):
    other = Message.objects.create(
        thread=long_thread, user=alice, parent=at_depth(long_thread, 40), depth=41, role="assistant", text="other way"
    )
    further = Message.objects.create(
        thread=long_thread, user=alice, parent=other, depth=42, role="user", text="and further"
    )
    context = page.get(reverse("thread", args=[long_thread.pk]), {"at": str(other.pk)}).context
    shown = [one.message.pk for one in context["messages_shown"]]
    assert shown[-2:] == [other.pk, further.pk]
    assert context["other_branch"]
    assert context["newest_url"]
    long_thread.refresh_from_db()
    assert long_thread.head.depth == 199
    response = page.post(reverse("message_show", args=[other.pk]), {"at": "yes"}, follow=True)
    long_thread.refresh_from_db()
    assert long_thread.head == further
    assert response.context["other_branch"] is None
    assert response.context["messages_shown"][-1].message == further


def test_a_message_of_another_thread_or_person_opens_nothing(page, alice, bob, long_thread):
    own = a_turn(alice, "Elsewhere")
    depths, _ = opened_at(page, long_thread, own.message)
    assert depths == list(range(200 - PAGE_MESSAGES, 200))
    foreign = a_turn(bob, "Foreign")
    assert page.get(reverse("thread", args=[long_thread.pk]), {"at": str(foreign.message.pk)}).status_code == 404
    assert page.get(reverse("thread", args=[long_thread.pk]), {"at": "nonsense"}).status_code == 404
