"""Bringing a backup back: held against its manifest, restored beside what is there, verified, then put in its place."""

import asyncio
import shutil
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy import text

from app import embedded, migrate
from app.backup import database, files, keys, sealing
from app.backup.database import Empty
from app.backup.errors import BadBackup, CannotRestore
from app.backup.manifest import STAMP, Backup, Head, check, is_signed_by, private_file
from app.domain.ledger.checkpoint_holding import Claims
from app.domain.reports import proving
from app.kit import roles
from app.kit.actor import NOBODY, Actor
from app.kit.db import Database, psycopg_url
from app.kit.signing import Verifier

_GROUPS = text(
    """SELECT group_id FROM ledger.chain_head UNION SELECT group_id FROM audit.head UNION SELECT id FROM groups
       UNION SELECT '00000000-0000-0000-0000-000000000000'::uuid ORDER BY 1"""
)


@dataclass(frozen=True, slots=True)
class Trust:
    """What a backup is held against besides itself.

    `issuer` are the keys of whoever must have made it, None when none are at hand; then `receipts` may still be the
    keys that it brings, which show that it is of one piece. `claims` are what outside checkpoints say.
    """

    issuer: Verifier | None = None
    receipts: Verifier | None = None
    claims: Claims | None = None
    may_be_unsigned: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """`entries` were verified in `heads`; `differences` say what isn't as the manifest, or the books' own sums, say.

    `receipts` and `checkpoints` were asked; both 0 without keys.
    """

    heads: tuple[Head, ...]
    entries: int
    receipts: int
    checkpoints: int
    differences: tuple[str, ...]


NOBODY_TRUSTED = Trust()


def check_signature(backup: Backup, trust: Trust) -> None:
    """Raises BadBackup when the issuer's keys are known and none of them signed the manifest."""
    if trust.issuer is None or trust.may_be_unsigned or is_signed_by(backup.manifest, trust.issuer):
        return
    what = "is signed by none of the issuer's keys" if backup.manifest.signature else "is not signed"
    msg = f"The backup in {backup.folder} {what}: somebody else may have made it. To take it all the same: --unsigned"
    raise BadBackup(msg)


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


def into_folder(
    backup: Backup, folder: Path, *, identity: Path | None, keys_from: Path | None, trust: Trust = NOBODY_TRUSTED
) -> Path | None:
    """Make the data folder of this backup; what lay there is put aside. Returns where, None when nothing did.

    Nobody may hold the folder. The new one is made and verified beside it, and takes its place by a rename.
    Raises BadBackup, CannotRestore; then nothing was changed.
    """
    check_signature(backup, trust)
    found = keys.read_keys(backup, keys_from, identity)
    trust = replace(trust, receipts=trust.issuer or trust.receipts or keys.verifier_of(found or {}))
    stamp = datetime.now(UTC).strftime(STAMP)
    fresh, aside = (folder.with_name(f"{folder.name}.{what}-{stamp}") for what in ("restoring", "before"))
    with (
        opened(backup, identity) as dump,
        files.opened_files(backup, identity) as papers,
        _removed_unless_kept(fresh),
    ):
        server = embedded.start(fresh)
        try:
            verdict = bring_in(empty_of(server), dump, backup, trust, papers)
        finally:
            server.stop()
            shutil.rmtree(server.sockets, ignore_errors=True)
        if verdict.differences:
            raise CannotRestore("\n".join(verdict.differences))
        if found:
            keys.write_keys(found, fresh / "keys")
        if papers:
            files.write_files(papers, fresh / "files")
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


def into_database(
    backup: Backup,
    place: Empty,
    *,
    identity: Path | None,
    may_replace: bool,
    files_folder: Path,
    trust: Trust = NOBODY_TRUSTED,
) -> str | None:
    """Make the database that the superuser's address of `place` names. Returns the name under which the old one was
    put aside, None when there was none or an empty one. Papers that `files_folder` lacks are put there, before the
    database takes its place. Raises BadBackup, CannotRestore; then nothing was changed.
    """
    check_signature(backup, trust)
    admin = place.admin
    name, cluster = database.name_in(admin), database.renamed(admin, "postgres")
    stamp = datetime.now(UTC).strftime(STAMP).lower()
    fresh, aside = f"{name}_restoring_{stamp}", f"{name}_before_{stamp}"
    is_empty = _is_empty(admin, cluster, name)
    if is_empty is False and not may_replace:
        msg = f"The database {name} isn't empty: --replace puts it aside under another name."
        raise CannotRestore(msg)
    with opened(backup, identity) as dump, files.opened_files(backup, identity) as papers:
        try:
            roles.create_roles(cluster)
            roles.create_database(cluster, fresh)
            there = Empty(database.renamed(admin, fresh), database.renamed(place.owner, fresh))
            verdict = bring_in(there, dump, backup, trust, papers)
            if verdict.differences:
                raise CannotRestore("\n".join(verdict.differences))
            if papers:
                files.write_files(papers, files_folder)
            with psycopg.connect(cluster) as connection:  # both names change at once, or neither
                if is_empty is not None:
                    connection.execute(_rename(name, aside))
                connection.execute(_rename(fresh, name))
        except (psycopg.Error, CannotRestore, BadBackup) as error:
            roles.drop_database(cluster, fresh)
            if not isinstance(error, psycopg.Error):
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


def empty_of(server: embedded.Server) -> Empty:
    """The addresses of the database that a cluster of ours begins with."""
    return Empty(server.url(embedded.SUPERUSER), server.url(roles.OWNER))


def bring_in(
    place: Empty, dump: Path, backup: Backup, trust: Trust = NOBODY_TRUSTED, papers: tarfile.TarFile | None = None
) -> Verdict:
    """Restore a dump into an empty database, hold it against the manifest, and verify it. It is migrated on the way."""
    database.restore(place, dump, backup.manifest.revision)
    return verify(place, backup, trust, papers)


def verify(
    place: Empty, backup: Backup, trust: Trust = NOBODY_TRUSTED, papers: tarfile.TarFile | None = None
) -> Verdict:
    """The heads against the manifest's, then everything there is: chains, receipts, checkpoints, audit trails, papers.

    Migrates to this version's revision, because that is what the verifier reads.
    """
    with psycopg.connect(place.admin) as connection:
        found = database.contents(connection)
        entries = connection.execute("SELECT count(*) FROM ledger.journal_entry").fetchone()
    said, told = backup.manifest.revision, []
    if found.revision != said:
        told.append(f"the manifest says revision {said}, the dump {found.revision[:40]!r}")
    else:
        migrate.upgrade(place.owner)
    if papers and found.revision == said:
        told += _missing_papers(place.admin, set(papers.getnames()))
    told += _compared("", backup.manifest.heads, found.heads)
    told += _compared("audit of ", backup.manifest.audit_heads, found.audit_heads)
    receipts, checkpoints, faults = (0, 0, []) if found.revision != said else asyncio.run(_faults(place.admin, trust))
    return Verdict(
        heads=found.heads,
        entries=int(entries[0]) if entries else 0,
        receipts=receipts,
        checkpoints=checkpoints,
        differences=(*faults, *told),
    )


def _missing_papers(admin: str, there: set[str]) -> list[str]:
    """Papers that the restored claims name and the archive lacks."""
    with psycopg.connect(admin) as connection:
        rows = connection.execute("SELECT group_id || '/' || id FROM welfare_documents ORDER BY 1").fetchall()
    return [f"paper {name}: the backup doesn't hold it" for (name,) in rows if name not in there]


async def _faults(admin: str, trust: Trust) -> tuple[int, int, list[str]]:
    """How many receipts and checkpoints were asked, and what is wrong.

    Read as the administrator: the books are the same, whoever reads them.
    """
    verifier = trust.issuer or trust.receipts
    opened_database = Database(psycopg_url(admin), pool_size=1, tools={"signer": verifier})
    receipts, checkpoints, found = 0, 0, list[str]()
    try:
        async with opened_database.transaction(NOBODY) as session:
            groups = list((await session.execute(_GROUPS)).scalars())
        for group in groups:
            async with opened_database.transaction(Actor(group_id=group), is_snapshot=True) as session:
                if verifier is None:
                    fault = await proving.find_in_chains(session, group)
                else:
                    checked = await proving.check_books(session, group, trust.claims)
                    fault, receipts = checked.fault, receipts + checked.receipts
                    checkpoints += checked.checkpoints + checked.held
            if fault:
                found.append(f"group {group}: {fault.place} {fault.seq} does not hold ({fault.reason})")
    finally:
        await opened_database.close()
    return receipts, checkpoints, found


def _compared(what: str, told: tuple[Head, ...], found: tuple[Head, ...]) -> list[str]:
    """The manifest's heads against those found."""
    here = {head.group: head for head in found}
    missing = [
        f"{what}group {head.group}: the manifest says {head.seq} entries and {head.hash[:16]}"
        for head in told
        if here.get(head.group) != head
    ]
    return missing + [f"{what}group {one}: not in the manifest" for one in here.keys() - {head.group for head in told}]
