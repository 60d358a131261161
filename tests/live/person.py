"""Somebody with an account, a session and a socket, as a program instead of a browser."""

from __future__ import annotations

import asyncio
import http.cookiejar
import json
import re
import urllib.error
import urllib.parse
import urllib.request
import uuid
from types import TracebackType
from typing import Any

import websockets
from websockets.asyncio.client import ClientConnection

from tests.live.site import Site

PASSWORD = "correct-horse-battery-7"
Frame = dict[str, Any]


class Person:
    """Signs up on a live site and talks to it over HTTP and the socket."""

    def __init__(self, site: Site, name: str, password: str = PASSWORD) -> None:
        self.site = site
        self.name = name
        self.password = password
        self.jar = http.cookiejar.CookieJar()
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar))

    # --- Pages ----------------------------------------------------------------------------------------------

    def get(self, path: str) -> tuple[int, str]:
        """Status and body of a page, redirects followed."""
        return self._open(urllib.request.Request(self.site.url + path))

    def post(self, path: str, **fields: Any) -> tuple[int, str]:
        """Send a form, with the token and from the page a browser would send it."""
        fields["csrfmiddlewaretoken"] = self.cookie("csrftoken") or self._fetch_token()
        request = urllib.request.Request(
            self.site.url + path,
            data=urllib.parse.urlencode(fields, doseq=True).encode(),
            headers={"Referer": self.site.url + "/", "Origin": self.site.url},
        )
        return self._open(request)

    def upload(self, data: bytes, name: str = "notes.txt") -> tuple[int, Frame]:
        """Upload a file to be attached, as the page's script does: the status, and what the site says of it."""
        boundary = uuid.uuid4().hex
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
        headers = {
            "Content-Type": f"multipart/form-data; boundary={boundary}",
            "X-CSRFToken": self.cookie("csrftoken") or self._fetch_token(),
            "Referer": self.site.url + "/",
            "Origin": self.site.url,
        }
        whole = head.encode() + data + f"\r\n--{boundary}--\r\n".encode()
        status, body = self._open(urllib.request.Request(self.site.url + "/attachments/", data=whole, headers=headers))
        try:
            return status, json.loads(body)
        except ValueError:
            return status, {"body": body}

    def get_bytes(self, path: str) -> tuple[int, bytes, dict[str, str]]:
        """Status, body and headers of what is no page."""
        try:
            with self._opener.open(self.site.url + path, timeout=30) as response:
                return response.status, response.read(), dict(response.headers)
        except urllib.error.HTTPError as error:
            return error.code, error.read(), dict(error.headers)

    def _open(self, request: urllib.request.Request) -> tuple[int, str]:
        try:
            with self._opener.open(request, timeout=30) as response:
                return response.status, response.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def _fetch_token(self) -> str:
        self.get("/accounts/login/")
        return self.cookie("csrftoken")

    def cookie(self, name: str) -> str:
        return next((cookie.value or "" for cookie in self.jar if cookie.name == name), "")

    def with_session(self, key: str) -> Person:
        """Be signed in already."""
        self.jar.set_cookie(
            http.cookiejar.Cookie(
                0,
                "sessionid",
                key,
                None,
                False,
                "127.0.0.1",
                True,
                False,
                "/",
                True,
                False,
                None,
                False,
                None,
                None,
                {},
            )
        )
        return self

    def sign_up(self) -> Person:
        status, body = self.post(
            "/accounts/signup/", username=self.name, password1=self.password, password2=self.password
        )
        assert status == 200, body
        assert self.cookie("sessionid"), re.findall(r'class="[^"]*error[^"]*".*?</', body, re.S)
        return self

    def sign_in(self) -> Person:
        self.jar.clear()
        status, body = self.post("/accounts/login/", login=self.name, password=self.password)
        assert status == 200, body
        assert self.cookie("sessionid"), "signing in failed"
        return self

    def sign_out(self) -> None:
        self.post("/accounts/logout/")

    def token(self, *scopes: str) -> str:
        """A token for a program, made as on the page; without scopes it may do everything."""
        every = ("threads:read", "threads:write", "memories:read", "memories:write", "chat", "account")
        self.post("/accounts/reauthenticate/", password=self.password)
        status, page = self.post("/accounts/tokens/new/", name="program", days="7", scopes=scopes or every)
        assert status == 200, page
        return re.search(r"memchat_[\w-]{43}", page)[0]  # type: ignore[index]

    # --- Socket ---------------------------------------------------------------------------------------------

    def tab(self, origin: str | None = None) -> Tab:
        """A socket such as an open tab has; use it with `async with`."""
        cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in self.jar)
        return Tab(self.site.socket_url, {"Cookie": cookies, "Origin": origin or self.site.url})


class Tab:
    """An open socket. Keeps every frame it got, in order."""

    def __init__(self, url: str, headers: dict[str, str]) -> None:
        self._url = url
        self._headers = headers
        self.frames: list[Frame] = []
        self._seen = 0
        self.socket: ClientConnection

    async def __aenter__(self) -> Tab:
        headers = dict(self._headers)
        origin = headers.pop("Origin")
        self.socket = await websockets.connect(
            self._url, additional_headers=headers, origin=websockets.Origin(origin), max_size=2**21, compression=None
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.socket.close()

    async def send(self, **command: Any) -> None:
        await self.socket.send(json.dumps(command))

    async def send_raw(self, data: str | bytes) -> None:
        await self.socket.send(data)

    async def receive(self, timeout: float = 10) -> Frame:
        """The next frame. Raises TimeoutError, and ConnectionClosed with the server's code."""
        async with asyncio.timeout(timeout):
            frame: Frame = json.loads(await self.socket.recv())
        self.frames.append(frame)
        return frame

    async def until(self, kind: str, timeout: float = 20, **fields: Any) -> Frame:
        """Read on to the next frame of a type whose fields are as given."""
        async with asyncio.timeout(timeout):
            while True:
                frame = await self.receive(timeout)
                if frame["type"] == kind and all(frame.get(name) == value for name, value in fields.items()):
                    return frame

    async def say(self, text: str, thread: str | None = None, **more: Any) -> Frame:
        """Send a message and return the server's `said`, or its `error`."""
        own_id = more.pop("id", str(uuid.uuid4()))
        await self.send(do="say", ref=own_id, id=own_id, thread=thread, text=text, **more)
        async with asyncio.timeout(20):
            while True:
                frame = await self.receive(20)
                if frame.get("ref") == own_id:
                    return frame

    async def reply_to(self, text: str, thread: str | None = None, **more: Any) -> tuple[Frame, str, Frame]:
        """Send a message and wait for its reply: the `said` frame, the text as streamed, the `ended` frame."""
        said = await self.say(text, thread, **more)
        assert said["type"] == "said", said
        start = len(self.frames)
        reply = said["reply"]["id"]
        async with asyncio.timeout(60):
            while True:
                frame = await self.receive(60)
                if frame["type"] == "ended" and frame["message"]["id"] == reply:
                    break
        return said, self.streamed(reply, start), frame

    def streamed(self, reply: str, start: int = 0, have: str = "") -> str:
        """The pieces of a reply put together as the protocol demands: no gap is tolerated, overlaps are cut."""
        text = have
        for frame in self.frames[start:]:
            if frame["type"] == "piece" and frame["message"] == reply and frame["end"] > len(text):
                assert frame["offset"] <= len(text), f"a gap at {len(text)}: {frame['offset']}"
                text += frame["text"][len(text) - frame["offset"] :]
        return text
