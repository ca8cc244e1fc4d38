"""Backups that somebody made who may write to their folder: nothing of them runs, and nobody takes them for ours."""

import asyncio
import dataclasses
import json
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
import pytest_asyncio

from app import embedded
from app.backup import database, manifest, restoring
from app.backup.errors import BadBackup, CannotRestore
from app.backup.manifest import Backup
from app.backup.restoring import Trust
from app.backup.taking import Source, Target, take
from app.domain.ledger import checkpoints
from app.integrations.checkpoint_folder import CheckpointFolder
from app.kit import roles
from app.kit.actor import NOBODY
from app.kit.db import Database, psycopg_url
from app.kit.signing import Signer, Verifier
from app.launch.backup import Held, drill, scratch
from app.launch.paths import Refusal
from app.worker.outside import put_waiting
from tests.factories.payments import Programme, make_programme
from tests.factories.tampering import Owner


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def programme(database: Database) -> Programme:
    made = await make_programme(database, members=3)
    await made.open_call()
    for member in made.members:
        await made.confirm((await made.submit(member)).id)
    return made


@pytest.fixture
def folder() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="sanduk-test-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture
def source(server: embedded.Server, database_name: str, programme: Programme, key_folder: Path) -> Source:
    return Source(server.url(embedded.SUPERUSER, database_name), key_folder, key_folder.with_name("files"), "empty")


@pytest.fixture
def copy(server: embedded.Server, database_name: str, programme: Programme) -> Iterator[str]:
    """A superuser's address of a copy of the books, to be bent and dumped."""
    cluster = server.url(embedded.SUPERUSER, "postgres")
    with psycopg.connect(cluster, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()",
            [database_name],
        )
    roles.create_database(cluster, "bent", template=database_name)
    yield server.url(embedded.SUPERUSER, "bent")
    roles.drop_database(cluster, "bent")


def retell(backup: Backup, **changes: object) -> None:
    """The manifest says what lies there now, and nobody has signed it."""
    told = dataclasses.replace(backup.manifest, signature="", **changes)  # type: ignore[arg-type]
    (backup.folder / manifest.MANIFEST).unlink()
    manifest.write(told, backup.folder)


def hostile_views(url: str, mark: Path) -> None:
    with psycopg.connect(url) as connection:
        connection.execute(
            f"""CREATE FUNCTION public.pwn() RETURNS int LANGUAGE plpgsql AS $$
                BEGIN COPY (SELECT 1) TO PROGRAM 'id > {mark}'; RETURN 1; END $$;
                ALTER FUNCTION public.pwn() OWNER TO sanduk_owner""".encode()
        )
        connection.execute("CREATE MATERIALIZED VIEW public.trap AS SELECT public.pwn() WITH NO DATA")


def test_a_dump_with_a_function_of_its_own_is_refused_before_anything_is_loaded(
    source: Source, copy: str, folder: Path
) -> None:
    (folder / "marks").mkdir(mode=0o777)
    (folder / "marks").chmod(0o777)
    mark = folder / "marks" / "pwned"
    hostile_views(copy, mark)
    backup = take(dataclasses.replace(source, url=copy), Target(folder / "backups"))
    for run in (
        lambda: drill(backup.folder, folder / "data", None, None, Held()),
        lambda: restoring.into_folder(backup, folder / "data", identity=None, keys_from=None),
    ):
        with pytest.raises((BadBackup, Refusal), match="FUNCTION public pwn"):
            run()
    assert not mark.exists()
    assert not (folder / "data").exists()


def test_a_known_function_with_another_body_is_not_brought_along(source: Source, copy: str, folder: Path) -> None:
    with psycopg.connect(copy) as connection:
        connection.execute(
            """CREATE OR REPLACE FUNCTION kit.forbid() RETURNS trigger LANGUAGE plpgsql AS
               $$ BEGIN RETURN NULL; END $$"""
        )
    backup = take(dataclasses.replace(source, url=copy), Target(folder / "backups"))
    with scratch() as server, restoring.opened(backup, None) as dump:
        verdict = restoring.bring_in(restoring.empty_of(server), dump, backup)
        assert verdict.differences == ()
        with psycopg.connect(server.url(embedded.SUPERUSER)) as connection, pytest.raises(psycopg.Error) as caught:
            connection.execute("DELETE FROM ledger.posting")
        assert caught.value.sqlstate == "LG001"


def test_rows_are_loaded_by_a_role_that_runs_no_program(source: Source, folder: Path) -> None:
    """What a dump says to load a table with is a text of whoever wrote it: here it runs a program."""
    backup = take(source, Target(folder / "backups"))
    raw = backup.dump.read_bytes()
    said = b"COPY public.alembic_version (version_num) FROM stdin;\n"
    assert raw.count(said) == 1
    bad = b"COPY (SELECT 1) TO PROGRAM 'touch /tmp/x-sanduk-1'; \n"
    backup.dump.write_bytes(raw.replace(said, bad + b" " * (len(said) - len(bad))))
    retell(backup, dump=manifest.describe(backup.dump))
    with scratch() as server, pytest.raises(CannotRestore, match="permission denied"):
        restoring.bring_in(restoring.empty_of(server), backup.dump, manifest.read(backup.folder))
    assert not Path("/tmp/x-sanduk-1").exists()


def test_only_the_issuers_signature_counts(source: Source, folder: Path, tmp_path: Path) -> None:
    backup = take(source, Target(folder / "backups"))
    mine, other = Verifier.of_folder(source.key_folder), Signer.load(tmp_path, may_create=True)
    restoring.check_signature(backup, Trust(issuer=mine))
    with pytest.raises(BadBackup, match="none of the issuer's keys"):
        restoring.check_signature(backup, Trust(issuer=other))
    signed = backup.manifest.signature
    retell(backup, start="demo")
    with pytest.raises(BadBackup, match="is not signed"):
        restoring.check_signature(manifest.read(backup.folder), Trust(issuer=mine))
    restoring.check_signature(manifest.read(backup.folder), Trust(issuer=mine, may_be_unsigned=True))
    values = json.loads((backup.folder / manifest.MANIFEST).read_text())
    (backup.folder / manifest.MANIFEST).write_text(json.dumps(values | {"signature": signed}))
    with pytest.raises(BadBackup, match="none of the issuer's keys"):
        restoring.check_signature(manifest.read(backup.folder), Trust(issuer=mine))


def test_books_that_receipts_contradict_do_not_come_back(
    source: Source, copy: str, folder: Path, programme: Programme
) -> None:
    """The entry was changed and every hash made anew: chains and manifest agree, the signed receipts don't."""
    owner = Owner(copy, programme.group.id)
    owner.balanced_edit(2)
    owner.rehash()
    owner.close()
    backup = take(dataclasses.replace(source, url=copy), Target(folder / "backups"))
    words, status = drill(backup.folder, folder / "data", None, None, Held())
    assert status == 1
    assert f"group {programme.group.id}: entry 2 does not hold (receipt)" in words
    with pytest.raises(CannotRestore, match="receipt"):
        restoring.into_folder(backup, folder / "data", identity=None, keys_from=None)
    assert not (folder / "data").exists()


def test_a_drill_asks_for_the_issuers_keys(source: Source, folder: Path, tmp_path: Path) -> None:
    """Those that are named, or those of the installation in whose place it is asked."""
    backup = take(source, Target(folder / "backups"))
    other = tmp_path / "other.json"
    other.write_text(json.dumps(Signer.load(tmp_path, may_create=True).jwks()))
    (folder / "data" / "keys").mkdir(parents=True)
    shutil.copy(tmp_path / "signing.pem", folder / "data" / "keys")
    for data, held in ((folder / "none", Held(jwks=other)), (folder / "data", Held())):
        with pytest.raises(Refusal, match="none of the issuer's keys") as refused:
            drill(backup.folder, data, None, None, held)
        assert refused.value.code == 2
    mine = tmp_path / "mine.json"
    mine.write_text(json.dumps(Verifier.of_folder(source.key_folder).jwks()))
    words, status = drill(backup.folder, folder / "data", None, None, Held(jwks=mine))
    assert status == 0, words
    assert "3 entries, 3 receipts" in words


async def test_what_lies_outside_is_held_against_a_backup(
    source: Source, copy: str, folder: Path, tmp_path: Path, tools: dict[str, object]
) -> None:
    """Everything in the dump agrees with itself: only the checkpoint that was made before it can tell."""
    database = Database(psycopg_url(copy), tools=tools)
    async with database.transaction(NOBODY) as session:
        groups = await checkpoints.every_group(session)
        await checkpoints.make_checkpoint(session, goes_out=True)
    await put_waiting(database, CheckpointFolder(tmp_path))
    await database.close()
    owner = Owner(copy, groups[0])
    owner.balanced_edit(2)
    owner.burn_everything()
    owner.close()
    backup = await asyncio.to_thread(take, dataclasses.replace(source, url=copy), Target(folder / "backups"))
    trusting = await asyncio.to_thread(drill, backup.folder, folder / "data", None, None, Held())
    assert trusting[1] == 0, trusting
    words, status = await asyncio.to_thread(
        drill, backup.folder, folder / "data", None, None, Held(checkpoints=tmp_path)
    )
    assert status == 1
    assert f"group {groups[0]}: entry 3 does not hold (checkpoint)" in words


def _manifest(change: Callable[[dict[str, object]], object]) -> Callable[[Backup], None]:
    def harm(backup: Backup) -> None:
        values = json.loads((backup.folder / manifest.MANIFEST).read_text())
        change(values)
        (backup.folder / manifest.MANIFEST).write_text(json.dumps(values))

    return harm


def _deep(backup: Backup) -> None:
    (backup.folder / manifest.MANIFEST).write_text("[" * 200_000)


def _deep_keys(backup: Backup) -> None:
    assert backup.manifest.keys is not None
    path = backup.folder.parent / "keys" / backup.manifest.keys.name
    path.write_text("[" * 100_000)
    retell(backup, keys=manifest.describe(path))


@pytest.mark.parametrize(
    "harm",
    [
        _manifest(lambda told: told["dump"].update(name="a\0b")),  # type: ignore[attr-defined]
        _manifest(lambda told: told["dump"].update(bytes="x")),  # type: ignore[attr-defined]
        _manifest(lambda told: told["heads"][0].update(group="x\x1b[2J")),  # type: ignore[index]
        _manifest(lambda told: told["heads"][0].update(seq="1")),  # type: ignore[index]
        _manifest(lambda told: told.update(start=7)),
        _deep,
        _deep_keys,
    ],
)
def test_a_hostile_manifest_is_refused_in_words(source: Source, folder: Path, harm: Callable[[Backup], None]) -> None:
    backup = take(source, Target(folder / "backups"))
    harm(backup)
    with pytest.raises(Refusal) as refused:
        drill(backup.folder, folder / "data", None, None, Held())
    assert refused.value.code == 2
    assert str(refused.value).isprintable()


def test_the_known_schema_is_what_the_migrations_make(source: Source, folder: Path) -> None:
    """A dump of ours lists nothing else, at the newest revision."""
    backup = take(source, Target(folder / "backups"))
    database.check_dump(backup.dump)
    with scratch() as server:
        database.restore(restoring.empty_of(server), backup.dump, backup.manifest.revision)
