"""What the roles may do, and how long."""

import os
import subprocess
import sys

import psycopg
import pytest

from app import embedded, migrate
from app.kit import roles
from app.kit.actor import NOBODY
from app.kit.db import Database
from app.launch.paths import ROOT


@pytest.fixture
def superuser(server: embedded.Server, database_name: str):
    with psycopg.connect(server.url(embedded.SUPERUSER, database_name), autocommit=True) as connection:
        yield connection


@pytest.mark.parametrize("role", [roles.OWNER, roles.APPLICATION, roles.LOOKUP])
def test_no_role_is_above_row_level_security(superuser: psycopg.Connection, role: str) -> None:
    found = superuser.execute(
        "SELECT rolsuper, rolbypassrls, rolcreatedb, rolcreaterole, rolreplication FROM pg_roles WHERE rolname = %s",
        (role,),
    ).fetchone()
    assert found == (False, False, False, False, False)


def test_look_up_role_cannot_log_in_and_the_owner_may_only_become_it(superuser: psycopg.Connection) -> None:
    assert superuser.execute("SELECT rolcanlogin FROM pg_roles WHERE rolname = %s", (roles.LOOKUP,)).fetchone() == (
        False,
    )
    assert superuser.execute(
        "SELECT pg_has_role(%s, %s, 'MEMBER'), pg_has_role(%s, %s, 'MEMBER')",
        (roles.OWNER, roles.LOOKUP, roles.APPLICATION, roles.LOOKUP),
    ).fetchone() == (True, False)
    if superuser.info.server_version >= 160_000:
        assert superuser.execute(
            "SELECT pg_has_role(%s, %s, 'USAGE'), pg_has_role(%s, %s, 'SET')",
            (roles.OWNER, roles.LOOKUP, roles.OWNER, roles.LOOKUP),
        ).fetchone() == (False, True)


def test_roles_are_made_again_without_harm(server: embedded.Server) -> None:
    roles.create_roles(server.url(embedded.SUPERUSER, "postgres"))
    roles.create_database(server.url(embedded.SUPERUSER, "postgres"), "sanduk")


def test_the_printed_script_prepares_a_server_and_may_be_repeated(server: embedded.Server) -> None:
    superuser = server.url(embedded.SUPERUSER, "postgres")
    for _ in range(2):
        done = subprocess.run(
            [embedded.wheel_binaries() / "psql", superuser, "-v", "ON_ERROR_STOP=1", "-q"],
            input=roles.script("printed"),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
    with psycopg.connect(superuser) as connection:
        assert connection.execute(
            "SELECT datdba::regrole::text, has_database_privilege('sanduk_app', oid, 'CONNECT'),"
            " has_database_privilege('sanduk_app', oid, 'CREATE'), has_database_privilege('public', oid, 'CONNECT')"
            " FROM pg_database WHERE datname = 'printed'"
        ).fetchone() == (roles.OWNER, True, False, False)
    roles.drop_database(superuser, "printed")


def test_a_given_database_is_migrated_with_the_owners_address(server: embedded.Server) -> None:
    superuser = server.url(embedded.SUPERUSER, "postgres")
    roles.create_database(superuser, "given")
    owner, application = server.url(roles.OWNER, "given"), server.url(roles.APPLICATION, "given")
    assert not migrate.is_current(application)
    done = subprocess.run(
        [sys.executable, "-m", "app.cli", "migrate"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "DATABASE_OWNER_URL": owner},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert migrate.is_current(application)
    roles.drop_database(superuser, "given")


def test_authentication_is_peer_by_socket_alone(superuser: psycopg.Connection) -> None:
    assert superuser.execute("SELECT DISTINCT type, auth_method FROM pg_hba_file_rules").fetchall() == [
        ("local", "peer")
    ]
    assert superuser.execute("SHOW listen_addresses").fetchone() == ("",)


async def test_the_application_brings_its_time_limits(database: Database) -> None:
    async with database.transaction(NOBODY) as session:
        connection = await session.connection()
        for name, value in roles.LIMITS.items():
            assert (await connection.exec_driver_sql(f"SHOW {name}")).scalar_one() == value


def test_a_slow_statement_is_ended(app_url: str) -> None:
    with psycopg.connect(app_url) as connection:
        connection.execute("SET LOCAL statement_timeout = '50ms'")
        with pytest.raises(psycopg.errors.QueryCanceled):
            connection.execute("SELECT pg_sleep(5)")


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE public.mine (x int)",
        "CREATE SCHEMA mine",
        "CREATE TEMP TABLE mine (x int)",
        "SET ROLE sanduk_owner",
        "SET ROLE sanduk_lookup",
        "SET SESSION AUTHORIZATION postgres",
        "COPY (SELECT 1) TO PROGRAM 'true'",
        "SELECT pg_read_file('PG_VERSION')",
        "DROP TABLE alembic_version",
    ],
)
def test_the_application_role_may_not(app_url: str, statement: str) -> None:
    with psycopg.connect(app_url) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(statement)
