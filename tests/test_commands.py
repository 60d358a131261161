"""What the server makes of the frames a browser, or anyone else, sends."""

import json
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations import commands
from conversations.commands import CommandError, parse

THREAD = str(uuid.uuid4())
MESSAGE = str(uuid.uuid4())


def frame(**fields):
    return json.dumps(fields)


def error_of(text=None, data=None):
    with pytest.raises(CommandError) as caught:
        parse(text, data)
    return caught.value


def test_a_say_is_read_with_all_its_fields():
    command, ref = parse(
        frame(do="say", ref="a", thread=THREAD, id=MESSAGE, text="Hi", provider="offline", model_name="x"), None
    )
    assert command == commands.Say(uuid.UUID(THREAD), uuid.UUID(MESSAGE), "Hi", "offline", "x")
    assert ref == "a"


def test_a_say_without_a_thread_starts_a_new_one():
    command, _ = parse(frame(do="say", thread=None, id=MESSAGE, text="Hi"), None)
    assert command.thread is None


def test_an_open_tells_what_the_page_has():
    command, _ = parse(frame(do="open", thread=THREAD, have={"message": MESSAGE, "offset": 7}), None)
    assert command == commands.Open(uuid.UUID(THREAD), None, commands.Have(uuid.UUID(MESSAGE), 7))


def test_a_frame_of_utf_8_bytes_is_read_like_text():
    command, _ = parse(None, frame(do="ping").encode())
    assert command == commands.Ping()


@pytest.mark.parametrize(
    ("text", "data"),
    [
        (None, None),
        ("", None),
        ("{", None),
        ("nul", None),
        ("NaN", None),
        ('{"do": NaN}', None),
        ('{"do": "got", "bytes": Infinity}', None),
        ("[" * 100_000, None),
        ("null", None),
        ("[]", None),
        ('"say"', None),
        ("7", None),
        (None, b"\xff\xfe"),
        (None, b"\x00"),
        ("1" * 5_000, None),
    ],
)
def test_what_is_no_json_object_is_a_bad_frame(text, data):
    assert error_of(text, data).kind == "bad_frame"


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"do": None},
        {"do": 7},
        {"do": ["say"]},
        {"do": "sing"},
        {"do": "say"},
        {"do": "say", "thread": THREAD, "id": MESSAGE},
        {"do": "say", "thread": THREAD, "id": MESSAGE, "text": None},
        {"do": "say", "thread": THREAD, "id": MESSAGE, "text": ["Hi"]},
        {"do": "say", "thread": THREAD, "id": "7", "text": "Hi"},
        {"do": "say", "thread": 7, "id": MESSAGE, "text": "Hi"},
        {"do": "say", "thread": THREAD, "id": MESSAGE, "text": "Hi", "provider": 7},
        {"do": "say", "thread": THREAD, "id": MESSAGE, "text": "Hi", "model_name": "m" * 121},
        {"do": "open"},
        {"do": "open", "thread": "x" * 36},
        {"do": "open", "thread": THREAD, "have": 7},
        {"do": "open", "thread": THREAD, "have": {"message": MESSAGE, "offset": -1}},
        {"do": "open", "thread": THREAD, "have": {"message": MESSAGE, "offset": True}},
        {"do": "resume", "message": MESSAGE, "offset": 1.5},
        {"do": "resume", "message": MESSAGE, "offset": 10**400},
        {"do": "resume", "message": MESSAGE, "offset": "0"},
        {"do": "stop"},
        {"do": "retry", "message": {}},
        {"do": "got", "bytes": None},
        {"do": "ping", "ref": 7},
        {"do": "ping", "ref": "r" * 65},
    ],
)
def test_a_command_of_the_wrong_shape_is_a_bad_command(fields):
    assert error_of(frame(**fields)).kind == "bad_command"


def test_the_error_says_which_field_is_wrong_and_for_which_command():
    error = error_of(frame(do="stop", ref="r1", message=7))
    assert "message" in error.text
    assert error.ref == "r1"


def test_a_frame_over_a_million_characters_is_too_large():
    assert error_of(frame(do="say", text="x" * commands.FRAME_MAX_BYTES)).kind == "too_large"
    assert error_of(None, b"x" * (commands.FRAME_MAX_BYTES + 1)).kind == "too_large"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=8), children, max_size=4),
    max_leaves=10,
)


@given(
    st.text(max_size=200)
    | json_values.map(json.dumps)
    | st.fixed_dictionaries(
        {"do": st.sampled_from(["open", "say", "stop", "retry", "resume", "got", "ping"])},
        optional=dict.fromkeys(("thread", "id", "text", "message", "offset", "have", "bytes", "ref"), json_values),
    ).map(json.dumps)
)
def test_no_frame_ends_in_anything_but_a_command_or_its_error(text):
    try:
        command, _ = parse(text, None)
    except CommandError as error:
        assert error.kind in {"bad_frame", "bad_command", "too_large"}
    else:
        assert isinstance(command, commands.Command)


@given(st.binary(max_size=200))
def test_no_bytes_end_in_anything_but_a_command_or_its_error(data):
    try:
        parse(None, data)
    except CommandError as error:
        assert error.kind in {"bad_frame", "bad_command"}
