"""A bare `websockets` server whose connections do nothing. Prints its address."""

from __future__ import annotations

import asyncio

import uvloop
import websockets
from websockets.asyncio.server import ServerConnection


async def main() -> None:
    async def wait(socket: ServerConnection) -> None:
        await socket.wait_closed()

    async with websockets.serve(wait, "127.0.0.1", 0, backlog=1024, compression=None) as server:
        print(f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}/", flush=True)
        await asyncio.get_running_loop().create_future()


if __name__ == "__main__":
    uvloop.run(main())
