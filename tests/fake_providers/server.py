"""The fake server: routes, pacing, failures and a record of what it was asked."""

from __future__ import annotations

import asyncio
import json
import time
from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from types import TracebackType
from typing import Any, Self

from aiohttp import web

from tests.fake_providers.embeddings import as_base64, embed
from tests.fake_providers.scenario import Scenario, directive
from tests.fake_providers.small_model import answer, take_apart
from tests.fake_providers.wires import (
    AnthropicWire,
    Ending,
    Json,
    OpenAIWire,
    Rejection,
    Wire,
    answers_calls,
    may_call,
    newest_text,
)

_KEPT_REQUESTS = 2_000
_LEARNING = "You keep the long-term memory"
_NOTHING_LEARNED = '{"facts": [], "outdated": []}'
_SILENCE_S = 3_600.0


@dataclass(frozen=True, slots=True)
class Recorded:
    """One request as it arrived; header names are in lower case, `at` is `time.monotonic()`."""

    path: str
    headers: dict[str, str]
    body: Json
    at: float
    peer: str
    """The client's end of the connection: the same for requests that share one."""


class FakeProviders:
    """Speaks the Anthropic Messages API and OpenAI's chat completions and embeddings on 127.0.0.1.

    Base URLs: `anthropic_url`, `openai_url` (needs a key), `compatible_url` (needs none, refuses
    `stream_options`, `max_completion_tokens` and images, sends no usage), `toolless_url` (the same with images, and
    refuses tools).
    """

    def __init__(self, port: int = 0, interval: float = 0.002) -> None:
        """`interval` is the pause between pieces, in seconds, for scenarios that name none."""
        self._port = port
        self._interval = interval
        self._queue: deque[Scenario] = deque()
        self.models = ("small", "large")
        """Those it says it has; it answers for any."""
        self._runner: web.AppRunner | None = None
        self.requests: deque[Recorded] = deque(maxlen=_KEPT_REQUESTS)
        self.learning_requests: deque[Recorded] = deque(maxlen=_KEPT_REQUESTS)
        self.open_streams = 0
        self._streams_changed = asyncio.Event()
        self.closed_early = 0
        """Streams that the client closed before their end."""

    # Running

    async def start(self) -> None:
        # A cancelled handler is how the fake learns that the client hung up, even while it is silent.
        self._runner = web.AppRunner(self._application(), handler_cancellation=True, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port, backlog=1024)
        await site.start()
        self._port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @property
    def anthropic_url(self) -> str:
        return self.url

    @property
    def openai_url(self) -> str:
        return f"{self.url}/v1"

    @property
    def compatible_url(self) -> str:
        return f"{self.url}/compatible/v1"

    @property
    def toolless_url(self) -> str:
        return f"{self.url}/toolless/v1"

    def _application(self) -> web.Application:
        app = web.Application(client_max_size=64 * 1024 * 1024)
        compatible = OpenAIWire(
            key_needed=False, refuses=frozenset({"stream_options", "max_completion_tokens", "images"}), usage=False
        )
        app.router.add_post("/v1/messages", self._reply_on(AnthropicWire()))
        app.router.add_post("/v1/chat/completions", self._reply_on(OpenAIWire(key_needed=True)))
        toolless = OpenAIWire(
            key_needed=False,
            refuses=frozenset({"stream_options", "max_completion_tokens", "tools", "temperature"}),
            usage=False,
        )
        app.router.add_post("/compatible/v1/chat/completions", self._reply_on(compatible))
        app.router.add_post("/toolless/v1/chat/completions", self._reply_on(toolless))
        for prefix in ("", "/compatible", "/toolless"):
            app.router.add_post(f"{prefix}/v1/embeddings", self._embeddings)
            app.router.add_get(f"{prefix}/v1/models", self._models)
        app.router.add_post("/control", self._control)
        app.router.add_get("/requests", self._report)
        return app

    # Steering and looking

    def script(self, **scenario: Any) -> None:
        """Answer from now on, or the next `times` requests, as `Scenario` says."""
        self._queue.append(Scenario.from_json(scenario))

    async def streams_reach(self, count: int, within: float = 1.0) -> bool:
        """Whether so many replies are open at some moment of the next `within` seconds."""
        try:
            async with asyncio.timeout(within):
                while self.open_streams != count:
                    self._streams_changed.clear()
                    await self._streams_changed.wait()
        except TimeoutError:
            return False
        return True

    def _count_stream(self, change: int) -> None:
        self.open_streams += change
        self._streams_changed.set()

    def reset(self) -> None:
        """Forget scenarios, requests and counts of closed streams."""
        self._queue.clear()
        self.requests.clear()
        self.learning_requests.clear()
        self.closed_early = 0

    def _scenario(self, endpoint: str, text: str, *, with_results: bool = False) -> Scenario:
        """The scenario for a request: its own directive, else the oldest limited one, else the newest lasting one.

        A directive that calls tools does not answer their results.
        """
        if endpoint == "chat" and (own := directive(text)) is not None and not (own.calls and with_results):
            return own
        fitting = [one for one in self._queue if one.endpoint == endpoint and one.match in text]
        limited = [one for one in fitting if one.times is not None]
        if not limited:
            return fitting[-1] if fitting else Scenario()
        at = next(i for i, one in enumerate(self._queue) if one is limited[0])
        left = (limited[0].times or 1) - 1
        if left > 0:
            self._queue[at] = replace(limited[0], times=left)
        else:
            del self._queue[at]
        return limited[0]

    async def _control(self, request: web.Request) -> web.Response:
        """A scenario or a list of them to add; `{}` forgets everything."""
        data = await request.json()
        try:
            scenarios = [Scenario.from_json(one) for one in (data if isinstance(data, list) else [data]) if one]
        except (TypeError, ValueError) as error:
            return web.json_response({"error": str(error)}, status=400)
        if not scenarios:
            self.reset()
        self._queue.extend(scenarios)
        return web.json_response({"queued": len(self._queue)})

    async def _report(self, request: web.Request) -> web.Response:
        requests = [asdict(one) for one in self.requests]
        learning = [asdict(one) for one in self.learning_requests]
        counts = {"open_streams": self.open_streams, "closed_early": self.closed_early}
        return web.json_response({"requests": requests, "learning": learning, **counts})

    async def _record(self, request: web.Request) -> Recorded:
        headers = {name.lower(): value for name, value in request.headers.items()}
        peer = request.transport.get_extra_info("peername") if request.transport else None
        recorded = Recorded(request.path, headers, await request.json(), time.monotonic(), str(peer))
        (self.learning_requests if _is_learning(recorded.body) else self.requests).append(recorded)
        return recorded

    # Answering

    def _reply_on(self, wire: Wire) -> Callable[[web.Request], Any]:
        async def handle(request: web.Request) -> web.StreamResponse:
            recorded = await self._record(request)
            objection = wire.objection(recorded.headers, recorded.body)
            if objection is not None:
                return _rejected(objection, Scenario())
            text = newest_text(recorded.body)
            if _is_learning(recorded.body):
                scenario = self._scenario("learning", text)
                scenario = scenario if scenario.reply is not None else replace(scenario, reply=_NOTHING_LEARNED)
            else:
                with_results = answers_calls(recorded.body)
                scenario = self._scenario("chat", take_apart(text).text, with_results=with_results)
            rejection = wire.rejection(scenario.fail, str(recorded.body.get("model"))) if scenario.fail else None
            if rejection is not None:
                return _rejected(rejection, scenario)
            return await self._stream(request, wire, recorded.body, scenario)

        return handle

    async def _stream(self, request: web.Request, wire: Wire, body: Json, scenario: Scenario) -> web.StreamResponse:
        self._count_stream(1)
        finished = False
        try:
            if scenario.fail == "slow_connect":
                await asyncio.sleep(_SILENCE_S)
            if scenario.fail == "drop":
                _abort(request)
            if scenario.fail == "not_a_stream":
                return web.Response(text="<html><body>Welcome</body></html>", content_type="text/html")
            response = web.StreamResponse(headers={"content-type": "text/event-stream", "cache-control": "no-cache"})
            await response.prepare(request)
            await _Stream(request, response, wire, body, scenario, self._interval).run()
            finished = True
            return response
        finally:
            self._count_stream(-1)
            self.closed_early += not finished

    async def _embeddings(self, request: web.Request) -> web.Response:
        recorded = await self._record(request)
        texts = recorded.body.get("input") or []
        texts = [texts] if isinstance(texts, str) else texts
        scenario = self._scenario("embeddings", "\n".join(texts))
        if scenario.first_delay:
            await asyncio.sleep(scenario.first_delay)
        wire = OpenAIWire(key_needed=False)
        rejection = wire.rejection(scenario.fail, str(recorded.body.get("model"))) if scenario.fail else None
        if scenario.fail == "drop":
            _abort(request)
        if scenario.fail in {"slow_connect", "silence"}:
            await asyncio.sleep(_SILENCE_S)
        if rejection is None and (not texts or not all(isinstance(text, str) and text for text in texts)):
            rejection = wire.rejection("bad_request", "")
        if rejection is not None:
            return _rejected(rejection, scenario)
        vectors = [embed(text, recorded.body.get("dimensions") or 1536) for text in texts]
        compact = recorded.body.get("encoding_format") == "base64"
        data = [
            {"object": "embedding", "index": i, "embedding": as_base64(vector) if compact else vector}
            for i, vector in enumerate(vectors)
        ]
        tokens = sum(len(text.split()) for text in texts)
        usage = {"prompt_tokens": tokens, "total_tokens": tokens}
        return web.json_response({"object": "list", "data": data, "model": recorded.body.get("model"), "usage": usage})

    async def _models(self, request: web.Request) -> web.Response:
        models = [{"id": name, "object": "model", "created": 0, "owned_by": "fake"} for name in self.models]
        return web.json_response({"object": "list", "data": models})


def _is_learning(body: Json) -> bool:
    """Whether a request asks what of a message is worth remembering, and not for a reply."""
    system = body.get("system") or [message for message in body.get("messages", []) if message["role"] == "system"]
    return any(_LEARNING in str(part.get("text") or part.get("content")) for part in system if isinstance(part, dict))


class _Stream:
    """One reply on its way out."""

    def __init__(
        self,
        request: web.Request,
        response: web.StreamResponse,
        wire: Wire,
        body: Json,
        scenario: Scenario,
        interval: float,
    ) -> None:
        self._request = request
        self._response = response
        self._wire = wire
        self._body = body
        self._scenario = scenario
        self._interval = interval if scenario.interval is None else scenario.interval
        newest = newest_text(body)
        # A model calls nothing that it was not offered.
        self._calls = scenario.calls if may_call(body) else ()
        spontaneous = "" if self._calls else answer(newest)
        self._pieces = scenario.cut(spontaneous if scenario.reply is None else scenario.reply)
        self._input_tokens = len(json.dumps(body.get("messages")).split())

    async def run(self) -> None:
        fail, after = self._scenario.fail, self._scenario.after
        await self._response.write(self._wire.start(self._body, self._input_tokens))
        if fail == "silence":
            await asyncio.sleep(_SILENCE_S)
        if fail == "refusal":
            await self._response.write(self._wire.refusal())
        if fail in {"refusal", "filtered", "empty"}:
            self._pieces = ()
        elif fail not in {None, "lingers"}:
            self._pieces = self._pieces[:after]
        for _ in range(self._scenario.thoughts):
            await asyncio.sleep(self._interval)
            await self._response.write(self._wire.thought())
        await self._say()
        for piece in self._wire.calls(self._calls):
            await asyncio.sleep(self._interval)
            await self._response.write(piece)
        await self._finish()

    async def _say(self) -> None:
        """Write the pieces, each at its own moment, without drifting."""
        loop = asyncio.get_running_loop()
        due = loop.time() + self._scenario.first_delay
        encoded = [] if self._scenario.stamp else [self._wire.piece(piece) for piece in self._pieces]
        for i in range(len(self._pieces)):
            if (wait := due - loop.time()) > 0:
                await asyncio.sleep(wait)
            await self._response.write(encoded[i] if encoded else self._wire.piece(f"@{time.monotonic_ns()}@ "))
            due += self._interval

    async def _finish(self) -> None:
        fail = self._scenario.fail
        if fail == "silence_midstream":
            await asyncio.sleep(_SILENCE_S)
        if fail == "drop_midstream":
            await asyncio.sleep(0.02)  # a reset overtakes what was written just before it
            _abort(self._request)
        if fail in {"error_midstream", "overloaded_midstream"}:
            await self._response.write(self._wire.error(overloaded=fail == "overloaded_midstream"))
        elif fail == "garbage":
            await self._response.write(b'data: {"type": "content_block_delta", "choices": [{{{\n\n')
        elif fail == "bad_bytes":
            await self._response.write(b'data: {"type": "\xff\xfe\xc3"}\n\n')
        elif fail == "no_reason":
            await self._response.write(self._wire.end_mark)
        elif fail != "no_stop":
            await self._end()
        if fail in {"lingers", "no_reason"}:
            await asyncio.sleep(_SILENCE_S)

    async def _end(self) -> None:
        encoded = self._wire.end(self._ending(), self._input_tokens, len(self._pieces))
        if not self._scenario.end_delay:
            await self._response.write(encoded)
            return
        for event in encoded.removesuffix(b"\n\n").split(b"\n\n"):
            await asyncio.sleep(self._scenario.end_delay)
            await self._response.write(event + b"\n\n")
        await asyncio.sleep(self._scenario.end_delay)

    def _ending(self) -> Ending:
        fail = self._scenario.fail
        if fail == "length":
            return "length"
        in_a_sentence = fail == "refusal" and self._wire.refusal()
        if fail in {"refusal", "filtered", "refusal_midstream"} and not in_a_sentence:
            return "refusal"
        return "tools" if self._calls else "end"


def _rejected(rejection: Rejection, scenario: Scenario) -> web.Response:
    status, body = rejection
    headers = {"retry-after": scenario.retry_after} if scenario.fail == "rate_limited" else {}
    return web.json_response(body, status=status, headers=headers)


def _abort(request: web.Request) -> None:
    """Break the connection without a goodbye."""
    if request.transport is not None:
        request.transport.abort()
    raise ConnectionResetError("the fake broke the connection")
