"""PostgreSQL's own pg_dump and pg_restore (the wheel's: 18 reads every server up to 18), and what a dump held."""

import os
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from sqlalchemy import make_url

from app import embedded, migrate
from app.backup import sealing
from app.backup.errors import BadBackup, CannotBackUp, CannotRestore
from app.backup.manifest import Head, private_file
from app.kit import roles
from app.migrate import libpq_url

_HEADS = "SELECT group_id, seq, hash FROM ledger.chain_head ORDER BY group_id"
_AUDIT_HEADS = "SELECT group_id, seq, hash FROM audit.head ORDER BY group_id"
_UNKNOWN_SETTING = 'unrecognized configuration parameter "transaction_timeout"'
_UNLOADED = ("TABLE DATA ", "SEQUENCE SET ", "ACL ", "DEFAULT ACL ", "COMMENT ", "INDEX ", "STATISTICS ")
"""Kinds in a dump that are rows, or that a database of one's own may add: these are not brought along."""


@dataclass(frozen=True, slots=True)
class Empty:
    """The addresses of one empty database: a superuser's, and the owner role's."""

    admin: str
    owner: str


@dataclass(frozen=True, slots=True)
class Contents:
    """What a snapshot holds: its migration, the server's version, and where each chain ends."""

    revision: str
    server: str
    heads: tuple[Head, ...]
    audit_heads: tuple[Head, ...]


def renamed(url: str, database: str) -> str:
    """The same address, libpq's, with another database."""
    return make_url(libpq_url(url)).set(database=database).render_as_string(hide_password=False)


def name_in(url: str) -> str:
    return make_url(libpq_url(url)).database or ""


def contents(connection: psycopg.Connection) -> Contents:
    """Read in the connection's transaction, past row-level security. Raises CannotBackUp."""
    row = connection.execute("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user").fetchone()
    if row != (True,):
        msg = "A backup reads every group: DATABASE_ADMIN_URL must name a superuser, or a role with BYPASSRLS."
        raise CannotBackUp(msg)
    if connection.execute("SELECT to_regclass('public.alembic_version')").fetchone() == (None,):
        msg = "The database holds no tables of Sanduk."
        raise CannotBackUp(msg)
    revision = connection.execute("SELECT max(version_num) FROM alembic_version").fetchone()
    has_audit = connection.execute("SELECT to_regclass('audit.head')").fetchone() != (None,)
    server = f"{connection.info.server_version // 10_000}.{connection.info.server_version % 10_000}"
    audit_heads = _heads(connection, _AUDIT_HEADS) if has_audit else ()
    return Contents(str(revision[0]) if revision else "", server, _heads(connection, _HEADS), audit_heads)


def _heads(connection: psycopg.Connection, query: Any) -> tuple[Head, ...]:
    return tuple(Head(str(group), seq, bytes(digest).hex()) for group, seq, digest in connection.execute(query))


def dump(url: str, target: Path, recipient: Any | None) -> Contents:
    """Everything of the database at `url`, in one snapshot, in pg_dump's custom form. Raises CannotBackUp.

    Writers go on meanwhile; a migration waits.
    """
    try:
        with psycopg.connect(libpq_url(url), connect_timeout=10) as connection:
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            found = contents(connection)
            snapshot = connection.execute("SELECT pg_export_snapshot()").fetchone()
            assert snapshot is not None
            _dump(url, str(snapshot[0]), target, recipient)
            return found
    except psycopg.Error as error:
        msg = f"The database can't be backed up: {str(error).splitlines()[0]}"
        raise CannotBackUp(msg) from error


def _dump(url: str, snapshot: str, target: Path, recipient: Any | None) -> None:
    flags = ["--format=custom", "--lock-wait-timeout=20s", "--no-password"]
    with private_file(target) as file:
        command, environment = _client("pg_dump", url, *flags, f"--snapshot={snapshot}")
        process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        assert process.stdout is not None
        assert process.stderr is not None
        try:
            sealing.seal(process.stdout, file, recipient)  # type: ignore[arg-type]
            words = process.stderr.read().decode(errors="replace").strip()
        except OSError as error:
            process.kill()
            msg = f"{target.parent} can't be written: {error.strerror or error}."
            raise CannotBackUp(msg) from error
        finally:
            process.stdout.close()
            process.stderr.close()
            status = process.wait()
    if status:
        msg = f"pg_dump failed: {_last(words)}"
        raise CannotBackUp(msg)


def restore(place: Empty, source: Path, revision: str) -> None:
    """Bring a dump's rows into an empty database. Nothing that can act is taken from the dump, whoever wrote it.

    Tables, functions, triggers, rights and row-level security are those that the migrations make at `revision`. The
    rows are loaded by the owner role, which runs no program; what stands there afterwards is held against the
    migrations once more. Raises BadBackup for a dump that holds what they don't know, CannotRestore.
    """
    _check_owner(place.owner)
    migrate.upgrade(place.owner, revision)
    with tempfile.TemporaryDirectory(prefix="sanduk-schema-") as folder:
        schema = Path(folder) / "schema.dump"
        _checked("pg_dump", place.admin, "--format=custom", "--schema-only", f"--file={schema}")
        _check_known(source, schema)
        known = _schema_of(place.owner)
        cluster, name = renamed(place.admin, "postgres"), name_in(place.admin)
        roles.drop_database(cluster, name)
        roles.create_database(cluster, name)
        _load(place.admin, schema, "pre-data")
        _load(place.owner, source, "data", "--no-owner", "--no-privileges")
        _load(place.owner, schema, "post-data")
        if _schema_of(place.owner) != known:
            msg = f"{source.name} changes tables, functions or rights while its rows are loaded: it is no dump of ours."
            raise BadBackup(msg)


def _check_owner(url: str) -> None:
    with psycopg.connect(libpq_url(url), connect_timeout=10) as connection:
        row = connection.execute(
            """SELECT rolsuper OR pg_has_role(oid, 'pg_execute_server_program', 'MEMBER')
                 OR pg_has_role(oid, 'pg_write_server_files', 'MEMBER') FROM pg_roles WHERE rolname = session_user"""
        ).fetchone()
    if row != (False,):
        msg = "The owner's role may run programs on the server: a dump is loaded by a role that may not."
        raise CannotRestore(msg)


def _load(url: str, source: Path, section: str, *flags: str) -> None:
    """One section of the dump, all of it or nothing where the server lets us. Raises CannotRestore.

    pg_restore 18 begins with a setting that servers before 17 don't know: there it goes on after errors, and any other
    is found in what it says. The database is new then, and dropped after a failure.
    """
    whole = ("--exit-on-error", "--single-transaction") if _version(url) >= 17 else ()
    done = _run("pg_restore", url, *whole, f"--section={section}", *flags, str(source))
    faults = [line for line in done.stderr.splitlines() if "pg_restore: error:" in line]
    if done.returncode and (whole or not faults or any(_UNKNOWN_SETTING not in line for line in faults)):
        others = (line for line in done.stderr.splitlines() if _UNKNOWN_SETTING not in line)
        msg = f"pg_restore failed: {_last(chr(10).join(others))}"
        raise CannotRestore(msg)


def _version(url: str) -> int:
    """The server's, its first number."""
    with psycopg.connect(libpq_url(url), connect_timeout=10) as connection:
        return connection.info.server_version // 10_000


def _checked(program: str, url: str, *flags: str) -> str:
    """What the program says, as the role of `url`. Raises CannotRestore."""
    done = _run(program, url, *flags)
    if done.returncode:
        msg = f"{program} failed: {_last(done.stderr)}"
        raise CannotRestore(msg)
    return done.stdout


def _run(program: str, url: str, *flags: str) -> subprocess.CompletedProcess[str]:
    command, environment = _client(program, url, "--no-password")
    return subprocess.run([*command, *flags], env=environment, capture_output=True, text=True, check=False)


def _schema_of(url: str) -> list[str]:
    """Everything but the rows, as pg_dump writes it, line by line in no order."""
    lines = _checked("pg_dump", url, "--schema-only").splitlines()
    return sorted(line for line in lines if not line.startswith(("\\restrict", "\\unrestrict", "--")))


def _check_known(source: Path, schema: Path) -> None:
    """Whether the dump lists nothing but what the migrations make, and the rows of their tables. Raises BadBackup."""
    known = _listed(schema)
    tables = {f"TABLE {one.removeprefix('TABLE DATA ')}" for one in _listed(source) if one.startswith("TABLE DATA ")}
    there = {one for one in _listed(source) if not one.startswith(_UNLOADED)} | tables
    if strange := sorted(there - known):
        more = f" and {len(strange) - 3} more" if len(strange) > 3 else ""
        msg = f"{source.name} holds what this version doesn't know: {'; '.join(strange[:3])}{more}."
        raise BadBackup(msg)
    if gone := sorted(one for one in known - there if one.startswith("TABLE ")):
        msg = f"{source.name} lacks {gone[0]}."
        raise BadBackup(msg)


def _listed(source: Path) -> set[str]:
    """The dump's table of contents: kind, schema, name and owner of each object. Raises BadBackup."""
    command = [str(embedded.wheel_binaries() / "pg_restore"), "--list", str(source)]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    if done.returncode:
        msg = f"{source.name} is no dump of a Sanduk: {_last(done.stderr)}"
        raise BadBackup(msg)
    lines = (line for line in done.stdout.splitlines() if not line.startswith(";"))
    return {parts[3] for line in lines if len(parts := line.split(" ", 3)) == 4}


def check_dump(source: Path) -> None:
    """Whether pg_restore can read a dump's table of contents. Raises BadBackup."""
    if not any(one.startswith("TABLE ledger journal_entry ") for one in _listed(source)):
        msg = f"{source.name} is no dump of a Sanduk: the ledger is missing."
        raise BadBackup(msg)


def _client(program: str, url: str, *flags: str) -> tuple[list[str], dict[str, str]]:
    """The command and its environment: a password is never an argument, which every user could read."""
    parts = conninfo_to_dict(libpq_url(url))
    password = parts.pop("password", None)
    environment = dict(os.environ)
    if password:
        environment["PGPASSWORD"] = str(password)
    return [str(embedded.wheel_binaries() / program), *flags, f"--dbname={make_conninfo(**parts)}"], environment


def _last(words: str) -> str:
    """The server's refusal, or else the last line."""
    lines: Sequence[str] = words.strip().splitlines()
    return next((line for line in lines if "ERROR:" in line), lines[-1] if lines else "")
