"""The roles of the database, and the rights that belong to a whole database rather than to a table.

`sanduk_owner` owns the tables and runs migrations; `sanduk_app` is the application, bound by row-level security and
time limits; `sanduk_lookup` owns the few SECURITY DEFINER look-ups and can't log in. All statements are idempotent.
"""

import psycopg
from psycopg import sql

OWNER = "sanduk_owner"
APPLICATION = "sanduk_app"
LOOKUP = "sanduk_lookup"

LIMITS = {
    "statement_timeout": "15s",
    "lock_timeout": "5s",
    "idle_in_transaction_session_timeout": "30s",
}
"""Time limits that the application role brings to every connection."""

_LIMIT_LINES = "".join(f"ALTER ROLE {APPLICATION} SET {name} = '{value}';\n" for name, value in LIMITS.items())

ROLES_SQL = f"""DO $$
DECLARE wanted text;
BEGIN
  FOREACH wanted IN ARRAY ARRAY['{OWNER}', '{APPLICATION}', '{LOOKUP}'] LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted) THEN
      EXECUTE format('CREATE ROLE %I', wanted);
    END IF;
  END LOOP;
END $$;
ALTER ROLE {OWNER} LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE;
ALTER ROLE {APPLICATION} LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE;
ALTER ROLE {LOOKUP} NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE;
{_LIMIT_LINES}DO $$
BEGIN
  -- The owner may become the look-up role to create its functions, but doesn't read with its policies: before 16 that
  -- can't be said here, the policies say it (0028).
  IF current_setting('server_version_num')::int >= 160000 THEN
    EXECUTE 'GRANT {LOOKUP} TO {OWNER} WITH INHERIT FALSE, SET TRUE';
  ELSE
    EXECUTE 'GRANT {LOOKUP} TO {OWNER}';
  END IF;
END $$;
"""


def script(database: str) -> str:
    """SQL for psql, run once by a superuser of an external server; passwords are set afterwards with `\\password`."""
    lines = (
        f"SELECT 'CREATE DATABASE {database} OWNER {OWNER}'",
        f"  WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '{database}') \\gexec",
        f"REVOKE ALL ON DATABASE {database} FROM PUBLIC;",
        f"GRANT CONNECT ON DATABASE {database} TO {APPLICATION};",
        "-- then, unless peer or certificate authentication is used:",
        f"-- \\password {OWNER}",
        f"-- \\password {APPLICATION}",
    )
    return ROLES_SQL + "\n".join(lines) + "\n"


def create_roles(superuser_url: str) -> None:
    """Make or mend the three roles. `superuser_url` is libpq's."""
    with psycopg.connect(superuser_url, autocommit=True) as connection:
        connection.execute(ROLES_SQL.encode())


def create_database(superuser_url: str, database: str, *, template: str | None = None) -> None:
    """Make the database with its rights unless it is there, empty or as a copy of `template` (nobody connected)."""
    name, owner, app = sql.Identifier(database), sql.Identifier(OWNER), sql.Identifier(APPLICATION)
    with psycopg.connect(superuser_url, autocommit=True) as connection:
        if not connection.execute("SELECT FROM pg_database WHERE datname = %s", (database,)).fetchall():
            source = sql.SQL(" TEMPLATE {}").format(sql.Identifier(template)) if template else sql.SQL("")
            connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(name, owner) + source)
        connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(name))
        connection.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(name, app))


def drop_database(superuser_url: str, database: str) -> None:
    """Remove the database, ending its connections."""
    with psycopg.connect(superuser_url, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(database)))
