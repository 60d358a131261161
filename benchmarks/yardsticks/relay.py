"""The bare relay: passes the provider's stream through to a socket and does nothing else.

No accounts, no database, no saving, no parsing: what the `websockets` package and aiohttp cost by themselves.
`python -m benchmarks.yardsticks.relay PROVIDER_URL` prints its own address.
"""

from __future__ import annotations

import asyncio
import json
import sys

import aiohttp
import uvloop
import websockets
from websockets.asyncio.server import ServerConnection


async def main(provider: str) -> None:
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:

        async def relay(socket: ServerConnection) -> None:
            async for question in socket:
                body = {
                    "model": "claude-sonnet-5-5",
                    "max_tokens": 8192,
                    "stream": True,
                    "messages": [{"role": "user", "content": question}],
                }
                headers = {"x-api-key": "key", "anthropic-version": "2023-06-01", "content-type": "application/json"}
                async with session.post(f"{provider}/v1/messages", data=json.dumps(body), headers=headers) as response:
                    async for chunk in response.content.iter_any():
                        await socket.send(chunk.decode())

        async with websockets.serve(relay, "127.0.0.1", 0, compression=None, backlog=1024) as server:
            print(f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}/", flush=True)
            await asyncio.get_running_loop().create_future()


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1]))
