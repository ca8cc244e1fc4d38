"""F10: back from a dump, and back to a moment, with writers at work."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from uuid import UUID

import psycopg

from app import embedded
from app.backup import restoring, taking
from app.backup.manifest import Backup
from tests.faults.report import Control, Outcome
from tests.faults.site import Book, Writers, installed


def restored() -> Outcome:
    """F10: a backup under writers, restored into another cluster, compared head by head."""
    outcome = Outcome("F10", "backup under 4 writers, restored into a new cluster")
    with tempfile.TemporaryDirectory() as name, installed() as server:
        folder, book = Path(name), Book.open(server)
        keys = folder / "keys"
        keys.mkdir()
        (keys / "master.key").write_text("00" * 32)
        with Writers(book, count=4) as writers:
            writers.wait_for(200)
            before = dict(writers.acks)
            backup = taking.take(
                taking.Source(book.admin, keys, keys.with_name("files")), taking.Target(folder / "backups")
            )
            writers.wait_for(100)
        with installed_empty() as other, restoring.opened(backup, None) as dump:
            begun = time.monotonic()
            verdict = restoring.bring_in(restoring.empty_of(other), dump, backup)
            outcome.what += f": {verdict.entries} entries in {time.monotonic() - begun:.1f} s, same heads"
            outcome.wrong += verdict.differences
            Book(other, book.group).settle(outcome, before)  # all that was acknowledged before it began
            outcome.controls.append(_another_head(other, backup))
    return outcome


def _another_head(server: embedded.Server, backup: Backup) -> Control:
    book = Book(server, UUID(backup.manifest.heads[0].group))
    with book.connect() as connection:
        book.post(connection, "one more")
    found = restoring.verify(restoring.empty_of(server), backup).differences
    return Control("one entry more than the manifest says", len(found) == 1, "; ".join(found))


class installed_empty:  # noqa: N801 - a context manager, used as a verb
    """A cluster with roles and an empty database; gone afterwards."""

    def __enter__(self) -> embedded.Server:
        self.folder = Path(tempfile.mkdtemp(prefix="sanduk-faults-"))
        self.folder.chmod(0o755)
        self.server = embedded.start(self.folder / "data", durable=False)
        return self.server

    def __exit__(self, *_: object) -> None:
        self.server.stop()
        shutil.rmtree(self.server.sockets, ignore_errors=True)
        shutil.rmtree(self.folder, ignore_errors=True)


def to_a_moment() -> Outcome:
    """F10: the journal kept in a folder; a table is dropped, and the base backup is taken on to just before."""
    outcome = Outcome("F10", "a table dropped, and back to the moment before it, by base backup and archived journal")
    folder = Path(tempfile.mkdtemp(prefix="sanduk-faults-"))
    folder.chmod(0o755)
    try:
        archive = folder / "archive"
        archive.mkdir()
        _give(archive)
        with installed() as server:
            _archive_to(server, archive)
            book = Book.open(server)
            base = folder / "new"
            base.mkdir(mode=0o700)
            _base_backup(server, base / "postgres")
            with Writers(book, count=4) as writers:
                writers.wait_for(300)
            moment, dropped = _drop(server)
            _wait_for_archive(server, archive)
        shutil.copytree(base, folder / "other")
        begun = time.monotonic()
        with _recovered(base, archive, moment) as again:
            outcome.what += f": {time.monotonic() - begun:.1f} s"
            Book(again, book.group).settle(outcome, writers.acks)
            outcome.must(_is_there(again, dropped), f"{dropped} is not back")
        with _recovered(folder / "other", archive, None) as again:
            is_gone = not _is_there(again, dropped)
            outcome.controls.append(Control("no moment named", is_gone, f"{dropped} is dropped again"))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return outcome


def _give(*paths: Path) -> None:
    """To the user that runs PostgreSQL, with all that is in it."""
    account = embedded._account()
    for path in paths:
        for one in (path, *path.rglob("*")):
            os.chown(one, account.pw_uid, account.pw_gid, follow_symlinks=False)


def _archive_to(server: embedded.Server, archive: Path) -> None:
    """As docs/operations.md says; archive_mode asks for a restart."""
    with psycopg.connect(server.url(embedded.SUPERUSER), autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET archive_mode = on")
        command = (
            f"test ! -f {archive}/%f && cp %p {archive}/.%f && sync {archive}/.%f && mv {archive}/.%f {archive}/%f"
        )
        connection.execute(f"ALTER SYSTEM SET archive_command = '{command}'".encode())
    embedded._end(server.process)
    server.revive()


def _base_backup(server: embedded.Server, target: Path) -> None:
    program = embedded.wheel_binaries() / "pg_basebackup"
    url = f"postgresql://{embedded.SUPERUSER}@/?host={server.sockets}"
    command = [program, "--dbname", url, "--pgdata", target, "--checkpoint=fast", "--wal-method=none"]
    subprocess.run(command, check=True, capture_output=True)


def _drop(server: embedded.Server) -> tuple[datetime, str]:
    """A superuser's slip. Returns the moment before it."""
    with psycopg.connect(server.url(embedded.SUPERUSER), autocommit=True) as connection:
        row = connection.execute("SELECT clock_timestamp()").fetchone()
        assert row is not None
        time.sleep(0.2)
        connection.execute("DROP TABLE ledger.posting CASCADE")
    return row[0], "ledger.posting"


def _wait_for_archive(server: embedded.Server, archive: Path) -> None:
    with psycopg.connect(server.url(embedded.SUPERUSER), autocommit=True) as connection:
        row = connection.execute("SELECT pg_walfile_name(pg_switch_wal())").fetchone()
    assert row is not None
    end = time.monotonic() + 30
    while not (archive / row[0]).exists() and time.monotonic() < end:
        time.sleep(0.1)


@contextmanager
def _recovered(base: Path, archive: Path, moment: datetime | None) -> Iterator[embedded.Server]:
    """A server on the base backup; PostgreSQL takes the journal on to the moment and no further, or to its end."""
    cluster = base / "postgres"
    with (cluster / "postgresql.auto.conf").open("a") as settings:
        settings.write(f"archive_mode = off\nrestore_command = 'cp {archive}/%f %p'\nhot_standby = off\n")
        if moment:
            settings.write(f"recovery_target_time = '{moment.isoformat()}'\nrecovery_target_action = 'promote'\n")
    (cluster / "recovery.signal").touch()
    _give(base)
    server = embedded.start(base)
    try:
        yield server
    finally:
        server.stop()
        shutil.rmtree(server.sockets, ignore_errors=True)


def _is_there(server: embedded.Server, table: str) -> bool:
    with psycopg.connect(server.url(embedded.SUPERUSER)) as connection:
        return connection.execute("SELECT to_regclass(%s)", (table,)).fetchone() != (None,)
