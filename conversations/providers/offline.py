"""The built-in provider: no network, no key, no language model, and open about it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator

from conversations.prompts import Prompt
from conversations.providers.base import Event, Provider, Stop
from conversations.providers.offline_answers import answer

_PIECE = re.compile(r"\S+\s*|\s+")


class OfflineProvider(Provider):
    """Answers from the person's memories and this thread, word by word so that the page is seen to stream.

    It reports no usage, as it has no tokens.
    """

    name = "offline"
    label = "Offline"
    model_names = ("offline",)
    context_tokens = 8_000
    reply_tokens = 1_000
    is_model = False

    def __init__(self, delay: float = 0.008) -> None:
        """`delay` is the pause between two words, in seconds."""
        self._delay = delay

    async def stream(self, prompt: Prompt, model_name: str) -> AsyncGenerator[Event, None]:
        text = answer(prompt)
        if prompt.begun and text.startswith(prompt.begun):
            # It says the same again, so going on with it is saying the rest.
            text = text[len(prompt.begun) :]
        for number, piece in enumerate(_PIECE.findall(text)):
            if number:
                await asyncio.sleep(self._delay)
            yield piece
        yield Stop("end")
