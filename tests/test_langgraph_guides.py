"""Programs in the shape of LangGraph's guides on memory across threads, with memchat as their store.

Models and embeddings come from a server on the loopback, which says afterwards what it was sent.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator

import pytest
from django.db import connection
from django.urls import reverse

pytest.importorskip("langgraph.graph")

from langchain_anthropic import ChatAnthropic
from langchain_core.messages import BaseMessage
from langchain_core.runnables import RunnableConfig
from langchain_openai import ChatOpenAI, OpenAIEmbeddings
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.func import entrypoint, task
from langgraph.graph import START, MessagesState, StateGraph, add_messages
from langgraph.store.base import BaseStore

from memchat.database import close_threads
from memories.langgraph import DjangoStore
from memories.models import Memory, Origin
from tests.fake_providers.process import FakeProvidersProcess

pytestmark = pytest.mark.django_db(transaction=True)

SAYS = [{"role": "user", "content": "Hello! Please remember that I am called Bob."}]
ASKS = [{"role": "user", "content": "How am I called?"}]


@pytest.fixture(scope="module")
def running() -> Iterator[FakeProvidersProcess]:
    with FakeProvidersProcess() as process:
        yield process


@pytest.fixture
def fake(running: FakeProvidersProcess) -> Iterator[FakeProvidersProcess]:
    running.reset()
    yield running
    close_threads()


def embeddings(fake):
    # Its other way to send a text looks for a tokenizer in the network first.
    return OpenAIEmbeddings(
        model="text-embedding-3-small", base_url=f"{fake.url}/v1", api_key="test", check_embedding_ctx_length=False
    )


def claude(fake):
    return ChatAnthropic(model="claude-test", base_url=fake.url, api_key="test", streaming=True)


def gpt(fake):
    return ChatOpenAI(model="gpt-test", base_url=f"{fake.url}/v1", api_key="test", streaming=True)


def told(store, user_id, message):
    """What a step of either program does with memory: find what helps, and keep what it was asked to."""
    namespace = ("memories", user_id)
    known = [one.value["data"] for one in store.search(namespace, query=message)]
    if "remember" in message:
        store.put(namespace, str(uuid.uuid4()), {"data": "The user is called Bob"})
    return {"role": "system", "content": f"Known of the user: {known}"}


def as_graph(store, model, checkpointer):
    def answer(state: MessagesState, config: RunnableConfig, *, store: BaseStore):
        known = told(store, config["configurable"]["user_id"], str(state["messages"][-1].content))
        return {"messages": model.invoke([known, *state["messages"]])}

    graph = StateGraph(MessagesState)
    graph.add_node("answer", answer)
    graph.add_edge(START, "answer")
    built = graph.compile(checkpointer=checkpointer, store=store)
    return lambda said, config: list(built.stream({"messages": said}, config, stream_mode="values"))


def as_functions(store, model, checkpointer):
    @task
    def answer(messages: list[BaseMessage], memory: BaseStore, user_id: str):
        return model.invoke([told(memory, user_id, str(messages[-1].content)), *messages])

    @entrypoint(checkpointer=checkpointer, store=store)
    def program(said: list, *, previous: list, config: RunnableConfig, store: BaseStore):
        messages = add_messages(previous or [], said)
        reply = answer(messages, store, config["configurable"]["user_id"]).result()
        return entrypoint.final(value=reply, save=add_messages(messages, reply))

    return lambda said, config: list(program.stream(said, config, stream_mode="values"))


def systems(fake):
    """The system prompts that the models were sent."""
    bodies = [request["body"] for request in fake.report()["requests"] if "messages" in request["body"]]
    return [json.dumps([body.get("system", ""), body["messages"]]) for body in bodies]


@pytest.mark.parametrize(("build", "own_embeddings"), [(as_graph, True), (as_functions, False)])
def test_what_is_said_in_one_thread_is_known_in_another_of_the_same_person_alone(
    build, own_embeddings, fake, alice, bob, client
):
    store = DjangoStore(index={"embed": embeddings(fake), "dims": 1536}) if own_embeddings else DjangoStore()
    run = build(store, claude(fake) if build is as_graph else gpt(fake), InMemorySaver())

    def config(thread, user):
        return {"configurable": {"thread_id": thread, "user_id": str(user.pk)}}

    assert run(SAYS, config("1", alice))
    assert run(ASKS, config("2", alice))
    assert run(ASKS, config("3", bob))
    first, second, third = systems(fake)
    assert "The user is called Bob" not in first and "The user is called Bob" not in third
    assert "The user is called Bob" in second
    [item] = store.search(("memories", str(alice.pk)))
    assert item.value == {"data": "The user is called Bob"}
    # It is a memory like any other: seen on the page, forgotten there, and had back.
    assert Memory.objects.get().origin == Origin.API
    client.force_login(alice)
    assert "The user is called Bob" in client.get(reverse("memories:list")).content.decode()
    client.post(reverse("memories:forget", args=[Memory.objects.get().pk]))
    assert run(ASKS, config("4", alice))
    assert "The user is called Bob" not in systems(fake)[-1]


def test_threads_live_on_in_the_sites_database(fake, alice):
    from memories.langgraph.checkpoints import SCHEMA, checkpointer, make_tables

    try:
        make_tables()
        make_tables()
        config = {"configurable": {"thread_id": "1", "user_id": str(alice.pk)}}
        for said in (SAYS, ASKS):
            # Another process each time.
            with checkpointer() as threads:
                as_graph(DjangoStore(), claude(fake), threads)(said, config)
        with checkpointer() as threads:
            kept = threads.get(config)["channel_values"]["messages"]
        assert [one.type for one in kept] == ["human", "ai"] * 2
        assert kept[0].content == SAYS[0]["content"]
        with connection.cursor() as cursor:
            cursor.execute("SELECT tableowner = current_user FROM pg_tables WHERE schemaname = %s", [SCHEMA])
            assert {owned for (owned,) in cursor.fetchall()} == {False}
    finally:
        with connection.as_owner(), connection.cursor() as cursor:
            cursor.execute(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE")
