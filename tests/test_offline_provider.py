"""The built-in provider: helpful from memory, silent about what it was not told, honest about what it is."""

from __future__ import annotations

import asyncio
import time
from contextlib import aclosing
from datetime import UTC, date, datetime
from typing import Any, get_args

import pytest

from conversations.prompts import Change, ChangeKind, Prompt, QuotedMemory, Said
from conversations.providers.base import Stop, Usage
from conversations.providers.offline import OfflineProvider
from conversations.providers.offline_answers import EXPLANATION, OWN_NAME, answer
from conversations.providers.offline_matching import Question, clauses
from conversations.providers.offline_wording import can_be_turned, retold, to_second_person

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)


def prompt(text: str, *memories: str, similarity: float | None = None, **changed: Any) -> Prompt:
    quoted = tuple(QuotedMemory(i, one, date(2026, 1, 2), similarity=similarity) for i, one in enumerate(memories))
    return Prompt(text, NOW, memories=quoted, **changed)


def ask(text: str, *memories: str, **changed: Any) -> str:
    return answer(prompt(text, *memories, **changed))


def thread(*texts: str) -> tuple[Said, ...]:
    return tuple(Said("assistant" if i % 2 else "user", text) for i, text in enumerate(texts))


# Streaming


@pytest.mark.asyncio
async def test_it_streams_word_by_word_and_ends_with_its_own_stop_and_no_usage() -> None:
    items = [
        item async for item in OfflineProvider(delay=0).stream(prompt("What is my name?", "my name is Bob"), "offline")
    ]
    assert items == ["Your ", "name ", "is ", "Bob.", Stop("end")]
    assert not any(isinstance(item, Usage) for item in items)


@pytest.mark.asyncio
async def test_it_pauses_between_words_but_not_before_the_first() -> None:
    async with aclosing(
        OfflineProvider(delay=1.0).stream(prompt("What is my name?", "my name is Bob"), "offline")
    ) as stream:
        started = time.monotonic()
        await anext(stream)
        first = time.monotonic() - started
        await anext(stream)
        assert time.monotonic() - started - first >= 0.95 > first


@pytest.mark.asyncio
async def test_it_can_be_stopped_in_the_middle() -> None:
    stream = OfflineProvider(delay=10).stream(prompt("Who are you?"), "offline")
    await anext(stream)
    task = asyncio.ensure_future(anext(stream))
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


@pytest.mark.asyncio
async def test_the_streamed_words_are_exactly_the_answer() -> None:
    asked = prompt("What do you know about me?", "my name is Bob", "I have two cats")
    pieces = [item async for item in OfflineProvider(delay=0).stream(asked, "offline") if isinstance(item, str)]
    assert "".join(pieces) == answer(asked)


def test_it_is_no_model_and_says_so() -> None:
    provider = OfflineProvider()
    assert (provider.name, provider.is_model, provider.model_names) == ("offline", False, ("offline",))
    assert "not a language model" in ask("Who are you?")
    for name in ("ANTHROPIC_API_KEY", "OPENAI_API_KEY", "OPENAI_BASE_URL"):
        assert name in EXPLANATION


# The story


def test_alice_is_told_that_her_name_was_remembered() -> None:
    said = ask("Hi! Remember: my name is Bob", changes=(Change("remembered", "my name is Bob"),))
    assert said == "Hello! I'll remember: my name is Bob."


def test_in_another_thread_the_name_is_known() -> None:
    assert ask("What is my name?", "my name is Bob") == "Your name is Bob."


def test_bob_who_told_nothing_is_told_nothing() -> None:
    said = ask("What is my name?")
    assert said.startswith("I don't know your name.")
    assert "Bob" not in said and "Alice" not in said


# Changes


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ([Change("remembered", "my name is Bob")], "I'll remember: my name is Bob."),
        ([Change("updated", "I live in Oslo")], "I'll remember instead: I live in Oslo."),
        ([Change("proposed", "I am diabetic")], "I'll remember once you approve it: I am diabetic."),
        ([Change("known", "my name is Bob.")], "I already knew: my name is Bob."),
        ([Change("forgot", "my address is 1 Elm Street")], "Forgotten: my address is 1 Elm Street."),
        ([Change("not_found", "my shoe size")], "I found nothing to forget about: my shoe size."),
        ([Change("not_found", "everything")], "There was nothing to forget."),
        ([Change("refused", "hunter2", "it looks like a password")], "I did not store that: it looks like a password."),
        ([Change("refused", "hunter2")], "I did not store that."),
        (
            [Change("forgot", "I have two cats"), Change("forgot", "I have\na dog")],
            "Forgotten:\n\n- I have two cats\n- I have a dog",
        ),
        (
            [Change("remembered", "I live in Rome"), Change("forgot", "I live in Paris")],
            "I'll remember: I live in Rome.\n\nForgotten: I live in Paris.",
        ),
    ],
)
def test_what_was_stored_or_forgotten_is_confirmed(changes: list[Change], said: str) -> None:
    assert ask("…", changes=tuple(changes)) == said


@pytest.mark.parametrize("kind", get_args(ChangeKind))
def test_whatever_a_message_changes_is_answered(kind: ChangeKind) -> None:
    assert ask("…", changes=(Change(kind, "I live in Oslo"),))


def test_a_refused_secret_is_not_repeated() -> None:
    assert "hunter2" not in ask("…", changes=(Change("refused", "my password is hunter2", "it looks like a password"),))


def test_the_list_of_memories_is_a_list() -> None:
    listed = (Change("listed", ""),)
    said = ask("What do you know about me?", "my name is Bob", "I have\ntwo cats", changes=listed)
    assert said == "Here is what I remember about you:\n\n- my name is Bob\n- I have two cats"
    assert ask("What do you know about me?", changes=listed) == "I do not remember anything about you yet."


def test_a_request_that_changed_nothing_is_not_confirmed() -> None:
    said = ask("Remember: my name is Bob")
    assert said.startswith("Nothing was stored or forgotten") and "I'll remember" not in said


# Questions that memories answer


@pytest.mark.parametrize(
    ("question", "memory", "said"),
    [
        ("What is my name?", "my name is Bob", "Your name is Bob."),
        ("whats my name", "My name's Bob!", "Your name's Bob!"),
        ("Hey, what's my name?", "my name is Bob and I live in Rome", "Your name is Bob."),
        ("Do you know my name?", "I am called Bob", "You are called Bob."),
        ("Can you tell me my name?", "my full name is Bob Stone", "Your full name is Bob Stone."),
        ("Who am I?", "my name is Bob", "Your name is Bob."),
        ("What is my name?", "I'm Bob", "You're Bob."),
        ("Where do I live?", "my name is Bob and I live in Rome", "You live in Rome."),
        ("Which city do I live in?", "I live in Rome.", "You live in Rome."),
        ("Where do I live?", "I moved to Rome last year", "You moved to Rome last year."),
        ("What is my address?", "my home address is 1 Elm Street", "Your home address is 1 Elm Street."),
        ("Where do I work?", "I work as a nurse at the Charité", "You work as a nurse at the Charité."),
        ("What do I do for a living?", "I work as a nurse", "You work as a nurse."),
        ("What is my job?", "My job is teaching maths", "Your job is teaching maths."),
        ("How old am I?", "I am 35 years old", "You are 35 years old."),
        ("How old am I?", "I was born on 3 May 1990", "You were born on 3 May 1990."),
        ("When is my birthday?", "I was born on 3 May 1990", "You were born on 3 May 1990."),
        ("Do I have any pets?", "I have two cats", "You have two cats."),
        ("How many cats do I have?", "I have two cats", "You have two cats."),
        ("What are my cats called?", "I have two cats named Tom and Jerry", "You have two cats named Tom and Jerry."),
        ("What is my sister's name?", "my sister is called Ann", "Your sister is called Ann."),
        ("Who is Ann?", "my sister is called Ann", "Your sister is called Ann."),
        ("What is my wife called?", "Eve is my wife", "Eve is your wife."),
        ("What's my son's name?", "my son is called Leo", "Your son is called Leo."),
        ("Do I have children?", "we have three kids", "We have three kids."),
        ("What is my favourite color?", "my favorite colour is green", "Your favorite colour is green."),
        ("What do I like?", "I love hiking", "You love hiking."),
        ("What do I like?", "I like my sister's cake", "You like your sister's cake."),
        ("What is my name?", "my nickname is Bobby", "Your nickname is Bobby."),
        ("Am I allergic to anything?", "I've got a peanut allergy", "You've got a peanut allergy."),
        ("What am I allergic to?", "I am allergic to peanuts", "You are allergic to peanuts."),
        ("Am I vegetarian?", "I'm a vegetarian", "You're a vegetarian."),
        ("Remind me of my email", "my e-mail is bob@example.org", "Your e-mail is bob@example.org."),
        ("When is the deadline?", "the deadline is Friday", "You told me: “the deadline is Friday”."),
        ("Wie heiße ich?", "ich heiße Bob", "You told me: “ich heiße Bob”."),
        ("Qual é o nome do meu gato?", "meu gato se chama Tom", "You told me: “meu gato se chama Tom”."),
        ("Wo wohne ich?", "ich wohne in Rom", "You told me: “ich wohne in Rom”."),
        ("Comment je m'appelle ?", "je m'appelle Bob", "You told me: “je m'appelle Bob”."),
        ("¿Cómo me llamo?", "me llamo Bob", "You told me: “me llamo Bob”."),
        ("我叫什么名字？", "我叫鲍勃", "You told me: “我叫鲍勃”."),
        ("我住在哪里？", "我住在罗马", "You told me: “我住在罗马”."),
    ],
)
def test_a_memory_that_answers_is_told_in_the_second_person(question: str, memory: str, said: str) -> None:
    others = ("I play chess on Sundays", "ich spiele Schach", "我喜欢下棋")
    assert ask(question, others[0], memory, *others[1:]) == said
    assert ask(question.replace("'", "’"), memory.replace("'", "’")) == said


@pytest.mark.parametrize(
    ("question", "memory"),
    [
        ("What is my name?", "I have two cats"),
        ("What is my name?", "I have two cats named Tom and Jerry"),
        ("What is my name?", "my dog's name is Rex"),
        ("What is my name?", "the name of my dog is Rex"),
        ("What is my name?", "my sister is called Ann"),
        ("What is my name?", "my dog name is Rex"),
        ("When is my birthday?", "I know that my sister's birthday is in May"),
        ("When is my birthday?", "I know the birthday of my sister"),
        ("What is my name?", "I am German"),
        ("What is my name?", "I am in Rome"),
        ("What is my dog's name?", "my name is Bob"),
        ("What is my brother's name?", "my sister is called Ann"),
        ("Qual é o nome do meu gato?", "meu nome é Bob"),
        ("What is my son's name?", "my name is Bob"),
        ("How old is my son?", "I am 35 years old"),
        ("Where do I live?", "my brother lives in Rome"),
        ("Where does my brother live?", "I live in Rome"),
        ("Where do I work?", "Ann works at the Charité"),
        ("How old am I?", "my cat is three years old"),
        ("What do I like?", "Ann likes tea"),
        ("Does Ann like pizza?", "I love pizza"),
        ("What is my favourite food?", "my favourite colour is green"),
        ("What is my email?", "my name is Bob"),
        ("What is my password?", "my name is Bob"),
        ("What is the capital of France?", "I visited France"),
        ("What is love?", "I love pizza"),
        ("Do you love me?", "I love pizza"),
        ("Do you have a dog?", "I like music"),
        ("How do I get to Rome?", "I live in Rome"),
        ("How can I cook pizza?", "I love pizza"),
        ("What should I cook?", "I cook on Sundays"),
        ("Why is the sky blue?", "my favourite colour is blue"),
        ("Tell me a joke", "I like tea"),
        ("Write a poem about cats", "I have two cats"),
        ("Wo wohne ich?", "ich heiße Bob"),
        ("我住在哪里？", "我叫鲍勃"),
    ],
)
def test_a_memory_that_does_not_answer_is_not_claimed_to(question: str, memory: str) -> None:
    said = ask(question, memory)
    assert said.startswith(("I don't know", "I can't help with that")), said


def test_of_two_memories_the_better_one_answers() -> None:
    assert ask("Where do I live?", "I moved to Paris last year", "I live in Rome") == "You live in Rome."


def test_equally_good_memories_answer_together() -> None:
    assert ask("What do I like?", "I like tea", "I like chess") == "You like tea. You like chess."
    three = ask("What do I like?", "I like tea", "I like chess", "I like tea", "I like trains")
    assert three == "- You like tea.\n- You like chess.\n- You like trains."


def test_who_i_am_without_a_name_lists_what_is_known() -> None:
    said = ask("What do you remember about me?", "I have two cats")
    assert said == "This is what comes to my mind about you:\n\n- I have two cats"


def test_a_memory_near_in_meaning_is_offered_as_a_guess_only() -> None:
    said = ask("What is the weather at my place?", "I moved to Rome", similarity=0.55)
    assert said == "I am not sure that this answers it, but you told me: “I moved to Rome”."
    assert "Rome" not in ask("What is the weather at my place?", "I moved to Rome", similarity=0.2)
    assert "Rex" not in ask("What is my name?", "my dog's name is Rex", similarity=0.9)
    assert "Rome" not in ask("I am hungry", "I moved to Rome", similarity=0.9)


# Questions that the thread answers


def test_what_was_said_earlier_in_the_thread_is_quoted() -> None:
    history = thread("My name is Bob. I like tea.", "Nice", "Is my name Eve?", "No idea")
    assert ask("What is my name?", history=history) == "Earlier in this thread you wrote: “My name is Bob”."


def test_a_memory_comes_before_the_thread() -> None:
    assert ask("What is my name?", "my name is Bob", history=thread("my name is Eve", "ok")) == "Your name is Bob."


def test_only_the_persons_own_words_are_quoted() -> None:
    assert "Eve" not in ask("What is my name?", history=thread("Hi", "my name is Eve"))


def test_the_latest_of_two_statements_is_quoted() -> None:
    history = thread("I live in Paris", "ok", "I live in Rome", "ok")
    assert ask("Where do I live?", history=history) == "Earlier in this thread you wrote: “I live in Rome”."


def test_in_a_thread_without_memory_a_request_to_remember_is_still_what_was_said() -> None:
    history = thread("Remember that my name is Bob", "Nothing was stored")
    assert ask("What is my name?", history=history) == "Earlier in this thread you wrote: “my name is Bob”."


def test_what_was_asked_to_be_forgotten_is_not_brought_up_again() -> None:
    for request in ("Forget my name", "Can you please forget my name?", "I want you to forget my name"):
        history = thread("Remember: my name is Bob", "ok", request, "Forgotten")
        assert ask("What is my name?", history=history).startswith("I don't know your name.")


def test_an_unanswered_message_counts_as_said() -> None:
    said = ask("Where do I live?", history=thread("Hi", "Hello"), unanswered="I live in Rome")
    assert said == "Earlier in this thread you wrote: “I live in Rome”."


def test_the_last_message_can_be_asked_for() -> None:
    history = thread("One", "ok", "Two", "ok")
    assert ask("What did I just say?", history=history) == "Before this you wrote: “Two”."


# Small talk and honesty


@pytest.mark.parametrize(
    "greeting",
    [
        "Hi",
        "hello!",
        "Hey there",
        "How are you?",
        "Hi, how are you today?",
        "Wie geht's?",
        "Good morning.",
        "Hallo",
        "Bonjour !",
        "你好",
    ],
)
def test_a_greeting_gets_a_greeting_with_the_name_when_it_is_known(greeting: str) -> None:
    assert ask(greeting).startswith("Hello!")
    assert ask(greeting, "my name is Bob").startswith("Hello, Bob!")
    assert ask(greeting, "my name is Bob Stone").startswith("Hello, Bob!")
    assert ask(greeting, "my name is hard to spell").startswith("Hello!")


def test_thanks_and_the_date_have_their_answers() -> None:
    assert ask("Thanks!") == "You're welcome."
    assert ask("What day is it today?") == "Today is Saturday, 21 November 2026."


@pytest.mark.parametrize(
    "text", ["I like trains", "Write a poem", "What is 2 + 2?", "…", "", "lorem ipsum " * 500, "<b>x</b>", "?"]
)
def test_what_it_cannot_do_it_says_and_why_but_explains_only_once_in_a_thread(text: str) -> None:
    first = ask(text)
    assert EXPLANATION in first
    again = ask(text, history=thread(text, first))
    assert EXPLANATION not in again and OWN_NAME in again and len(again) < 130


def test_a_helpful_answer_does_not_talk_about_itself() -> None:
    assert OWN_NAME not in ask("What is my name?", "my name is Bob")


def test_hostile_lengths_are_answered_quickly() -> None:
    started = time.process_time()
    for text in (
        " " * 30_000 + "x",
        "hi " * 10_000 + "x",
        "my " * 10_000,
        "a" * 30_000,
        "'s" * 15_000,
        "“" * 30_000,
        ", " * 15_000,
    ):
        ask(text + "?", *(text[:4_000] for _ in range(3)), history=thread(text, "ok"))
    assert time.process_time() - started < 2


# Wording


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("my name is Bob", "your name is Bob"),
        ("My cats are mine", "Your cats are yours"),
        ("I am tired and I'm late", "you are tired and you're late"),
        ("I've got it, I'd say, and I'll keep it myself", "you've got it, you'd say, and you'll keep it yourself"),
        ("I live in Rome and am a nurse", "you live in Rome and are a nurse"),
        ("I was born in Rome, I wasn't raised there", "you were born in Rome, you weren't raised there"),
        ("she loves me and I love her", "she loves you and you love her"),
        ("we sold our house", "we sold our house"),
        ("i have two cats", "you have two cats"),
        ("I’m Bob", "you're Bob"),
        ('my motto is "I never quit", I mean it', 'your motto is "I never quit", you mean it'),
        ("I wrote about World War I", "you wrote about World War I"),
        ("I wake up at 6 am", "you wake up at 6 am"),
        ("I like i.e. and I/O and my-site.org", "you like i.e. and I/O and my-site.org"),
        ("my mail is me@my.org", "your mail is me@my.org"),
    ],
)
def test_the_first_person_becomes_the_second(first: str, second: str) -> None:
    assert to_second_person(first) == second


@pytest.mark.parametrize(
    "text",
    [
        "I call you Hal",
        "I like to call you Hal",
        "ich mag Tee",
        "me llamo Bob",
        "jag bor i Rom",
        "amo i gatti",
        "the sky is blue",
        "私はボブです",
    ],
)
def test_what_cannot_be_turned_safely_is_quoted(text: str) -> None:
    assert not can_be_turned(text)
    assert retold(text) == f"You told me: “{text}”."


def test_statements_are_told_apart_within_a_memory() -> None:
    text = "My name is Bob. I live in Rome, and I have a dog; my doctor is Dr. Stone and my wife is Eve"
    assert clauses(text) == [
        "My name is Bob",
        "I live in Rome",
        "I have a dog",
        "my doctor is Dr. Stone",
        "my wife is Eve",
    ]


def test_a_question_without_words_that_count_fits_nothing() -> None:
    assert Question.of("What do you know about me?").fit("my name is Bob") == 0.0
