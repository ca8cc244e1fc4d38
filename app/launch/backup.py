"""`./sanduk backup`, `restore` and `restore-drill`: which database, which folder, and the words."""

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg

from app import embedded, migrate
from app.backup import files, manifest, restoring, taking
from app.backup import keys as key_files
from app.backup.database import Empty
from app.backup.errors import BadBackup, CannotBackUp, CannotRestore
from app.backup.manifest import Backup
from app.backup.restoring import Trust
from app.kit.signing import CURRENT, Verifier
from app.launch import demo
from app.launch.evidence import read_folder, read_jwks
from app.launch.paths import Refusal, say
from app.launch.place import folder_of, is_running, open_place, settings_now


@contextmanager
def _refusing() -> Iterator[None]:
    """Bad input is 2; what fails on good input is 1."""
    try:
        yield
    except (BadBackup, CannotBackUp) as error:
        raise Refusal(str(error), 2) from error
    except (CannotRestore, embedded.CannotStart, psycopg.Error) as error:
        raise Refusal(str(error)) from error


def folder_of_backups(given: Path | None, data: Path | None) -> Path:
    """Where backups go: what is given, SANDUK_BACKUP_FOLDER, or a folder beside the data."""
    chosen = settings_now().backup_folder
    folder = folder_of(data)
    return (given or (Path(chosen) if chosen else folder.with_name(f"{folder.name}-backups"))).absolute()


def back_up(data: Path | None, to: Path | None, keys_to: Path | None, recipient: str, keep_days: int) -> Path:
    """Back up the installation, running or stopped. Raises Refusal."""
    chosen = settings_now()
    keys = keys_to or (Path(chosen.backup_keys_folder) if chosen.backup_keys_folder else None)
    target = taking.Target(folder_of_backups(to, data), keys, recipient or chosen.backup_recipient)
    begun = time.monotonic()
    with open_place(data) as place, _refusing():
        if not place.admin:
            msg = "DATABASE_ADMIN_URL is not set: a backup is taken by a superuser, or a role with BYPASSRLS."
            raise Refusal(msg, 2)
        key_folder = Path(os.environ.get("SANDUK_KEY_FOLDER") or place.data / "keys")
        source = taking.Source(place.admin, key_folder, _files_folder(key_folder), demo.chosen(place))
        made = taking.take(source, target)
    _tell_taken(made, target, time.monotonic() - begun)
    if keep_days:
        gone = taking.forget_old(target, datetime.now(UTC), timedelta(days=keep_days))
        say(f"Removed {len(gone)} older than {keep_days} days.")
    return made.folder


def _files_folder(key_folder: Path) -> Path:
    """Where papers lie: SANDUK_FILES_FOLDER, or beside the keys, as `up` has it."""
    beside = key_folder.with_name(f"{key_folder.name.removesuffix('keys')}files")
    return Path(os.environ.get("SANDUK_FILES_FOLDER") or beside)


def _key_folder(data: Path | None) -> Path:
    """SANDUK_KEY_FOLDER, or where `up` puts this installation's keys."""
    there = folder_of(data)
    beside = there.with_name(f"{there.name}-keys") if os.environ.get("DATABASE_URL") else there / "keys"
    return Path(os.environ.get("SANDUK_KEY_FOLDER") or beside)


def _tell_taken(made: Backup, target: taking.Target, seconds: float) -> None:
    facts = made.manifest
    entries = sum(head.seq for head in facts.heads)
    say(f"{len(facts.heads)} groups, {entries} entries, {facts.dump.bytes} bytes in {seconds:.1f} s.")
    if facts.is_sealed:
        say("All of it is encrypted: without the recipient's identity nobody can restore them.")
    else:
        say("Nothing is encrypted: the dump holds sealed personal data, and the keys open it.")
    say(f"The keys are in {target.keys}: keep them in another place than the dump.")


@dataclass(frozen=True, slots=True)
class Held:
    """What the person names to hold a backup against: the issuer's keys, checkpoints, or nothing (`--unsigned`)."""

    jwks: Path | None = None
    checkpoints: Path | None = None
    may_be_unsigned: bool = False


def _trust(held: Held, data: Path | None, backup: Backup, identity: Path | None, keys_from: Path | None) -> Trust:
    """The issuer's keys: those named, this installation's own, or those that the person keeps apart from the backup.

    Keys that lie beside the backup say nothing of who made it; receipts are checked with them all the same.
    """
    folder = _key_folder(data)
    issuer: Verifier | None = None
    if held.jwks:
        issuer = read_jwks(held.jwks)
    elif (folder / CURRENT).exists():
        try:
            issuer = Verifier.of_folder(folder)
        except ValueError as error:
            msg = f"{error}."
            raise Refusal(msg, 2) from error
    found = key_files.verifier_of(key_files.read_keys(backup, keys_from, identity) or {})
    if keys_from is not None and issuer is None:
        issuer = found
    claims = read_folder(held.checkpoints, backup.manifest.made_at) if held.checkpoints else None
    if claims is not None and (name := claims.unsigned(issuer or found or Verifier([]))):
        msg = f"The checkpoints in {held.checkpoints} can't be used: {name} is signed by none of the keys."
        raise Refusal(msg, 2)
    if issuer is None or held.may_be_unsigned:
        say("Who made this backup was not checked. Name the keys of who should have: --trust JWKS")
    if issuer is None and found is None:
        say("No keys are at hand: receipts and checkpoints are not checked, chains and balances are.")
    return Trust(issuer, found, claims, held.may_be_unsigned)


def bring_back(
    source: Path, data: Path | None, identity: Path | None, keys: Path | None, held: Held, *, may_replace: bool
) -> Path | str:
    """Restore into the data folder, or into the database of DATABASE_ADMIN_URL. Returns the place. Raises Refusal."""
    begun = time.monotonic()
    with _refusing():
        backup = manifest.find(source)
        if os.environ.get("DATABASE_URL"):
            trust = _trust(held, data, backup, identity, keys)
            papers = _files_folder(_key_folder(data))
            return _into_database(backup, identity, trust, papers, may_replace=may_replace)
        folder = folder_of(data)
        _check_folder(folder, may_replace=may_replace)
        trust = _trust(held, data, backup, identity, keys)
        aside = restoring.into_folder(backup, folder, identity=identity, keys_from=keys, trust=trust)
    if aside:
        say(f"What was there is in {aside}.")
    if not (folder / "keys").exists():
        say(f"The keys are not in this backup's reach. Copy them to {folder / 'keys'}, or name them with --keys.")
    say(f"Restored {backup.folder.name} in {time.monotonic() - begun:.1f} s; every entry was verified.")
    return folder


def _check_folder(folder: Path, *, may_replace: bool) -> None:
    if is_running(folder):
        msg = f"{folder} is in use: end that first. Nothing was changed."
        raise Refusal(msg, 2)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())) and not may_replace:
        msg = f"{folder} isn't empty. With --replace what is there is put aside, not erased. Nothing was changed."
        raise Refusal(msg, 2)


def _into_database(backup: Backup, identity: Path | None, trust: Trust, papers: Path, *, may_replace: bool) -> str:
    admin, owner = (os.environ.get(name, "") for name in ("DATABASE_ADMIN_URL", "DATABASE_OWNER_URL"))
    if not admin or not owner:
        missing = "DATABASE_OWNER_URL" if admin else "DATABASE_ADMIN_URL"
        msg = f"{missing} is not set: a superuser makes the database, and the owner's role, which isn't one, loads it."
        raise Refusal(msg, 2)
    place = Empty(admin, owner)
    aside = restoring.into_database(
        backup, place, identity=identity, may_replace=may_replace, files_folder=papers, trust=trust
    )
    if aside:
        say(f"The database that was there is now called {aside}.")
    say("The keys stay as they are: a backup's are put back by hand, into SANDUK_KEY_FOLDER.")
    return f"database {restoring.database.name_in(admin)}"


def drill(
    source: Path | None, data: Path | None, identity: Path | None, keys: Path | None, held: Held
) -> tuple[str, int]:
    """Restore into a scratch cluster, migrate it, verify; the report and the exit status. Raises Refusal (2)."""
    begun = time.monotonic()
    with _refusing():
        backup = manifest.find(source or folder_of_backups(None, data))
        trust = _trust(held, data, backup, identity, keys)
        restoring.check_signature(backup, trust)
        with (
            scratch() as server,
            restoring.opened(backup, identity) as dump,
            files.opened_files(backup, identity) as papers,
        ):
            place = restoring.empty_of(server)
            try:
                restoring.database.restore(place, dump, backup.manifest.revision)
                restored = time.monotonic() - begun
                verdict = restoring.verify(place, backup, trust, papers)
            except CannotRestore as error:
                return f"differs {backup.folder}\n  {error}\n", 1
    seconds = time.monotonic() - begun
    right = not verdict.differences
    lines = [
        f"{'holds' if right else 'differs'} {backup.folder}",
        f"taken {backup.manifest.made_at:%Y-%m-%d %H:%M:%S} UTC at revision {backup.manifest.revision}, "
        f"migrates to {migrate.head()}",
        f"restored in {restored:.1f} s, verified in {seconds - restored:.1f} s: {verdict.entries} entries, "
        f"{verdict.receipts} receipts, {verdict.checkpoints} checkpoints",
        *(f"head {head.group} {head.seq} {head.hash}" for head in verdict.heads),
        *verdict.differences,
    ]
    return "\n".join(lines) + "\n", 0 if right else 1


@contextmanager
def scratch() -> Iterator[embedded.Server]:
    """A cluster that is gone afterwards, with the roles and an empty database."""
    folder = Path(tempfile.mkdtemp(prefix="sanduk-drill-"))
    folder.chmod(0o755)  # the system user passes through; the data folder itself is closed
    try:
        server = embedded.start(folder / "data", durable=False)
        try:
            yield server
        finally:
            server.stop()
            shutil.rmtree(server.sockets, ignore_errors=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
