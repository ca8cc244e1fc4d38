"""Migrations go up, down and up again to the same schema; what the catalogue must say about every table."""

import re
import subprocess
from collections.abc import Iterator

import psycopg
import pytest

from app import embedded, migrate
from app.kit import roles
from app.kit.crypto import NIL

OURS = "nspname !~ '^pg_' AND nspname <> 'information_schema'"

WITHOUT_GROUP = {
    "kit.development_clock",  # one row, refused in production
    "public.alembic_version",
    "public.checkpoints",  # one signed root over all groups' heads
    "public.code_requests",
    "public.groups",  # the groups themselves
    "public.listed_phones",
    "public.persons",
    "public.procrastinate_events",  # the worker's queue names groups in its arguments and holds nothing of theirs
    "public.procrastinate_jobs",
    "public.procrastinate_periodic_defers",
    "public.procrastinate_workers",
    "public.phone_changes",
    "public.sessions",  # knows the group that its person looks at, belongs to the person
    "public.staff",
    "public.step_ups",
}
"""Tables that belong to no group. A new one is a decision."""

TENANT = "(group_id = kit.tenant())"
TENANT_OR_PLATFORM = f"(group_id = COALESCE(kit.tenant(), '{NIL}'::uuid))"
"""For tables that also hold rows of the platform, under the nil UUID."""
WITH_PLATFORM = {"audit.chain", "audit.head", "public.audit_events", "public.idempotent_commands"}

MAY_DELETE = {
    "public.code_requests",  # those older than a day, by their policy
    "public.procrastinate_jobs",  # work done, not a record
    "public.procrastinate_periodic_defers",  # the schedule's memory of its last run
    "public.procrastinate_workers",
    "public.staff",  # a right, not a record: the audit log keeps who had it
    "public.waiting_notices",  # once they are among their person's notifications
}
"""Tables from which the application may delete rows."""

DEFINERS = {
    "audit.chain_event",
    "ledger.check_entry",
    "ledger.close_period",
    "ledger.erase_detail",
    "ledger.forbid_unless_erased",
    "ledger.hold_against_books",
    "ledger.open_account",
    "ledger.open_group",
    "ledger.post_entries",
    "ledger.record_assertion",
    "lookup.group_by_code",
    "lookup.books_checked",
    "lookup.books_due",
    "lookup.dues_unseen",
    "lookup.every_group",
    "lookup.every_head",
    "lookup.group_by_invite",
    "lookup.groups_of_checkpoints",
    "lookup.heads_of_checkpoints",
    "lookup.loans_due",
    "lookup.person_by_phone",
    "lookup.my_left_places",
    "lookup.my_places",
    "lookup.phone_change_due",
    "lookup.profiles_to_claim",
    "lookup.receipt_by_check_code",
    "lookup.session_by_token",
    "lookup.staff_groups",
    "lookup.staff_persons",
    "lookup.statement_by_check_code",
}
"""Functions that run with their owner's rights. A new one is a decision."""


@pytest.fixture
def empty(server: embedded.Server) -> Iterator[str]:
    superuser = server.url(embedded.SUPERUSER, "postgres")
    roles.create_database(superuser, "up_and_down")
    yield "up_and_down"
    roles.drop_database(superuser, "up_and_down")


@pytest.fixture
def catalogue(server: embedded.Server, database_name: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(server.url(embedded.SUPERUSER, database_name), autocommit=True) as connection:
        yield connection


def schema_of(url: str) -> str:
    """The whole schema with rights, as pg_dump writes it, without its one-time marks."""
    dump = subprocess.run(
        [embedded.wheel_binaries() / "pg_dump", "--schema-only", url], capture_output=True, text=True, check=True
    ).stdout
    return re.sub(r"^\\(un)?restrict .*$", "", dump, flags=re.MULTILINE)


def test_up_down_up_gives_the_same_schema(server: embedded.Server, empty: str) -> None:
    owner, superuser = server.url(roles.OWNER, empty), server.url(embedded.SUPERUSER, empty)
    migrate.upgrade(owner)
    first = schema_of(superuser)
    assert migrate.is_current(server.url(roles.APPLICATION, empty))
    migrate.downgrade(owner)
    with psycopg.connect(superuser) as connection:
        left = connection.execute(
            "SELECT nspname || '.' || relname FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace"
            f" WHERE {OURS} AND relname NOT LIKE 'alembic_version%'"
            f" UNION ALL SELECT nspname || '.' || proname FROM pg_proc JOIN pg_namespace n ON n.oid = pronamespace"
            f" WHERE {OURS} UNION ALL SELECT nspname FROM pg_namespace WHERE {OURS} AND nspname <> 'public'"
        ).fetchall()
    assert left == []
    assert not migrate.is_current(superuser)
    migrate.upgrade(owner)
    assert schema_of(superuser) == first
    migrate.upgrade(owner)


def test_each_revision_goes_down_and_up_on_its_own(server: embedded.Server, empty: str) -> None:
    owner = server.url(roles.OWNER, empty)
    migrate.upgrade(owner)
    for _ in migrate.revisions():
        migrate.downgrade(owner, "-1")
        migrate.upgrade(owner, "+1")
        migrate.downgrade(owner, "-1")


def tables_with_group(catalogue: psycopg.Connection) -> list[tuple[int, str]]:
    return catalogue.execute(
        "SELECT c.oid, nspname || '.' || relname FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace"
        f" WHERE relkind IN ('r', 'p') AND {OURS} AND EXISTS"
        " (SELECT FROM pg_attribute a WHERE attrelid = c.oid AND attname = 'group_id' AND attnotnull)"
    ).fetchall()


def test_tables_without_a_group_are_the_listed_ones(catalogue: psycopg.Connection) -> None:
    found = catalogue.execute(
        "SELECT nspname || '.' || relname FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace"
        f" WHERE relkind IN ('r', 'p') AND {OURS}"
    ).fetchall()
    assert {name for (name,) in found} - {name for _, name in tables_with_group(catalogue)} == WITHOUT_GROUP


def test_every_table_with_a_group_forces_row_level_security(catalogue: psycopg.Connection) -> None:
    for oid, name in tables_with_group(catalogue):
        flags = catalogue.execute(
            "SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE oid = %s", (oid,)
        ).fetchone()
        assert flags == (True, True), name
        policies = catalogue.execute(
            "SELECT polcmd::text, pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid),"
            " ARRAY(SELECT rolname::text FROM pg_roles WHERE oid = ANY (polroles)) FROM pg_policy WHERE polrelid = %s",
            (oid,),
        ).fetchall()
        mine = [p for p in policies if p[3] != [roles.LOOKUP]]
        assert mine, name
        for command, using, check, _ in mine:
            tenant = TENANT_OR_PLATFORM if name in WITH_PLATFORM else TENANT
            assert tenant in (using or check), name
            if command != "r":
                assert (check or using) == tenant, name
        for command, using, _, _ in (p for p in policies if p[3] == [roles.LOOKUP]):
            assert (command, using) == ("r", f"(CURRENT_USER = '{roles.LOOKUP}'::name)"), name


def test_the_groups_themselves_are_bound_too(catalogue: psycopg.Connection) -> None:
    flags = catalogue.execute(
        "SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE oid = 'public.groups'::regclass"
    ).fetchone()
    assert flags == (True, True)
    writing = catalogue.execute(
        "SELECT coalesce(pg_get_expr(polwithcheck, polrelid), pg_get_expr(polqual, polrelid)) FROM pg_policy"
        " WHERE polrelid = 'public.groups'::regclass AND polcmd <> 'r'"
    ).fetchall()
    assert writing == [("(id = kit.tenant())",)]


def test_primary_and_foreign_keys_begin_with_the_group(catalogue: psycopg.Connection) -> None:
    with_group = dict(tables_with_group(catalogue))
    for oid, name in with_group.items():
        keys = catalogue.execute(
            "SELECT contype::text, confrelid, (SELECT attname FROM pg_attribute WHERE attrelid = conrelid"
            " AND attnum = conkey[1]) FROM pg_constraint WHERE conrelid = %s AND contype IN ('p', 'f')",
            (oid,),
        ).fetchall()
        assert any(kind == "p" for kind, _, _ in keys), name
        for kind, target, first in keys:
            if kind == "p" or target in with_group:
                assert first == "group_id", (name, kind)


def test_the_application_owns_nothing_and_may_delete_only_where_listed(catalogue: psycopg.Connection) -> None:
    owned = catalogue.execute(
        "SELECT relname FROM pg_class WHERE relowner = %s::regrole", (roles.APPLICATION,)
    ).fetchall()
    assert owned == []
    found = catalogue.execute(
        "SELECT nspname || '.' || relname, has_table_privilege(%(app)s, c.oid, 'DELETE'),"
        " has_table_privilege(%(app)s, c.oid, 'TRUNCATE, REFERENCES, TRIGGER')"
        f" FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE relkind IN ('r', 'p') AND {OURS}",
        {"app": roles.APPLICATION},
    ).fetchall()
    assert {name for name, delete, _ in found if delete} == MAY_DELETE
    assert {name for name, _, other in found if other} == set()


def test_functions_with_their_owners_rights_are_the_listed_ones(catalogue: psycopg.Connection) -> None:
    found = catalogue.execute(
        "SELECT nspname || '.' || proname, proowner::regrole::text, proconfig,"
        " has_function_privilege('public', p.oid, 'EXECUTE')"
        f" FROM pg_proc p JOIN pg_namespace n ON n.oid = pronamespace WHERE prosecdef AND {OURS}"
    ).fetchall()
    assert {name for name, _, _, _ in found} == DEFINERS
    for name, owner, config, public in found:
        assert config is not None, name
        assert any(setting.startswith("search_path=") for setting in config), name
        assert not public, name
        assert (owner == roles.LOOKUP) == name.startswith("lookup."), name
