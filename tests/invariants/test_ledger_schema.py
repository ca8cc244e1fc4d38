"""What must hold of every table and function of the ledger, whatever a later migration adds."""

import psycopg
import pytest

from app.domain.ledger import errors
from app.domain.ledger.service import translate
from app.kit.errors import DomainError

WRITERS = {"open_group", "open_account", "post_entries", "close_period", "record_assertion", "erase_detail"}
GUARDS = {"check_entry", "hold_against_books", "forbid_unless_erased"}


@pytest.fixture
def rows(owner_url: str):
    with psycopg.connect(owner_url) as connection:
        yield lambda query: connection.execute(query).fetchall()


def test_every_table_is_under_forced_row_level_security(rows) -> None:
    tables = rows(
        """SELECT c.relname, c.relrowsecurity, c.relforcerowsecurity, pg_get_userbyid(c.relowner),
             (SELECT count(*) FROM pg_policy p WHERE p.polrelid = c.oid
               AND p.polroles <> ARRAY['sanduk_lookup'::regrole::oid]),
             (SELECT count(*) FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'group_id')
           FROM pg_class c WHERE c.relnamespace = 'ledger'::regnamespace AND c.relkind IN ('r', 'p')"""
    )
    assert len(tables) >= 6
    assert {row[1:] for row in tables} == {(True, True, "sanduk_owner", 1, 1)}


def test_every_key_begins_with_the_group(rows) -> None:
    """Primary, unique and foreign keys: tenants share no number, and the tables can be distributed by group."""
    keys = rows(
        """SELECT k.conname, a.attname FROM pg_constraint k
           JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[1]
           WHERE k.connamespace = 'ledger'::regnamespace AND k.contype IN ('p', 'u', 'f')"""
    )
    assert {first for _, first in keys} == {"group_id"}


def test_the_application_selects_and_runs_the_writers(rows) -> None:
    granted = rows(
        """SELECT DISTINCT privilege_type FROM information_schema.table_privileges
           WHERE table_schema = 'ledger' AND grantee NOT IN ('sanduk_owner')"""
    )
    assert granted == [("SELECT",)]
    allowed = rows(
        """SELECT proname FROM pg_proc WHERE pronamespace = 'ledger'::regnamespace
             AND has_function_privilege('sanduk_app', oid, 'EXECUTE')"""
    )
    assert {name for (name,) in allowed} == WRITERS | {"post_entry"}  # a batch of one, with the caller's rights


def test_functions_with_the_owners_rights_trust_no_search_path(rows) -> None:
    functions = rows(
        """SELECT proname, pg_get_userbyid(proowner), array_to_string(proconfig, ';') FROM pg_proc
           WHERE pronamespace = 'ledger'::regnamespace AND prosecdef"""
    )
    assert {name for name, _, _ in functions} == WRITERS | GUARDS
    assert {(owner, config.removesuffix(";plan_cache_mode=force_generic_plan")) for _, owner, config in functions} == {
        ("sanduk_owner", "search_path=pg_catalog, pg_temp")
    }


def test_every_recorded_table_refuses_update_delete_and_truncate(rows) -> None:
    """pg_trigger.tgtype: 2 before, 8 delete, 16 update, 32 truncate."""
    triggers = rows(
        """SELECT tgrelid::regclass::text, bit_or(tgtype::int) FROM pg_trigger
           WHERE tgfoid = 'kit.forbid'::regproc AND tgrelid::regclass::text LIKE 'ledger.%' AND tgenabled = 'O'
             AND tgqual IS NULL GROUP BY 1"""
    )
    forbidden = {table.removeprefix("ledger."): kinds & (8 | 16 | 32) for table, kinds in triggers}
    assert {table for table, kinds in forbidden.items() if kinds == 8 | 16 | 32} == {
        "account",
        "journal_entry",
        "posting",
        "period",
        "period_balance",
        "assertion",
        "erasure",
    }
    assert forbidden["entry_detail"] == 16 | 32  # a memo goes where a row of `erasure` says so
    assert forbidden["balance"] == forbidden["chain_head"] == 8 | 32


def test_every_refusal_of_the_database_has_its_words(rows) -> None:
    """Each SQLSTATE that the functions raise is translated; only errors with a text come out."""
    sources = rows("SELECT prosrc FROM pg_proc WHERE pronamespace IN ('ledger'::regnamespace, 'kit'::regnamespace)")
    states = {part[:5] for (source,) in sources for part in source.split("ERRCODE = '")[1:]}
    assert len(states) >= 15
    for state in states:
        raised = psycopg.errors.RaiseException("refused")
        raised.sqlstate = state
        found = translate(raised)
        assert isinstance(found, DomainError), state
        assert found.http_status in (404, 409, 422)


def test_other_errors_are_not_the_ledgers() -> None:
    assert translate(ValueError("no")) is None
    assert translate(psycopg.errors.UniqueViolation("elsewhere")) is None
    assert translate(psycopg.errors.DeadlockDetected("again")) is None
    shard = psycopg.InternalError("could not commit transaction for shard 102 on any active node")
    assert isinstance(translate(shard), errors.EntryRefused)
