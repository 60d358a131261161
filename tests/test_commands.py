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


def test_a_say_names_its_attachments():
    command, _ = parse(frame(do="say", thread=THREAD, id=MESSAGE, text="", attachments=[MESSAGE, THREAD]), None)
    assert command.attachments == (uuid.UUID(MESSAGE), uuid.UUID(THREAD))
    for wrong in ("x", [1], ["x"], [MESSAGE] * 101, {"id": MESSAGE}, [None]):
        assert error_of(frame(do="say", thread=THREAD, id=MESSAGE, text="Hi", attachments=wrong)).kind == "bad_command"


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


def test_a_say_tells_how_a_thread_begins():
    command, _ = parse(frame(do="say", thread=None, id=MESSAGE, text="Hi", memory_mode="read"), None)
    assert (command.memory_mode, command.temporary) == ("read", False)
    command, _ = parse(frame(do="say", thread=None, id=MESSAGE, text="Hi", temporary=True), None)
    assert (command.memory_mode, command.temporary) == ("", True)


@pytest.mark.parametrize(
    ("field", "fields"),
    [
        ("memory_mode", {"thread": None, "memory_mode": "on"}),
        ("memory_mode", {"thread": None, "memory_mode": True}),
        ("memory_mode", {"thread": None, "memory_mode": "write", "temporary": True}),
        ("memory_mode", {"thread": THREAD, "memory_mode": "off"}),
        ("temporary", {"thread": THREAD, "temporary": False}),
        ("temporary", {"thread": None, "temporary": "yes"}),
        ("temporary", {"thread": None, "temporary": 1}),
    ],
)
def test_how_a_thread_begins_is_read_strictly_and_only_where_one_begins(field, fields):
    error = error_of(frame(do="say", id=MESSAGE, text="Hi", **fields))
    assert error.kind == "bad_command"
    assert field in error.text


def test_what_steers_a_thread_is_read_with_all_its_fields():
    ids = {"message": uuid.UUID(MESSAGE), "id": uuid.UUID(THREAD)}
    model = {"provider": "offline", "model_name": "x"}
    command, _ = parse(frame(do="edit", message=MESSAGE, id=THREAD, text="Hi", **model), None)
    assert command == commands.Edit(**ids, text="Hi", **model)
    command, _ = parse(frame(do="retry", message=MESSAGE, id=THREAD, **model), None)
    assert command == commands.Retry(**ids, **model)
    assert parse(frame(do="retry", message=MESSAGE), None)[0] == commands.Retry(uuid.UUID(MESSAGE))
    assert parse(frame(do="continue", message=MESSAGE), None)[0] == commands.GoOn(uuid.UUID(MESSAGE))
    assert parse(frame(do="show", message=MESSAGE), None)[0] == commands.Show(uuid.UUID(MESSAGE))
    assert parse(frame(do="seen", thread=THREAD), None)[0] == commands.Seen(uuid.UUID(THREAD))


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"do": "edit", "message": MESSAGE, "text": "Hi"}, "id"),
        ({"do": "edit", "id": THREAD, "text": "Hi"}, "message"),
        ({"do": "edit", "message": MESSAGE, "id": THREAD}, "text"),
        ({"do": "edit", "message": MESSAGE, "id": THREAD, "text": 7}, "text"),
        ({"do": "retry", "message": MESSAGE, "id": "x"}, "id"),
        ({"do": "retry", "message": MESSAGE, "provider": ["x"]}, "provider"),
        ({"do": "retry", "message": MESSAGE, "model_name": "x" * 121}, "model_name"),
        ({"do": "continue"}, "message"),
        ({"do": "show", "message": None}, "message"),
        ({"do": "seen", "thread": 7}, "thread"),
    ],
)
def test_a_wrong_field_of_what_steers_a_thread_is_named(fields, wrong):
    error = error_of(frame(**fields))
    assert (error.kind, f"“{wrong}”" in str(error.text)) == ("bad_command", True)
