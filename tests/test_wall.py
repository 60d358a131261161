"""The second wall: the database shows a piece of work the rows of its person, whatever its statements forget to ask."""

from __future__ import annotations

import ast
import threading
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import DatabaseError, OperationalError, ProgrammingError, connection, connections, transaction
from django.urls import reverse
from django.utils import timezone

from conversations.models import (
    Attachment,
    ChangeKind,
    Heard,
    Import,
    ImportPart,
    Learning,
    MemoryChange,
    MemoryUse,
    Message,
    MessageTerms,
    MessageVector,
    MonthlyUsage,
    OwnedQuerySet,
    Run,
    SharedThread,
    Thread,
    ToolUse,
)
from memchat import wall
from memchat.postgres import embedded, roles
from memchat.postgres.base import DatabaseWrapper
from memchat.users import tokens
from memchat.users.models import AccessKind, AccessLogEntry, Counter
from memories import recall
from memories.models import Memory, MemoryQuerySet, MemoryVector, Origin, Proposal, Sensitive
from memories.writing import remember
from tests.pooler import PGBOUNCER, pgbouncer

EVERYONES_WORK = {
    "conversations/sharing.py": ["whoever has the link may read the copy"],
    "conversations/tasks.py": [
        "temporary threads are removed when their time is over, whosever they are",
        "files that anybody left lying are removed",
        "messages are made findable in one go, whosever they are",
        "messages that the search lacks are looked for among everybody's",
        "files that anybody attached and never sent are removed",
        "messages get vectors of a new embedder, whosever they are",
    ],
    "conversations/turns/keeping.py": [
        "the replies of all people that this process writes are saved by one statement"
    ],
    "conversations/turns/runner.py": ["whoever's run was left by its process is looked after"],
    "memchat/staff/site.py": ["staff look after what belongs to anybody, as far as their rights go"],
    "memchat/doctor.py": ["the vectors of all memories are counted"],
    "memchat/erasure.py": [
        "what staff looked at is noted with others, under a name that goes now",
        "others' rows may refer to the account that goes",
        "names that the admin noted go where there is no such row any more, whosever it was",
    ],
    "memchat/management/commands/prune.py": ["what has had its time is removed, whosever it is"],
    "memchat/monitoring/probes.py": ["the runs of all people are counted"],
    "memchat/tasks.py": ["what has had its time is removed, whosever it is"],
    "memories/items/reading.py": ["a program of the site's own lists the namespaces of all people"],
    "memchat/users/tokens.py": ["who shows a token is found by it"],
    "memories/management/commands/reembed.py": [
        "a new embedder gives all memories vectors, whosever they are"
    ],
    "memories/tasks.py": [
        "a new embedder gives all memories vectors, whosever they are",
        "what anybody has forgotten is removed when it can no longer be undone",
    ],
}  # fmt: skip

BELONGS_TO_NOBODY = {
    "users.User": "who somebody is, is looked up before they are signed in",
    "users.CacheRow": "counters of attempts to sign in, under hashes",
    "memories.EmbedderInUse": "one row for the site",
    "conversations.ProviderRule": "what staff decided for everybody",
    "conversations.SitePrompt": "what staff decided for everybody",
}
OF_OTHERS = {
    "account.EmailAddress": "signing in by address looks for it before anybody is signed in",
    "account.EmailConfirmation": "a link in a mail leads to it",
    "admin.LogEntry": "what staff did",
    "mfa.Authenticator": "asked for while somebody signs in",
    "usersessions.UserSession": "asked for while somebody signs in",
}


def everything_of(user):
    """A row in every table that holds people's rows."""
    thread = Thread.objects.create(user=user, title="Tea")
    Counter.objects.create(user=user, kind="messages")
    tokens.make(user, "Tea", ["threads:read"])
    Heard.objects.create(user=user, text="I drink tea")
    asked = Message.objects.create(thread=thread, user=user, role="user", text="Which tea?")
    reply = Message.objects.create(thread=thread, user=user, role="assistant", text="Green.", parent=asked, depth=1)
    memory = remember(user.pk, "I drink green tea", origin=Origin.SAID).memory
    MemoryVector.objects.create(user=user, memory=memory, path="title", embedder="x", dimensions=1, embedding=[1])
    Run.objects.create(reply=reply, thread=thread, user=user)
    MemoryUse.objects.create(reply=reply, user=user, memory=memory, rank=1, reasons="meaning")
    MemoryChange.objects.create(message=asked, user=user, position=0, kind=ChangeKind.REMEMBERED, memory=memory)
    ToolUse.objects.create(reply=reply, user=user, position=0, name="search_memories", query="tea")
    Learning.objects.create(message=asked, user=user)
    MonthlyUsage.objects.create(user=user)
    brought = Import.objects.create(user=user, size=1)
    ImportPart.objects.create(of=brought, position=0, data=b"x")
    MessageTerms.objects.create(message=asked, user=user, created_at=asked.created_at)
    MessageVector.objects.create(message=asked, user=user, created_at=asked.created_at)
    SharedThread.objects.create(token=user.username * 5, user=user, thread=thread, title="Tea", said=[])
    Attachment.objects.create(user=user, name="a.txt", kind="text", media_type="text/plain", size=1, data=b"x")
    Proposal.objects.create(
        user=user, text="tea heals me", sensitive=Sensitive.HEALTH, origin=Origin.SAID, fingerprint="x"
    )
    AccessLogEntry.objects.create(user=user, staff_name="carol", kind=AccessKind.READ, what="a memory")
    return thread


@pytest.fixture
def alices(alice):
    return everything_of(alice)


class Plain:
    """SQL as somebody would send it who knows nothing of the site's code, in a transaction that was told a person."""

    def __init__(self, whose):
        self.whose = whose

    def __call__(self, statement, *values):
        connection.ensure_connection()
        raw = connection.connection
        try:
            with raw.transaction():
                cursor = psycopg.ClientCursor(raw)
                cursor.execute(f"SET LOCAL {wall.VARIABLE} = '{self.whose}'")
                cursor.execute(statement, values or None)
                return cursor.rowcount
        finally:
            raw.told = None


TABLES = [
    model._meta.db_table
    for model in apps.get_models()
    if model._meta.app_label in wall.APPS and model._meta.label not in BELONGS_TO_NOBODY
]
VIEWS = ["memories_reachable", "conversations_reachableterms"]


# --- What the database shows --------------------------------------------------------------------------------------


def test_without_a_person_no_table_shows_or_gives_up_anything(alices):
    for whose in ("", "0", "alice", "-1", "**", "1 OR 1=1"):
        nobody = Plain(whose.replace("'", ""))
        for table in [*TABLES, *VIEWS]:
            assert nobody(f"SELECT * FROM {table}") == 0, table
        for table in TABLES:
            assert nobody(f"DELETE FROM {table}") == 0, table


def test_another_person_can_neither_read_nor_change_nor_delete_a_row(alice, alices, bob):
    hers, his = Plain(alice.pk), Plain(bob.pk)
    for table in [*TABLES, *VIEWS]:
        assert hers(f"SELECT * FROM {table}") > 0, f"{table}: the test leaves it empty"
        assert his(f"SELECT * FROM {table}") == 0, table
    for table, column in wall.owned_tables().items():
        assert his(f'UPDATE {table} SET "{column}" = "{column}"') == 0, table
        assert his(f"DELETE FROM {table}") == 0, table
        assert hers(f'UPDATE {table} SET "{column}" = "{column}"') > 0, table


def test_nobody_writes_on_behalf_of_another_or_gives_a_row_away(alice, alices, bob):
    hers = Plain(alice.pk)
    for table, column in wall.owned_tables().items():
        if column == "user_id":
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                hers(f"UPDATE {table} SET user_id = %s", bob.pk)
    for make in (
        lambda: Thread.objects.create(user=alice),
        lambda: Message.objects.create(thread=alices, user=alice, role="user"),
        lambda: ImportPart.objects.create(of=Import.objects.only("pk").get(), position=9, data=b""),
        lambda: remember(alice.pk, "I like jam", origin=Origin.SAID),
    ):
        with pytest.raises((ProgrammingError, Import.DoesNotExist)), wall.person(bob.pk), transaction.atomic():
            make()


def test_a_query_that_forgot_its_owner_shows_the_persons_own_rows(alice, alices, bob):
    everything_of(bob)
    assert Memory.objects.count() == 2
    with wall.person(bob.pk):
        assert [one.user_id for one in Memory.objects.all()] == [bob.pk]
        assert [one.user_id for one in Message.objects.all()] == [bob.pk] * 2
        assert Memory.objects.filter(user=alice).update(pinned=True) == 0
        assert next(iter(Message.objects.iterator())).user_id == bob.pk


def test_recall_for_another_person_finds_nothing(alice, alices, bob):
    with wall.person(alice.pk):
        assert recall.recall(alice, "green tea", None, "none", count=5)
    with wall.person(bob.pk):
        assert recall.recall(alice, "green tea", None, "none", count=5) == []


def test_work_for_nobody_fails_instead_of_finding_nothing(alices):
    with wall.nobody():
        for ask in (Thread.objects.count, lambda: list(Memory.objects.iterator()), MemoryUse.objects.first):
            with pytest.raises(wall.NobodysWork), transaction.atomic():
                ask()
        with pytest.raises(wall.NobodysWork):
            recall.recall(1, "tea", None, "none", count=1)
        assert get_user_model().objects.count() == 1


def test_whose_work_it_is_may_change_within_a_transaction(alice, alices, bob):
    with transaction.atomic():
        with wall.person(bob.pk):
            assert not Thread.objects.exists()
            with wall.everyone("the test looks"):
                assert Thread.objects.count() == 1
            assert not Thread.objects.exists()
        with wall.person(alice.pk):
            assert Thread.objects.count() == 1


def test_a_savepoint_that_is_rolled_back_does_not_leave_another_person_behind(alice, alices, bob):
    with transaction.atomic(), wall.person(bob.pk):
        assert not Thread.objects.exists()
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            with wall.person(alice.pk):
                assert Thread.objects.exists()
            _ = 1 / 0
        assert not Thread.objects.exists()
        with wall.person(alice.pk):
            assert Thread.objects.exists()


# --- Pages ---------------------------------------------------------------------------------------------------------


def test_pages_whose_queries_forget_their_owner_show_strangers_nothing(client, alice, alices, bob, monkeypatch):
    everything_of(bob)
    for queries in (OwnedQuerySet, MemoryQuerySet):
        monkeypatch.setattr(queries, "of", lambda self, user: self.all())
    client.force_login(bob)
    page = client.get(reverse("thread", args=[alices.pk]))
    assert page.status_code == 404
    assert client.get(reverse("home")).status_code == 200
    page = client.get(reverse("memories:list"))
    assert page.status_code == 200
    assert page.content.decode().count("I drink green tea") == 1
    client.post(reverse("thread_delete", args=[alices.pk]))
    assert Thread.objects.filter(pk=alices.pk).exists()
    client.force_login(alice)
    assert client.get(reverse("thread", args=[alices.pk])).status_code == 200


def test_a_page_leaves_nobody_behind(client, alice, alices):
    client.force_login(alice)
    with wall.nobody():
        client.get(reverse("thread", args=[alices.pk]))
        assert wall.whose() == wall.NOBODY
        with pytest.raises(wall.NobodysWork), transaction.atomic():
            Thread.objects.count()


# --- Connections ---------------------------------------------------------------------------------------------------


def said_to_the_session():
    with wall.nobody(), connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(current_setting('memchat.person', true), '')")
        return cursor.fetchone()[0]


@pytest.mark.django_db(transaction=True)
def test_a_connection_forgets_whose_statement_it_was(alice, alices, bob):
    def counted():
        return Thread.objects.count()

    def in_a_transaction():
        with transaction.atomic():
            return Thread.objects.count()

    def through_a_cursor_of_the_server():
        return len(list(Thread.objects.iterator()))

    def recalled():
        return len(recall.recall(alice, "green tea", None, "none", count=5))

    for ask in (counted, in_a_transaction, through_a_cursor_of_the_server, recalled):
        with wall.person(alice.pk):
            assert ask() == 1, ask
        assert said_to_the_session() == ""
        with wall.person(bob.pk):
            assert ask() == 0, ask
        assert said_to_the_session() == ""


@pytest.mark.django_db(transaction=True)
def test_a_cancelled_statement_leaves_nobody_behind(alice, alices, bob):
    for outer in (transaction.atomic, wall.nobody):
        with pytest.raises(OperationalError), outer(), wall.person(alice.pk), connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = 20; SELECT count(*) FROM memories_memory, pg_sleep(5)")
        assert said_to_the_session() == ""
        with wall.person(bob.pk):
            assert not Thread.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_statement_that_fails_leaves_nobody_behind(alice, alices, bob):
    with pytest.raises(DatabaseError), wall.person(alice.pk), connection.cursor() as cursor:
        cursor.execute("SELECT 1/0 FROM memories_memory")
    assert said_to_the_session() == ""


def test_telling_the_person_takes_no_way_of_its_own(alice, alices):
    with wall.person(alice.pk):
        Thread.objects.count()
        connection.ensure_connection()
        raw = connection.connection
        seen = []
        execute = raw.wait
        raw.wait = lambda *args, **how: (seen.append(1), execute(*args, **how))[1]
        try:
            Thread.objects.count()
            with wall.everyone("the test looks"):
                Thread.objects.count()
        finally:
            del raw.wait
    assert len(seen) == 2


@pytest.fixture
def pooled(tmp_path):
    """The test's database behind PgBouncer, which gives every transaction the one connection there is."""
    if PGBOUNCER is None:
        pytest.skip("there is no PgBouncer on this machine")
    connection.ensure_connection()
    place, name = connection.settings_dict["HOST"], connection.settings_dict["NAME"]
    pools = DatabaseWrapper._connection_pools
    with pgbouncer(tmp_path, Path(place), name, embedded.ROLE, sessions=1) as port:

        def connect():
            through = {"HOST": "127.0.0.1", "PORT": str(port), "DISABLE_SERVER_SIDE_CURSORS": True}
            own = {**connection.settings_dict, **through}
            own.pop("EMBEDDED")
            own["OPTIONS"] = {**own["OPTIONS"], "pool": {"min_size": 1, "max_size": 4, "timeout": 20}}
            database = DatabaseWrapper(own, "pooled")
            connections["pooled"] = database
            return database

        try:
            yield connect
        finally:
            if "pooled" in pools:
                pools.pop("pooled").close()


@pytest.mark.django_db(transaction=True)
def test_behind_a_pooler_in_transaction_mode_everybody_sees_their_own(pooled, alice, alices, bob):
    everything_of(bob)
    wrong, through = [], []

    def work(user_id):
        database = pooled()
        ask = "SELECT DISTINCT user_id FROM memories_memory"
        for number in range(40):
            with wall.person(user_id):
                if number % 2:
                    database.set_autocommit(False)
                with database.cursor() as cursor:
                    cursor.execute(ask)
                    seen = cursor.fetchall()
                    cursor.execute("SELECT user_id FROM conversations_thread")
                    seen += cursor.fetchall()
                if number % 2:
                    database.commit()
                    database.set_autocommit(True)
            if seen != [(user_id,)] * 2:
                wrong.append((user_id, seen))
            with wall.nobody(), database.cursor() as cursor:
                cursor.execute("SELECT current_setting('memchat.person', true)")
                if cursor.fetchone()[0]:
                    wrong.append((user_id, "left behind"))
        database.close()
        through.append(user_id)

    threads = [threading.Thread(target=work, args=[user.pk]) for user in (alice, bob)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert wrong == []
    assert sorted(through) == [alice.pk, bob.pk]


# --- The roles -----------------------------------------------------------------------------------------------------


def test_the_site_runs_as_a_role_that_owns_nothing_and_cannot_take_the_wall_down(db):
    assert wall.open_tables() == []
    assert not wall.is_above_it()
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        assert cursor.fetchone()[0] == embedded.ROLE
    for statement in (
        "ALTER TABLE memories_memory DISABLE ROW LEVEL SECURITY",
        "DROP POLICY reached_by_its_person ON memories_memory",
        "CREATE POLICY mine ON memories_memory USING (true)",
        "DROP VIEW memories_reachable",
        "TRUNCATE conversations_monthlyusage",
        "CREATE TABLE memories_copy (id int)",
        f"SET ROLE {embedded.OWNER}",
        "CREATE OR REPLACE FUNCTION memchat_everyone() RETURNS boolean LANGUAGE sql AS 'SELECT true'",
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


@pytest.mark.django_db(transaction=True)
def test_where_the_owner_alone_is_given_the_site_works_and_says_that_there_is_no_wall(alice, alices):
    from memchat import server

    with connection.as_owner():
        assert "memories_memory" in wall.open_tables()
        with wall.person(alice.pk):
            assert Thread.objects.count() == 1
        assert server.second_wall_problem()
    assert server.second_wall_problem() == ""


def test_a_data_directory_of_an_earlier_version_gets_the_role(db, monkeypatch):
    connection.ensure_connection()
    monkeypatch.setattr(embedded, "ROLE", "memchat_site_anew")
    host = connection.settings_dict["HOST"]
    with psycopg.connect(host=host, user="postgres", dbname="postgres", autocommit=True) as admin:
        try:
            for _again in range(2):
                embedded._bootstrap(host)
            found = admin.execute(
                "SELECT rolcanlogin, rolsuper, rolbypassrls, rolcreatedb, rolcreaterole FROM pg_roles"
                " WHERE rolname = 'memchat_site_anew'"
            )
            assert found.fetchone() == (True, False, False, False, False)
        finally:
            admin.execute("DROP ROLE IF EXISTS memchat_site_anew")


@pytest.mark.django_db(transaction=True)
def test_a_role_that_is_named_later_is_let_in_by_migrating(alices, monkeypatch):
    host, name = connection.settings_dict["HOST"], connection.settings_dict["NAME"]
    connect = {"host": host, "dbname": name, "autocommit": True}
    with psycopg.connect(user="postgres", **connect) as admin:
        admin.execute("CREATE ROLE memchat_later LOGIN")
        try:
            running = embedded._running[Path(connection.settings_dict["EMBEDDED"])]
            monkeypatch.setitem(running, "USER", "memchat_later")
            with connection.as_owner():
                roles.let_in(connection)
            with psycopg.connect(user="memchat_later", **connect) as later:
                assert later.execute("SELECT count(*) FROM memories_memory").fetchone()[0] == 0
                later.execute("SELECT set_config('memchat.person', '*', false)")
                assert later.execute("SELECT count(*) FROM memories_memory").fetchone()[0] == 1
        finally:
            admin.execute("DROP OWNED BY memchat_later; DROP ROLE memchat_later")


# --- A new table, a new place --------------------------------------------------------------------------------------


def test_every_table_with_peoples_rows_is_guarded_for_reading_and_writing(db):
    assert sorted(wall.owned_tables()) == sorted(TABLES), "a new table needs a policy (memchat.postgres.guarding)"
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE relrowsecurity AND relname = ANY(%s)", [TABLES])
        assert {name for (name,) in cursor.fetchall()} == set(TABLES)
        cursor.execute(
            "SELECT tablename, cmd, permissive, qual = with_check, qual FROM pg_policies"
            " WHERE schemaname = current_schema()"
        )
        policies = cursor.fetchall()
    assert sorted(table for table, *_ in policies) == sorted(TABLES), "one policy for each"
    for table, command, _, same, condition in policies:
        assert (command, same) == ("ALL", True), table
        if wall.owned_tables()[table] == "user_id":
            assert "user_id = ( SELECT memchat_person()" in condition, table


def test_every_other_table_that_names_a_person_is_here_with_its_reason():
    person = get_user_model()
    named = {
        model._meta.label
        for model in apps.get_models()
        if model._meta.db_table not in wall.owned_tables()
        and any(
            field.is_relation
            and (field.related_model is person or field.related_model._meta.label == "account.EmailAddress")
            for field in model._meta.local_fields
        )
    }
    assert named - {"conversations.SitePrompt"} == set(OF_OTHERS)


def test_every_place_that_works_for_everyone_is_here_with_its_reason():
    found: dict[str, list[str]] = {}
    for room in ("memchat", "memories", "conversations"):
        for file in sorted((Path(settings.BASE_DIR) / room).rglob("*.py")):
            for node in ast.walk(ast.parse(file.read_text())):
                if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1].startswith("everyone"):
                    reason = node.args[0]
                    assert isinstance(reason, ast.Constant), f"{file}: the reason stands there in words"
                    found.setdefault(str(file.relative_to(settings.BASE_DIR)), []).append(reason.value)
    assert {file: sorted(reasons) for file, reasons in found.items()} == {
        file: sorted(reasons) for file, reasons in EVERYONES_WORK.items()
    }


def test_policies_do_not_change_which_index_a_persons_messages_come_from(alice, alices):
    later = timezone.now() - timedelta(days=1)
    others = get_user_model().objects.bulk_create([get_user_model()(username=f"person {n}") for n in range(40)])
    Thread.objects.bulk_create([Thread(user=one) for one in [*others, *others, *20 * [alice]] for _ in range(25)])
    with connection.cursor() as cursor:
        # What the planner knows of the table is not to depend on what was in it before.
        cursor.execute("SELECT memchat_take_samples('conversations_thread')")
        cursor.execute("SET LOCAL enable_seqscan = off")
        with wall.person(alice.pk):
            assert "Index Scan" in Message.objects.filter(thread=alices, created_at__gt=later).explain()
            assert "thread_list" in Thread.objects.of(alice).order_by("-active_at", "-pk")[:20].explain()
