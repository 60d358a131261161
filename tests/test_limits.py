"""What one person may ask of the site in a time: on every door, over processes, and nothing that was typed is lost."""

from __future__ import annotations

import asyncio
import threading
import uuid
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from conversations import calls
from conversations.errors import TurnError
from conversations.models import Attachment, Import, Learning, Message, Run, State, Thread
from conversations.prompts import Said
from conversations.providers.base import Stop
from conversations.providers.offline import OfflineProvider
from conversations.spending import note_learning
from conversations.turns import steering
from conversations.turns.accepting import accept
from conversations.turns.ending import Ending, finish
from memchat.database import close_threads, in_database
from memchat.environment import Environment
from memchat.users.limits import in_time
from memchat.users.models import Counter
from tests.socket import Tab

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_limits(settings):
    """Each test sets its own."""
    settings.MESSAGES_PER_MINUTE = settings.RUNS_AT_ONCE = settings.TOKENS_PER_DAY = 0
    settings.UPLOADS_PER_DAY = settings.UPLOAD_MB_PER_DAY = 0


def say(user, text="Hello", thread=None, client_id=None):
    return accept(user.pk, thread.pk if thread else None, client_id or uuid.uuid4(), text, owner="here")


def end(accepted, **ending):
    return finish(accepted.claim, Ending(State.COMPLETE, ending.pop("text", "Well."), **ending))


def refusal(call, *args, **kwargs):
    with pytest.raises(TurnError) as caught:
        call(*args, **kwargs)
    assert caught.value.kind == "limited"
    return caught.value


def pass_time(**ago):
    for counter in Counter.objects.all():
        counter.since -= timedelta(**ago)
        counter.save()


# --- Messages ------------------------------------------------------------------------------------------------------


def test_so_many_messages_a_minute_and_then_again(alice, bob, settings):
    settings.MESSAGES_PER_MINUTE = 3
    for _ in range(3):
        say(alice)
    pass_time(seconds=20)
    refused = refusal(say, alice)
    assert 38 < refused.retry_after <= 40
    assert refused.text == "This site takes 3 messages a minute from each person. Try again in 40 seconds."
    say(bob)
    pass_time(seconds=41)
    say(alice)


def test_what_was_refused_is_not_stored_and_does_not_count(alice, settings):
    settings.MESSAGES_PER_MINUTE = 1
    say(alice)
    for _ in range(5):
        refusal(say, alice)
    assert Counter.objects.get().used == 1
    assert Thread.objects.count() == Run.objects.count() == 1
    assert Message.objects.count() == 2


def test_a_message_that_comes_again_gets_its_answer_and_does_not_count(alice, settings):
    settings.MESSAGES_PER_MINUTE = 1
    own_id = uuid.uuid4()
    first = say(alice, client_id=own_id)
    assert say(alice, client_id=own_id).reply.pk == first.reply.pk
    assert say(alice, client_id=own_id).again
    assert Counter.objects.get().used == 1


def test_asking_for_another_reply_or_wording_counts_like_a_message(alice, settings):
    settings.MESSAGES_PER_MINUTE = 3
    accepted = say(alice)
    end(accepted)
    again = steering.retry(alice.pk, accepted.reply.pk, owner="here")
    end(again)
    edited = steering.edit(alice.pk, accepted.message.pk, uuid.uuid4(), "Hello there", owner="here")
    end(edited)
    before = Message.objects.count()
    refusal(steering.retry, alice.pk, accepted.reply.pk)
    refusal(steering.edit, alice.pk, accepted.message.pk, uuid.uuid4(), "Hello you")
    assert Message.objects.count() == before


def test_a_clock_that_was_put_back_by_a_year_holds_nobody_up(alice, settings):
    settings.MESSAGES_PER_MINUTE = 1
    say(alice)
    pass_time(days=-365)
    say(alice)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("a_minute", [4, 0])
def test_many_messages_at_once_do_not_slip_through_together(alice, settings, a_minute):
    settings.MESSAGES_PER_MINUTE, settings.RUNS_AT_ONCE = a_minute, 3
    outcomes = []
    start = threading.Barrier(8)

    def arrive():
        start.wait()
        try:
            outcomes.append(say(alice) and "taken")
        except TurnError as error:
            outcomes.append(error.kind)
        finally:
            connection.close()

    threads = [threading.Thread(target=arrive) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(outcomes) == ["limited"] * 5 + ["taken"] * 3


def test_the_limit_takes_one_short_statement_and_none_when_it_is_off(alice, settings):
    def statements():
        with CaptureQueriesContext(connection) as queries:
            say(alice)
        return len(queries)

    settings.MESSAGES_PER_MINUTE = settings.TOKENS_PER_DAY = 100
    statements()
    limited = statements()
    settings.MESSAGES_PER_MINUTE = settings.TOKENS_PER_DAY = 0
    assert limited == statements() + 1


# --- Runs ----------------------------------------------------------------------------------------------------------


def test_so_many_replies_at_once_and_the_next_when_one_has_ended(alice, bob, settings):
    settings.RUNS_AT_ONCE = 2
    first = say(alice)
    say(alice)
    refused = refusal(say, alice)
    assert refused.retry_after is None
    assert "2 replies" in refused.text and "when one has ended" in refused.text
    say(bob)
    end(first)
    say(alice)


class Thinking(OfflineProvider):
    """Takes its time."""

    def __init__(self):
        super().__init__()
        self.may_answer = asyncio.Event()

    async def stream(self, prompt, model_name):
        yield "Well"
        await self.may_answer.wait()
        yield Stop("end")


@pytest.mark.django_db(transaction=True)
async def test_calls_of_programs_at_once_do_not_slip_through_together(alice, bob, settings):
    settings.RUNS_AT_ONCE = 2
    provider = Thinking()

    def call(user):
        return calls.reply(calls.Call(user.pk, (Said("user", "Hello"),), "", provider, "offline", "off"))

    try:
        asked = [call(alice) for _ in range(10)]
        began = await asyncio.gather(*map(anext, asked), return_exceptions=True)
        assert sorted(map(str, began)) == ["Well"] * 2 + ["limited"] * 8
        his = call(bob)
        assert await anext(his) == "Well"
        provider.may_answer.set()
        for one in [*asked, his]:
            await one.aclose()
        again = call(alice)
        assert await anext(again) == "Well"
        await again.aclose()
        await calls.drain()
    finally:
        close_threads()


# --- Tokens --------------------------------------------------------------------------------------------------------


def test_so_many_tokens_a_day(alice, bob, settings):
    settings.TOKENS_PER_DAY = 1_000
    accepted = say(alice)
    Message.objects.filter(pk=accepted.reply.pk).update(provider="anthropic", model_name="small")
    end(accepted, input_tokens=900, output_tokens=100)
    pass_time(hours=3)
    refused = refusal(say, alice)
    assert "Try again in 21 hours." in refused.text
    refusal(steering.retry, alice.pk, accepted.reply.pk)
    say(bob)
    pass_time(hours=22)
    say(alice)


def test_a_reply_that_is_stopped_before_its_tokens_are_told_counts_by_its_length(alice, settings):
    settings.TOKENS_PER_DAY = 1_000
    accepted = say(alice)
    Message.objects.filter(pk=accepted.reply.pk).update(provider="anthropic", model_name="small")
    end(accepted, text="x" * 4_000)
    refusal(say, alice)


def test_learning_from_messages_counts_too(alice, settings):
    settings.TOKENS_PER_DAY = 10
    learning = say(alice).message.pk
    spent = SimpleNamespace(input_tokens=8, output_tokens=2, cached_tokens=0)
    note_learning(Learning(message_id=learning, user=alice), "anthropic", "small", spent)
    refusal(say, alice)


# --- Files ---------------------------------------------------------------------------------------------------------


def attach(client, size=20, name="note.txt"):
    return client.post(reverse("attachments"), {"file": SimpleUploadedFile(name, b"x" * size)})


def test_so_many_files_a_day(client, alice, settings):
    settings.UPLOADS_PER_DAY = 2
    client.force_login(alice)
    assert [attach(client).status_code for _ in range(3)] == [201, 201, 429]
    refused = attach(client)
    assert refused["Retry-After"].isdigit()
    assert refused.json()["error"] == {
        "kind": "limited",
        "text": "This site takes 2 files a day from each person. Try again in 24 hours.",
    }
    assert Attachment.objects.count() == 2
    pass_time(days=1, seconds=1)
    assert attach(client).status_code == 201


def test_a_file_that_cannot_be_read_counts_like_any_other(client, alice, settings):
    settings.UPLOADS_PER_DAY = 2
    client.force_login(alice)
    archive = SimpleUploadedFile("files.zip", b"PK\x03\x04" + b"x" * 20)
    assert [client.post(reverse("attachments"), {"file": archive}).status_code for _ in range(3)] == [400, 400, 429]


def test_so_many_megabytes_a_day_of_every_kind_of_file(client, alice, settings):
    settings.UPLOAD_MB_PER_DAY = 1
    client.force_login(alice)
    assert attach(client, 600_000).status_code == 201
    assert attach(client, 600_000).status_code == 429
    large = SimpleUploadedFile("conversations.json", b"[" + b" " * 600_000 + b"]")
    page = client.post(reverse("imports"), {"file": large})
    assert page.status_code == 429
    assert "files of 1 MB a day" in page.content.decode()
    assert not Import.objects.exists()
    memories = SimpleUploadedFile("memories.md", b"# Memories\n\n## Facts\n\n- I sail\n" + b"\n" * 600_000)
    assert "files of 1 MB a day" in client.post(reverse("memories:import"), {"file": memories}).content.decode()
    assert attach(client, 300_000).status_code == 201


# --- The doors -----------------------------------------------------------------------------------------------------


def test_the_form_says_when_and_keeps_what_was_typed_and_attached(client, alice, settings):
    settings.MESSAGES_PER_MINUTE = 1
    client.force_login(alice)
    say(alice)
    file = SimpleUploadedFile("plan.txt", b"Sail to Oslo")
    page = client.post(reverse("say"), {"text": "Where to <next>?", "files": [file]})
    text = page.content.decode()
    assert page.status_code == 429
    assert 55 <= int(page["Retry-After"]) <= 60
    assert "This site takes 1 message a minute. Try again in" in text
    assert "Where to &lt;next&gt;?</textarea>" in text
    assert "plan.txt" in text
    assert Thread.objects.count() == 1


@pytest.mark.django_db(transaction=True)
async def test_the_socket_says_when_and_stays_open(alice, settings):
    settings.MESSAGES_PER_MINUTE = 1
    await in_database(say, alice)
    try:
        async with await Tab.of(alice) as tab:
            wanted = {"do": "say", "id": str(uuid.uuid4()), "thread": None, "text": "Where to next?"}
            (error,) = await tab.answer_to(wanted)
            assert (error["type"], error["kind"], error["ref"]) == ("error", "limited", "asked")
            assert 55 < error["retry_after"] <= 60
            assert "Try again in" in error["text"]
            assert tab.is_open
    finally:
        close_threads()


def test_the_forms_that_steer_say_when_and_keep_what_was_typed(client, alice, settings):
    settings.MESSAGES_PER_MINUTE = 1
    client.force_login(alice)
    accepted = say(alice)
    end(accepted)
    retried = client.post(reverse("thread_retry", args=[accepted.reply.pk]), follow=True)
    assert "Try again in" in retried.content.decode()
    edited = client.post(reverse("message_edit", args=[accepted.message.pk]), {"text": "Hello, you"})
    assert edited.status_code == 429
    assert "Hello, you</textarea>" in edited.content.decode()
    assert Message.objects.count() == 2


def test_a_file_that_is_over_the_limit_is_named_and_the_text_stays(client, alice, settings):
    settings.UPLOADS_PER_DAY = 1
    client.force_login(alice)
    files = [SimpleUploadedFile("a.txt", b"a"), SimpleUploadedFile("b.txt", b"b")]
    page = client.post(reverse("say"), {"text": "Look at these", "files": files}).content.decode()
    assert "b.txt: This site takes 1 file a day from each person." in page
    assert "Look at these</textarea>" in page


# --- Words and settings --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-3, "in 1 second"), (0.2, "in 1 second"), (59.1, "in 60 seconds"), (100, "in 2 minutes"),
        (3_600, "in 60 minutes"), (5_941, "in 2 hours"), (86_400, "in 24 hours"),
    ],
)  # fmt: skip
def test_times_are_told_in_words_that_are_never_too_early(seconds, words):
    assert in_time(seconds) == words


@pytest.mark.parametrize(
    ("raw", "limit"), [("", 7), ("0", 0), ("no", 0), ("Off", 0), ("25", 25), ("-1", 7), ("many", 7), ("2000", 7)]
)
def test_a_limit_is_a_number_or_none(monkeypatch, raw, limit):
    monkeypatch.setenv("MEMCHAT_MESSAGES_PER_MINUTE", raw)
    env = Environment()
    assert env.limit("MEMCHAT_MESSAGES_PER_MINUTE", 7, 1_000) == limit
    assert [problem.name for problem in env.problems] == (
        ["MEMCHAT_MESSAGES_PER_MINUTE"] if raw in {"-1", "many", "2000"} else []
    )


def test_counters_belong_to_their_person_alone(alice, bob, settings):
    settings.MESSAGES_PER_MINUTE = 5
    say(alice)
    say(bob)
    alice.delete()
    assert list(Counter.objects.values_list("user", "used")) == [(bob.pk, 1)]
    assert Counter.objects.get().since <= timezone.now()
