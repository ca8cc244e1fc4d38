"""Backups of a database with writers, and everything that must not be restored from."""

import asyncio
import dataclasses
import json
import os
import shutil
import stat
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import psycopg
import pyrage
import pytest
import pytest_asyncio

from app import embedded, wiring
from app.backup import files, manifest, restoring
from app.backup.database import Empty
from app.backup.errors import BadBackup, CannotBackUp, CannotRestore
from app.backup.manifest import Backup
from app.backup.taking import Source, Target, forget_old, is_due, take
from app.integrations.console import ConsoleSender
from app.kit import jobs, roles
from app.kit.config import Settings
from app.kit.db import Database
from app.kit.ids import new_id
from app.kit.signing import Signer
from app.launch.paths import ROOT
from app.worker.jobs import BACK_UP, EVERY_HOUR, EVERY_TEN_MINUTES, LOOK_AFTER_BOOKS, LOOK_AFTER_DUES, Handlers
from tests.factories.payments import Programme, make_programme


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def told(database: Database, tools: dict[str, object]) -> Programme:
    """A programme with some payments; the keys are made by the first look at them."""
    made = await make_programme(database)
    await made.open_call(10_000_000)
    for _ in range(12):
        await pay(made)
    return made


async def pay(told: Programme) -> None:
    await told.take_cash(await told.cash_command(amount_minor=100))


@pytest.fixture
def source(server: embedded.Server, database_name: str, key_folder: Path, told: Programme) -> Source:
    for name in ("master.key", "index.key"):
        (key_folder / name).write_text(os.urandom(32).hex())
    return Source(server.url(embedded.SUPERUSER, database_name), key_folder, key_folder.with_name("files"), "empty")


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that the system user can pass through; pytest's own are closed to it."""
    made = Path(tempfile.mkdtemp(prefix="sanduk-test-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made, ignore_errors=True)


def identity_in(folder: Path) -> tuple[str, Path]:
    """A recipient and the file of its identity."""
    identity = pyrage.x25519.Identity.generate()
    path = folder / f"identity-{new_id()}"
    path.write_text(f"# made for a test\n{identity}\n")
    return str(identity.to_public()), path


async def test_a_backup_comes_back_whole(source: Source, folder: Path, told: Programme) -> None:
    backup = await asyncio.to_thread(take, source, Target(folder / "backups"))
    assert manifest.find(folder / "backups") == manifest.find(backup.dump) == backup
    aside = await asyncio.to_thread(restoring.into_folder, backup, folder / "data", identity=None, keys_from=None)
    assert aside is None
    assert {head.group: head.seq for head in backup.manifest.audit_heads}[str(told.group.id)] > 12
    assert (folder / "data/keys/master.key").read_bytes() == (source.key_folder / "master.key").read_bytes()
    assert (folder / "data/demo").read_text() == "empty\n"
    again = await asyncio.to_thread(embedded.start, folder / "data")
    try:
        with psycopg.connect(again.url(roles.APPLICATION)) as connection:
            connection.execute(f"SET LOCAL app.group_id = '{told.group.id}'")
            assert connection.execute("SELECT count(*) FROM ledger.journal_entry").fetchone() == (12,)
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute("DELETE FROM ledger.journal_entry")
        with psycopg.connect(again.url(embedded.SUPERUSER)) as connection, pytest.raises(psycopg.Error) as caught:
            connection.execute("DELETE FROM ledger.posting")
        assert caught.value.sqlstate == "LG001"
    finally:
        again.stop()
    shutil.rmtree(again.sockets, ignore_errors=True)


def add_paper(source: Source, group_id: UUID, content: bytes) -> str:
    """A sealed paper in the storage, with a draft that was cut off beside it."""
    name = f"{group_id}/{new_id()}"
    path = source.files_folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    (path.parent / f".{path.name}.draft").write_bytes(b"half")
    return name


@contextmanager
def row_of(source: Source, name: str) -> Iterator[None]:
    """A claim's row that names the paper, for as long as the block runs."""
    group_id, paper_id = name.split("/")
    with psycopg.connect(source.url, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute(
            "INSERT INTO welfare_documents (group_id, id, claim_id, kind, size_bytes, sha256, name_enc, added_by,"
            " added_at) VALUES (%s, %s, %s, 'pdf', 1, sha256('x'), 'x', %s, now())",
            (group_id, paper_id, paper_id, paper_id),
        )
        try:
            yield
        finally:
            connection.execute("DELETE FROM welfare_documents WHERE group_id = %s AND id = %s", (group_id, paper_id))


@pytest.mark.parametrize("is_sealed", [False, True])
async def test_papers_of_claims_come_back(source: Source, folder: Path, told: Programme, *, is_sealed: bool) -> None:
    """In an archive of their own, which the signed manifest names with its hash; drafts are left behind."""
    recipient, identity = identity_in(folder)
    name = add_paper(source, told.group.id, b"sealed " * 1000)
    target = Target(folder / "backups", recipient=recipient if is_sealed else "")
    backup = await asyncio.to_thread(take, source, target)
    assert backup.manifest.files is not None
    archive = backup.folder / backup.manifest.files.name
    assert (b"sealed" in archive.read_bytes()) is not is_sealed
    used = identity if is_sealed else None
    await asyncio.to_thread(restoring.into_folder, backup, folder / "data", identity=used, keys_from=None)
    kept = [one for one in (folder / "data/files").rglob("*") if one.is_file()]
    assert folder / "data/files" / name in kept
    assert (folder / "data/files" / name).read_bytes() == b"sealed " * 1000
    assert {stat.S_IMODE(one.stat().st_mode) for one in kept} == {0o600}
    assert not any(one.name.startswith(".") for one in kept)


async def test_a_paper_that_the_backup_lacks_is_named(
    source: Source, folder: Path, told: Programme, owner_url: str
) -> None:
    """Held against the rows: a restore and a drill end with it."""
    held, lost = add_paper(source, told.group.id, b"sealed"), f"{told.group.id}/{new_id()}"
    backup = await asyncio.to_thread(take, source, Target(folder / "backups"))
    place = Empty(source.url, owner_url)
    with row_of(source, held), row_of(source, lost), files.opened_files(backup, None) as papers:
        verdict = await asyncio.to_thread(restoring.verify, place, backup, restoring.NOBODY_TRUSTED, papers)
    assert verdict.differences == (f"paper {lost}: the backup doesn't hold it",)


async def test_a_changed_archive_of_papers_is_refused(source: Source, folder: Path, told: Programme) -> None:
    add_paper(source, told.group.id, b"sealed")
    backup = await asyncio.to_thread(take, source, Target(folder / "backups"))
    archive = backup.folder / "files.tar"
    archive.write_bytes(archive.read_bytes().replace(b"sealed", b"forged"))
    with pytest.raises(BadBackup, match="not the file that the manifest describes"):
        await asyncio.to_thread(restoring.into_folder, backup, folder / "data", identity=None, keys_from=None)


async def test_an_archive_that_leads_elsewhere_is_refused(source: Source, folder: Path) -> None:
    """Whoever can sign may still not write outside the folder of papers."""
    backup = await asyncio.to_thread(take, source, Target(folder / "backups"))
    archive = backup.folder / "files.tar"
    for name in ("../../keys/master.key", f"{new_id()}/{new_id()}/x"):
        with tarfile.open(archive, "w") as made:
            made.addfile(tarfile.TarInfo(name))
        changed = dataclasses.replace(backup.manifest, files=manifest.describe(archive))
        with (
            pytest.raises(BadBackup, match="no paper"),
            files.opened_files(dataclasses.replace(backup, manifest=changed), None),
        ):
            pass


async def test_a_backup_of_before_there_were_papers_is_still_signed(source: Source, folder: Path) -> None:
    """Its manifest names no archive: what was signed is read as it was."""
    signer = Signer.load(source.key_folder)
    backup = await asyncio.to_thread(take, source, Target(folder / "backups"))
    older = dataclasses.replace(backup.manifest, files=None)
    (backup.folder / "files.tar").unlink()
    (backup.folder / manifest.MANIFEST).unlink()
    manifest.write(older, backup.folder, signer)
    again = manifest.read(backup.folder)
    assert "files" not in json.loads((backup.folder / manifest.MANIFEST).read_text())
    assert manifest.is_signed_by(again.manifest, signer)
    await asyncio.to_thread(restoring.into_folder, again, folder / "data", identity=None, keys_from=None)
    assert not (folder / "data/files").exists()


async def test_files_are_private_and_nothing_half_is_left(source: Source, folder: Path) -> None:
    backup = await asyncio.to_thread(take, source, Target(folder / "backups"))
    files = [one for one in (folder / "backups").rglob("*") if one.is_file()]
    assert sorted(one.name.partition(".")[2] for one in files) == ["dump", "json", "keys", "tar"]
    assert {stat.S_IMODE(one.stat().st_mode) for one in files} == {0o600}
    assert not any(one.name.startswith(".") for one in (folder / "backups").rglob("*"))
    assert b"AGE" not in backup.dump.read_bytes()[:50]


async def test_the_manifest_is_of_the_dumps_moment(source: Source, folder: Path, told: Programme) -> None:
    """Heads and dump are one snapshot, though somebody goes on posting."""
    going = True

    async def write() -> None:
        while going:
            await pay(told)

    writer = asyncio.create_task(write())
    backup = await asyncio.to_thread(take, source, Target(folder / "backups"))
    going = False
    await writer
    with psycopg.connect(source.url) as connection:
        after = connection.execute("SELECT max(seq) FROM ledger.chain_head").fetchone()
    assert after is not None
    assert max(head.seq for head in backup.manifest.heads) < after[0]
    await asyncio.to_thread(restoring.into_folder, backup, folder / "data", identity=None, keys_from=None)


async def test_sealed_to_a_recipient_only_its_identity_opens(source: Source, folder: Path) -> None:
    recipient, identity = identity_in(folder)
    _, other = identity_in(folder)
    backup = await asyncio.to_thread(take, source, Target(folder / "backups", folder / "keys", recipient))
    for file in (backup.dump, *(folder / "keys").iterdir()):
        assert file.read_bytes().startswith(b"age-encryption.org/v1")
    for wrong in (None, other, backup.dump):
        with pytest.raises(BadBackup):
            restoring.into_folder(backup, folder / "data", identity=wrong, keys_from=folder / "keys")
        assert not (folder / "data").exists()
    await asyncio.to_thread(
        restoring.into_folder, backup, folder / "data", identity=identity, keys_from=folder / "keys"
    )
    assert (folder / "data/keys/index.key").read_bytes() == (source.key_folder / "index.key").read_bytes()


def _cut(backup: Backup) -> None:
    os.truncate(backup.dump, 1000)


def _turn_a_bit(backup: Backup) -> None:
    content = bytearray(backup.dump.read_bytes())
    content[len(content) // 2] ^= 1
    backup.dump.write_bytes(content)


def _foreign(backup: Backup) -> None:
    """A whole dump that a manifest describes, of something else."""
    backup.dump.write_bytes(b"PGDMP but no dump of ours")
    told = backup.manifest
    _tell(backup, dataclasses.replace(told, dump=manifest.describe(backup.dump)))


def _other_head(backup: Backup) -> None:
    head = backup.manifest.heads[0]
    _tell(backup, dataclasses.replace(backup.manifest, heads=(dataclasses.replace(head, seq=head.seq + 1),)))


def _from_tomorrow(backup: Backup) -> None:
    _tell(backup, dataclasses.replace(backup.manifest, revision="9999"))


def _no_manifest(backup: Backup) -> None:
    (backup.folder / manifest.MANIFEST).write_text("{}")


def _tell(backup: Backup, told: manifest.Manifest) -> None:
    (backup.folder / manifest.MANIFEST).unlink()
    manifest.write(told, backup.folder)


@pytest.mark.parametrize("harm", [_cut, _turn_a_bit, _foreign, _other_head, _from_tomorrow, _no_manifest])
async def test_what_is_not_whole_changes_nothing(source: Source, folder: Path, harm: object) -> None:
    backup = await asyncio.to_thread(take, source, Target(folder / "backups"))
    (folder / "data").mkdir()
    (folder / "data" / "precious").write_text("kept")
    harm(backup)  # type: ignore[operator]
    with pytest.raises((BadBackup, CannotRestore)):
        await asyncio.to_thread(
            lambda: restoring.into_folder(
                manifest.find(folder / "backups"), folder / "data", identity=None, keys_from=None
            )
        )
    assert {one.name for one in await asyncio.to_thread(lambda: list(folder.glob("*")))} == {"backups", "data"}
    assert (folder / "data" / "precious").read_text() == "kept"


async def test_a_database_of_ones_own_is_put_aside(source: Source, folder: Path, server: embedded.Server) -> None:
    backup = await asyncio.to_thread(take, source, Target(folder / "backups"))
    place = Empty(server.url(embedded.SUPERUSER, "restored"), server.url(roles.OWNER, "restored"))
    cluster = server.url(embedded.SUPERUSER, "postgres")

    async def bring(*, may_replace: bool) -> str | None:
        return await asyncio.to_thread(
            restoring.into_database,
            backup,
            place,
            identity=None,
            may_replace=may_replace,
            files_folder=source.files_folder,
        )

    names: list[str] = ["restored"]
    try:
        assert await bring(may_replace=False) is None
        with pytest.raises(CannotRestore):
            await bring(may_replace=False)
        aside = await bring(may_replace=True)
        assert aside is not None
        names.append(aside)
        for name in names:
            with psycopg.connect(server.url(embedded.SUPERUSER, name)) as connection:
                assert connection.execute("SELECT count(*) > 0 FROM ledger.journal_entry").fetchone() == (True,)
    finally:
        for name in names:
            roles.drop_database(cluster, name)


def test_who_sees_one_group_cannot_back_up(source: Source, folder: Path, owner_url: str) -> None:
    with pytest.raises(CannotBackUp, match="BYPASSRLS"):
        take(Source(owner_url, source.key_folder, source.files_folder), Target(folder / "backups"))
    assert [one for one in (folder / "backups").rglob("*") if one.is_file()] == []


def test_a_folder_that_cannot_be_written_is_told(source: Source, folder: Path) -> None:
    (folder / "file").write_text("")
    with pytest.raises(CannotBackUp):
        take(source, Target(folder / "file"))
    with pytest.raises(CannotBackUp, match="age key"):
        take(source, Target(folder / "backups", recipient="age1nobody"))


def test_after_thirty_days_a_backup_goes_with_its_keys(folder: Path) -> None:
    target, now = Target(folder), datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
    days = (0, 1, 29, 31, 400)
    target.keys.mkdir()
    for day in days:
        stamp = (now - timedelta(days=day)).strftime(manifest.STAMP)
        (folder / f"sanduk-{stamp}").mkdir()
        (target.keys / f"sanduk-{stamp}.keys").write_text("")
    (folder / "something else").mkdir()
    assert len(forget_old(target, now)) == 2
    assert len(manifest.stored_in(folder)) == len(list(target.keys.iterdir())) == 3
    assert (folder / "something else").is_dir()
    assert len(forget_old(target, now + timedelta(days=900))) == 2
    assert len(manifest.stored_in(folder)) == 1, "the newest stays"


def test_a_backup_is_due_once_a_night(folder: Path) -> None:
    target, night = Target(folder), datetime(2026, 11, 21, 1, 17, tzinfo=UTC)
    assert is_due(target, night)
    (folder / f"sanduk-{night.strftime(manifest.STAMP)}").mkdir()
    assert not is_due(target, night + timedelta(hours=1))
    assert not is_due(target, night + timedelta(hours=23))
    assert is_due(target, night + timedelta(hours=24))


@pytest.fixture
def handlers(source: Source, folder: Path, database: Database, tools: dict[str, object]) -> Handlers:
    """The worker's own, with a folder for backups."""
    chosen = Settings(
        DATABASE_ADMIN_URL=source.url,  # type: ignore[call-arg]
        backup_folder=str(folder / "backups"),
        backup_keys_folder=str(folder / "keys"),
        key_folder=source.key_folder,
    )
    signer = tools["signer"]
    assert isinstance(signer, Signer)
    return Handlers(wiring.Services(settings=chosen, database=database, signer=signer, sender=ConsoleSender()))


def looked_after() -> dict[str, str]:
    return dict.fromkeys((LOOK_AFTER_BOOKS, LOOK_AFTER_DUES), EVERY_TEN_MINUTES)


async def test_the_worker_takes_it_by_the_clock(handlers: Handlers, folder: Path, app_url: str) -> None:
    """The schedule reaches the handler; a second look in the same night takes none."""
    looks = asyncio.Queue[str]()

    async def look() -> None:
        await handlers.back_up()
        looks.put_nowait("looked")

    assert handlers.schedule() == looked_after() | {BACK_UP: EVERY_HOUR}
    every_second = {BACK_UP: "* * * * * */1"}
    worker = asyncio.create_task(jobs.work(app_url, handlers.all() | {BACK_UP: look}, schedule=every_second))
    try:
        for _ in range(2):
            await asyncio.wait_for(looks.get(), 20)
    finally:
        worker.cancel()
        await asyncio.gather(worker, return_exceptions=True)
    assert len(manifest.stored_in(folder / "backups")) == 1
    assert len(await asyncio.to_thread(lambda: list((folder / "keys").iterdir()))) == 1
    before = await asyncio.to_thread(manifest.stored_in, folder / "backups")
    await handlers.back_up()
    assert manifest.stored_in(folder / "backups") == before


def test_without_a_folder_no_backup_is_scheduled(database: Database, tools: dict[str, object]) -> None:
    signer = tools["signer"]
    assert isinstance(signer, Signer)
    services = wiring.Services(settings=Settings(), database=database, signer=signer, sender=ConsoleSender())
    assert Handlers(services).schedule() == looked_after()


def test_the_commands_answer_with_their_status(source: Source, folder: Path) -> None:
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("SANDUK_", "DATABASE_"))}
        command = [sys.executable, "-m", "app.cli", *arguments]
        return subprocess.run(command, cwd=ROOT, env=clean, capture_output=True, text=True, check=False)

    backup = take(source, Target(folder / "backups"))
    held = run("restore-drill", str(folder / "backups"), "--data", str(folder / "data"))
    assert held.returncode == 0, held.stderr
    assert held.stdout.startswith(f"holds {backup.folder}\n")
    assert all(f"head {head.group} {head.seq} {head.hash}" in held.stdout for head in backup.manifest.heads)
    _other_head(backup)
    assert run("restore-drill", str(folder / "backups"), "--data", str(folder / "data")).returncode == 1
    _cut(backup)
    assert run("restore-drill", str(folder / "backups"), "--data", str(folder / "data")).returncode == 2
    assert run("restore", str(folder / "nowhere"), "--data", str(folder / "data")).returncode == 2
    assert not (folder / "data").exists()
