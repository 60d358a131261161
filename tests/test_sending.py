"""What is given to a socket at once is what any client reads."""

from __future__ import annotations

import socket

import pytest
from twisted.internet.selectreactor import SelectReactor
from twisted.internet.tcp import Connection
from websockets.frames import Frame, Opcode
from websockets.streams import StreamReader

from memchat.web.sending import AT_ONCE_CHARS, framed, give


@pytest.mark.parametrize("length", [0, 1, 125, 126, 127, 255, 256, 65_535])
def test_a_frame_reads_as_what_was_sent(length):
    payload = b"x" * length
    reader = StreamReader()
    reader.feed_data(framed(payload))
    parsing = Frame.parse(reader.read_exact, mask=False)
    with pytest.raises(StopIteration) as done:
        next(parsing)
    frame = done.value.value
    assert (frame.opcode, frame.fin, bytes(frame.data)) == (Opcode.TEXT, True, payload)
    assert reader.at_eof or not reader.buffer


def test_the_longest_text_that_is_sent_at_once_fits_the_frame():
    assert len(framed(("😀" * AT_ONCE_CHARS).encode())) == 4 * AT_ONCE_CHARS + 4


@pytest.fixture
def way():
    """A transport whose socket takes little at a time, and the other end."""
    here, there = socket.socketpair()
    with here, there:
        here.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4_096)
        for end in (here, there):
            end.setblocking(False)
        transport = Connection(here, None, SelectReactor())
        transport.connected = True
        yield transport, there


def read(there):
    try:
        return there.recv(1_000_000)
    except BlockingIOError:
        return b""


def test_what_one_reads_late_is_whole_and_in_order(way):
    transport, there = way
    frames = [framed(str(number).encode() * 300) for number in range(200)]
    for frame in frames:
        give(transport, frame)
    got = b""
    while more := read(there):
        got += more
        transport.doWrite()
    assert got == b"".join(frames)


def test_what_a_socket_takes_is_on_its_way_at_once(way):
    transport, there = way
    give(transport, b"one")
    assert read(there) == b"one"


def test_what_goes_to_somebody_who_has_left_is_lost_without_a_word(way):
    transport, there = way
    there.close()
    give(transport, b"one")
    give(transport, b"two")
    assert transport.dataBuffer or transport._tempDataBuffer
