"""Bringing a backup back: held against its manifest, restored beside what is there, verified, then put in its place."""

import asyncio
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import psycopg
from psycopg import sql

from app import embedded, migrate
from app.backup import database, keys, sealing
from app.backup.errors import BadBackup, CannotRestore
from app.backup.manifest import STAMP, Backup, Head, check, private_file
from app.domain.audit import service as audit
from app.domain.ledger import service as ledger
from app.kit import roles
from app.kit.actor import NOBODY
from app.kit.db import Database, psycopg_url

DATABASE = "sanduk"


@dataclass(frozen=True, slots=True)
class Verdict:
    """`entries` were verified in `heads`; `differences` say what isn't as the manifest, or the books' own sums, say."""

    heads: tuple[Head, ...]
    entries: int
    differences: tuple[str, ...]


@contextmanager
def opened(backup: Backup, identity: Path | None) -> Iterator[Path]:
    """The dump in clear, whole as the manifest says; a copy that was opened is removed. Raises BadBackup."""
    check(backup.dump, backup.manifest.dump)
    if backup.manifest.revision not in migrate.revisions():
        msg = f"The backup is at revision {backup.manifest.revision}, which this version doesn't know: use a newer one."
        raise BadBackup(msg)
    if not backup.manifest.is_sealed:
        database.check_dump(backup.dump)
        yield backup.dump
        return
    with tempfile.TemporaryDirectory(prefix="sanduk-restore-") as name:
        clear = Path(name) / "database.dump"
        with private_file(clear) as file:
            sealing.open_sealed(backup.dump, file, identity)
        database.check_dump(clear)
        yield clear


def into_folder(backup: Backup, folder: Path, *, identity: Path | None, keys_from: Path | None) -> Path | None:
    """Make the data folder of this backup; what lay there is put aside. Returns where, None when nothing did.

    Nobody may hold the folder. The new one is made and verified beside it, and takes its place by a rename.
    Raises BadBackup, CannotRestore; then nothing was changed.
    """
    found = keys.read_keys(backup, keys_from, identity)
    stamp = datetime.now(UTC).strftime(STAMP)
    fresh, aside = (folder.with_name(f"{folder.name}.{what}-{stamp}") for what in ("restoring", "before"))
    with opened(backup, identity) as dump, _removed_unless_kept(fresh):
        server = embedded.start(fresh)
        try:
            verdict = bring_in(server.url(embedded.SUPERUSER), dump, backup)
        finally:
            server.stop()
            shutil.rmtree(server.sockets, ignore_errors=True)
        if verdict.differences:
            raise CannotRestore("\n".join(verdict.differences))
        if found:
            keys.write_keys(found, fresh / "keys")
        (fresh / "demo").write_text(f"{backup.manifest.start or 'empty'}\n", encoding="utf-8")
        had = folder.exists() and any(folder.iterdir())
        if had:
            folder.rename(aside)
        elif folder.exists():
            folder.rmdir()
        fresh.rename(folder)
        return aside if had else None


@contextmanager
def _removed_unless_kept(fresh: Path) -> Iterator[None]:
    try:
        yield
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def into_database(backup: Backup, admin: str, *, identity: Path | None, may_replace: bool) -> str | None:
    """Make the database that the superuser's address `admin` names. Returns the name under which the old one was put
    aside, None when there was none or an empty one. Raises BadBackup, CannotRestore; then nothing was changed.
    """
    name, cluster = database.name_in(admin), database.renamed(admin, "postgres")
    stamp = datetime.now(UTC).strftime(STAMP).lower()
    fresh, aside = f"{name}_restoring_{stamp}", f"{name}_before_{stamp}"
    is_empty = _is_empty(admin, cluster, name)
    if is_empty is False and not may_replace:
        msg = f"The database {name} isn't empty: --replace puts it aside under another name."
        raise CannotRestore(msg)
    with opened(backup, identity) as dump:
        try:
            roles.create_roles(cluster)
            roles.create_database(cluster, fresh)
            verdict = bring_in(database.renamed(admin, fresh), dump, backup)
            if verdict.differences:
                raise CannotRestore("\n".join(verdict.differences))
            with psycopg.connect(cluster) as connection:  # both names change at once, or neither
                if is_empty is not None:
                    connection.execute(_rename(name, aside))
                connection.execute(_rename(fresh, name))
        except (psycopg.Error, CannotRestore) as error:
            roles.drop_database(cluster, fresh)
            if isinstance(error, CannotRestore):
                raise
            msg = f"The database can't be put in its place: {str(error).splitlines()[0]}"
            raise CannotRestore(msg) from error
    if is_empty:
        roles.drop_database(cluster, aside)
    return aside if is_empty is False else None


def _rename(old: str, new: str) -> sql.Composed:
    return sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(old), sql.Identifier(new))


def _is_empty(admin: str, cluster: str, name: str) -> bool | None:
    """None when there is no such database."""
    with psycopg.connect(cluster, connect_timeout=10) as connection:
        if not connection.execute("SELECT FROM pg_database WHERE datname = %s", (name,)).fetchall():
            return None
    query = "SELECT FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace::regnamespace::text !~ '^pg_|^inform'"
    with psycopg.connect(admin, connect_timeout=10) as connection:
        return not connection.execute(f"{query} LIMIT 1").fetchall()


def bring_in(admin: str, dump: Path, backup: Backup) -> Verdict:
    """Restore a dump into the empty database of a superuser's address, and hold it against the manifest."""
    database.restore(admin, dump)
    return verify(admin, backup)


def verify(admin: str, backup: Backup) -> Verdict:
    """Every chain from its first entry, by the verifier, then the heads against the manifest's."""
    with psycopg.connect(admin) as connection:
        found = database.contents(connection)
        application = connection.execute("SELECT count(*) FROM ledger.journal_entry").fetchone()
    faults = asyncio.run(_faults(admin, found.heads, found.audit_heads))
    return Verdict(
        heads=found.heads,
        entries=int(application[0]) if application else 0,
        differences=(
            *faults,
            *_compared("", backup.manifest.heads, found.heads),
            *_compared("audit of ", backup.manifest.audit_heads, found.audit_heads),
        ),
    )


async def _faults(admin: str, heads: tuple[Head, ...], logs: tuple[Head, ...]) -> list[str]:
    """Read as the administrator: the books are the same, whoever reads them."""
    opened_database = Database(psycopg_url(admin), pool_size=1)
    found = []
    try:
        async with opened_database.transaction(NOBODY) as session:
            for group in (UUID(head.group) for head in heads):
                if fault := await ledger.find_fault(session, group):
                    found.append(f"group {group}: entry {fault.seq} does not hold ({fault.reason})")
            for group in (UUID(head.group) for head in logs):
                if fault := await audit.find_fault(session, group):
                    found.append(f"audit of group {group}: event {fault.seq} does not hold ({fault.reason})")
    finally:
        await opened_database.close()
    return found


def _compared(what: str, told: tuple[Head, ...], found: tuple[Head, ...]) -> list[str]:
    """The manifest's heads against those found."""
    here = {head.group: head for head in found}
    missing = [
        f"{what}group {head.group}: the manifest says {head.seq} entries and {head.hash[:16]}"
        for head in told
        if here.get(head.group) != head
    ]
    return missing + [f"{what}group {one}: not in the manifest" for one in here.keys() - {head.group for head in told}]
