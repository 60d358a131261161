"""Row-level security as migrations set it up: each row is reached by its own person, or by work for everyone.

The condition is asked once a statement, not once a row; its second half keeps the planner's estimates where they are
without it, since the statement itself names the owner again. Conditions that may tell what they see ("not leakproof":
arrays, words, patterns) are only asked after it, and so cannot use an index of their own. Where they have to, the
statement reads a view of the table instead, which has the same condition as part of itself (`reachable`).
"""

from __future__ import annotations

from django.db.migrations import RunSQL

FUNCTIONS = RunSQL(
    """
    CREATE FUNCTION memchat_person() RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE AS
        $$SELECT CASE WHEN current_setting('memchat.person', true) ~ '^[0-9]+$'
                      THEN current_setting('memchat.person', true)::bigint END$$;
    CREATE FUNCTION memchat_everyone() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS
        $$SELECT coalesce(current_setting('memchat.person', true) = '*', false)$$;
    """,
    """
    DROP FUNCTION memchat_person();
    DROP FUNCTION memchat_everyone();
    """,
)


TAKE_SAMPLES = RunSQL(
    # The planner's samples of a table are its owner's to take and to drop.
    """
    CREATE FUNCTION memchat_take_samples(of text) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER
        SET search_path FROM CURRENT AS $$
    DECLARE
        filled boolean;
    BEGIN
        EXECUTE format('ANALYZE %I', of);
        EXECUTE format('SELECT EXISTS (SELECT FROM %I)', of) INTO filled;
        IF NOT filled AND current_setting('server_version_num')::int >= 180000 THEN
            PERFORM pg_clear_attribute_stats(schemaname, tablename, attname, inherited)
            FROM (SELECT DISTINCT schemaname, tablename, attname, inherited FROM pg_stats
                  WHERE schemaname = current_schema()
                    AND (tablename = of
                         OR tablename IN (SELECT indexname FROM pg_indexes
                                          WHERE schemaname = current_schema() AND tablename = of))) sampled;
        END IF;
        RETURN filled;
    END $$;
    """,
    "DROP FUNCTION memchat_take_samples(text);",
)


def owned(column: str = "user_id") -> str:
    return f"{column} = (SELECT memchat_person()) OR (SELECT memchat_everyone())"


def guarded(table: str, condition: str = "") -> RunSQL:
    """Let a table show, and take, only what the condition holds for: unless told otherwise, that the person owns it."""
    condition = condition or owned()
    return RunSQL(
        f"""
        CREATE POLICY reached_by_its_person ON {table} USING ({condition}) WITH CHECK ({condition});
        ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
        """,
        f"""
        ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;
        DROP POLICY reached_by_its_person ON {table};
        """,
    )


def reachable(view: str, table: str, columns: str) -> RunSQL:
    """Make a view of a guarded table that lets statements use every index; it shows the same rows."""
    return RunSQL(f"CREATE VIEW {view} AS SELECT {columns} FROM {table} WHERE {owned()}", f"DROP VIEW {view}")
