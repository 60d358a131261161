"""Embedders: what they promise, and the two there are; OpenAI's API is spoken over real HTTP."""

from __future__ import annotations

import base64
import json
import math
import socket
import struct
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from memories.embedding.base import Embedder, EmbedderError, EmbedderUnavailable, Vector
from memories.embedding.openai import OpenAIEmbedder
from memories.embedding.registry import current_embedder, warm_up
from memories.embedding.wordllama import WordLlamaEmbedder


def cosine(one, other):
    a, b = one.to_list(), other.to_list()
    return sum(x * y for x, y in zip(a, b, strict=True)) / math.hypot(*a) / math.hypot(*b)


class Fixed(Embedder):
    name, dimensions = "fixed-3", 3

    def __init__(self, *vectors):
        self.vectors = vectors

    def embed(self, texts):
        return self.checked([Vector(vector) for vector in self.vectors], len(texts))


# --- Every embedder ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("vector", "complaint"),
    [
        ([0.0, 0.0, 0.0], "direction"),
        ([1.0, math.nan, 0.0], "direction"),
        ([1.0, math.inf, 0.0], "direction"),
        ([1.0, 2.0], "2 dimensions, not 3"),
    ],
)
def test_a_vector_that_cannot_be_compared_is_refused(vector, complaint):
    with pytest.raises(EmbedderError, match=complaint):
        Fixed(vector).embed(["text"])


def test_as_many_vectors_as_texts_are_wanted():
    with pytest.raises(EmbedderError, match="2 vectors for 1 texts"):
        Fixed([1.0, 0.0, 0.0], [1.0, 0.0, 0.0]).embed(["text"])


# --- The embedded one ----------------------------------------------------------------------------------------------


def test_texts_of_like_meaning_are_near():
    name, question, other = WordLlamaEmbedder().embed(["my name is Bob", "What is my name?", "peanuts make me ill"])
    assert cosine(name, question) > 0.4 > cosine(other, question)


def test_a_text_without_tokens_has_no_vector():
    embedder = WordLlamaEmbedder()
    with pytest.raises(EmbedderError):
        embedder.embed([""])
    assert [vector is None for vector in embedder.embed_each(["one", "", "three"])] == [False, True, False]
    assert embedder.embed([]) == []


def test_many_texts_give_the_same_vectors_as_one_by_one():
    embedder = WordLlamaEmbedder()
    texts = [f"statement {'long ' * (number % 7)}{number}" for number in range(150)]
    assert all(
        cosine(one, embedder.embed([text])[0]) > 0.9999 for text, one in zip(texts, embedder.embed(texts), strict=True)
    )


def test_it_is_loaded_once_also_by_several_threads(monkeypatch):
    from memories.embedding import wordllama

    loads, load = [], wordllama._load
    monkeypatch.setattr(wordllama, "_load", lambda: loads.append(time.sleep(0.05)) or load())
    embedder = WordLlamaEmbedder()
    threads = [threading.Thread(target=embedder.warm_up) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(loads) == 1


def test_it_needs_no_network():
    """In a process of its own, in which every attempt to look a name up or to connect fails."""
    script = """
import socket
def refuse(*args, **kwargs): raise AssertionError("the network was asked")
socket.getaddrinfo = socket.create_connection = socket.socket.connect = refuse
from memories.embedding.wordllama import WordLlamaEmbedder
print(WordLlamaEmbedder().embed(["text"])[0].dimensions())
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout.strip() == "256", done.stderr


def test_naming_the_embedder_loads_nothing_heavy():
    """Importing what recall and writing import must not cost every management command a second."""
    script = """
import sys
from memories.embedding import base, wordllama, openai
wordllama.WordLlamaEmbedder()
print([name for name in ("wordllama", "openai", "tokenizers") if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout.strip() == "[]", done.stderr


# --- OpenAI's API --------------------------------------------------------------------------------------------------


class Server(ThreadingHTTPServer):
    """Embeds "a" as [1, 0, 0], "b" as [0, 1, 0] and so on; `answer` may be replaced by what a test needs."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.requests = []
        self.answer = self.vectors
        self.url = f"http://127.0.0.1:{self.server_port}/v1"

    def vectors(self, request):
        rows = []
        for index, text in enumerate(request["input"]):
            vector = [0.1, 0.1, 0.1]
            vector["abc".index(text[0]) if text[0] in "abc" else 0] = 1.0
            shown = vector
            if request.get("encoding_format") == "base64":
                shown = base64.b64encode(struct.pack("<3f", *vector)).decode()
            rows.append({"object": "embedding", "index": index, "embedding": shown})
        return 200, {"object": "list", "model": request["model"], "data": rows, "usage": {}}


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.requests.append((self.path, self.headers, request))
        status, body = self.server.answer(request)
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *args):
        pass


@pytest.fixture
def server():
    server = Server()
    thread = threading.Thread(target=server.serve_forever, args=[0.01], daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def embedder_of(server, model="text-embedding-3-small", timeout=5.0, dimensions=3):
    return OpenAIEmbedder(model, dimensions, "the-key", server.url, timeout)


def direction(vector):
    numbers = vector.to_list()
    return "abc"[numbers.index(max(numbers))]


def test_texts_are_sent_together_and_come_back_as_vectors(server):
    embedder = embedder_of(server)
    assert embedder.name == "text-embedding-3-small-3"
    assert [direction(vector) for vector in embedder.embed(["a", "b", "c"])] == ["a", "b", "c"]
    ((path, headers, request),) = server.requests
    assert path == "/v1/embeddings"
    assert headers["Authorization"] == "Bearer the-key"
    assert request["model"] == "text-embedding-3-small"
    assert request["dimensions"] == 3
    assert request["encoding_format"] == "base64"


def test_a_server_that_answers_in_plain_numbers_is_understood(server):
    server.answer = lambda request: server.vectors({**request, "encoding_format": "float"})
    assert [direction(vector) for vector in embedder_of(server).embed(["c", "a"])] == ["c", "a"]


def test_answers_are_put_in_the_order_of_the_texts(server):
    def shuffled(request):
        status, body = server.vectors(request)
        body["data"].reverse()
        return status, body

    server.answer = shuffled
    assert [direction(vector) for vector in embedder_of(server).embed(["a", "b", "c"])] == ["a", "b", "c"]


def test_another_model_is_not_asked_for_dimensions(server):
    embedder_of(server, model="nomic-embed-text").embed(["a"])
    assert "dimensions" not in server.requests[0][2]


def test_many_texts_go_in_batches(server):
    assert len(embedder_of(server).embed(["a"] * 300)) == 300
    assert [len(request["input"]) for _, _, request in server.requests] == [128, 128, 44]


def test_a_text_longer_than_the_model_takes_is_cut(server):
    embedder_of(server).embed(["a" * 50_000])
    assert len(server.requests[0][2]["input"][0]) < 8_192


def test_wrong_dimensions_are_named(server):
    with pytest.raises(EmbedderError, match="3 dimensions, not 8"):
        embedder_of(server, dimensions=8).embed(["a"])


@pytest.mark.parametrize("status", [401, 403, 404, 429, 502, 503])
def test_a_server_that_answers_nobody_is_unavailable_and_asked_once(server, status):
    server.answer = lambda request: (status, {"error": {"message": "the-key is wrong: a"}})
    with pytest.raises(EmbedderUnavailable) as raised:
        embedder_of(server).embed(["a"])
    assert str(status) in str(raised.value)
    assert "the-key" not in str(raised.value)
    assert len(server.requests) == 1


def test_one_refused_text_does_not_take_the_others_along(server):
    def picky(request):
        if "bad" in request["input"]:
            return 400, {"error": {"message": "no"}}
        return server.vectors(request)

    server.answer = picky
    vectors = embedder_of(server).embed_each(["a", "bad", "c"])
    assert [vector and direction(vector) for vector in vectors] == ["a", None, "c"]


def test_a_server_that_takes_few_texts_at_a_time_is_given_few(server):
    server.answer = lambda request: (413, b"{}") if len(request["input"]) > 2 else server.vectors(request)
    vectors = embedder_of(server).embed_each(["a", "b", "c", "a", "b"])
    assert [vector and direction(vector) for vector in vectors] == ["a", "b", "c", "a", "b"]


@pytest.mark.parametrize(
    "body", [b"", b"{", b"null", b"[]", b'{"data": null}', b'{"data": [{"embedding": "%%%"}]}', b"\xff"]
)
def test_an_answer_that_is_none_is_an_error_of_the_embedder(server, body):
    server.answer = lambda request: (200, body)
    with pytest.raises(EmbedderError):
        embedder_of(server).embed(["a"])


def test_a_server_that_does_not_answer_costs_no_more_than_the_timeout(server):
    given_up = threading.Event()
    server.answer = lambda request: (200, {}) if given_up.wait(30) else (500, {})
    started = time.monotonic()
    with pytest.raises(EmbedderUnavailable):
        embedder_of(server, timeout=0.2).embed(["a"])
    given_up.set()
    assert time.monotonic() - started < 10


def test_a_server_that_is_not_there_is_unavailable(server):
    url = server.url
    server.shutdown()
    server.server_close()
    with pytest.raises(EmbedderUnavailable):
        OpenAIEmbedder("text-embedding-3-small", 3, "", url, 2.0).embed(["a"])


# --- The one of the site -------------------------------------------------------------------------------------------


@pytest.fixture
def fresh_registry():
    current_embedder.cache_clear()
    yield
    current_embedder.cache_clear()


def test_without_settings_the_embedded_one_is_used(fresh_registry):
    warm_up()
    assert current_embedder().name == "wordllama-256"
    assert current_embedder() is current_embedder()


def test_settings_name_another_server(fresh_registry, settings, server):
    settings.EMBEDDER = {
        "kind": "openai",
        "model": "nomic-embed-text",
        "api_key": "",
        "base_url": server.url,
        "dimensions": 3,
        "timeout": 2.0,
    }
    assert current_embedder().name == "nomic-embed-text-3"
    assert len(current_embedder().embed(["a"])) == 1


def test_a_server_that_did_not_answer_is_left_alone_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{closed.getsockname()[1]}/v1"
        embedder = OpenAIEmbedder("text-embedding-3-small", 256, "key", address, timeout=2)
        with pytest.raises(EmbedderUnavailable, match="APIConnectionError"):
            embedder.embed(["Hello"])
        with pytest.raises(EmbedderUnavailable, match="a moment ago"):
            embedder.embed(["Hello"])
        monkeypatch.setattr("memories.embedding.openai.REST_SECONDS", 0.0)
        embedder._rests_until = 0.0
        with pytest.raises(EmbedderUnavailable, match="APIConnectionError"):
            embedder.embed(["Hello"])
