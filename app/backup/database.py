"""PostgreSQL's own pg_dump and pg_restore (the wheel's: 18 reads every server up to 18), and what a dump held."""

import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from sqlalchemy import make_url

from app import embedded
from app.backup import sealing
from app.backup.errors import BadBackup, CannotBackUp, CannotRestore
from app.backup.manifest import Head, private_file
from app.migrate import libpq_url

_HEADS = "SELECT group_id, seq, hash FROM ledger.chain_head ORDER BY group_id"
_AUDIT_HEADS = "SELECT group_id, seq, hash FROM audit.head ORDER BY group_id"


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


def restore(url: str, source: Path) -> None:
    """Bring a dump into an empty database as the superuser of `url`, whole or not at all. Raises CannotRestore."""
    flags = ["--exit-on-error", "--single-transaction", "--no-password"]
    command, environment = _client("pg_restore", url, *flags)
    done = subprocess.run([*command, str(source)], env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        msg = f"pg_restore failed: {_last(done.stderr)}"
        raise CannotRestore(msg)


def check_dump(source: Path) -> None:
    """Whether pg_restore can read a dump's table of contents. Raises BadBackup."""
    command = [str(embedded.wheel_binaries() / "pg_restore"), "--list", str(source)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode or "ledger journal_entry" not in done.stdout:
        msg = f"{source.name} is no dump of a Sanduk: {_last(done.stderr) or 'the ledger is missing'}"
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
    lines: Sequence[str] = words.strip().splitlines()
    return lines[-1] if lines else ""
