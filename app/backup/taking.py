"""Taking backups and letting old ones go."""

import fcntl
import shutil
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from app.backup import database, files, keys, sealing
from app.backup.errors import CannotBackUp
from app.backup.manifest import (
    DUMP,
    KEYS,
    SEALED,
    STAMP,
    Backup,
    Manifest,
    describe,
    made_at,
    read,
    stored_in,
    sync_folder,
    write,
)
from app.kit.signing import Signer, SigningKeyMissing

KEPT = timedelta(days=30)
ABANDONED = timedelta(days=1)
"""A draft this old belongs to a backup that was cut off."""


@dataclass(frozen=True, slots=True)
class Source:
    """What is backed up: the database at `url` (libpq's, of a role that reads every group), the folders of keys and of
    papers. `start` is what `up` has chosen in this data folder.
    """

    url: str
    key_folder: Path
    files_folder: Path
    start: str = ""


@dataclass(frozen=True, slots=True)
class Target:
    """Where backups go: one folder each in `folder`, their keys in `keys_folder`, both sealed to `recipient` if given.

    `recipient` is an age recipient or an SSH public key.
    """

    folder: Path
    keys_folder: Path | None = None
    recipient: str = ""

    @property
    def keys(self) -> Path:
        return self.keys_folder or self.folder / KEYS


def take(source: Source, target: Target) -> Backup:
    """Dump, papers, keys and manifest, under a draft's name until all of it is on disk. Raises CannotBackUp."""
    recipient = sealing.recipient_of(target.recipient) if target.recipient else None
    ending = SEALED if recipient is not None else ""
    final, stamp = _free_name(target.folder)
    draft = final.with_name(f".{final.name}.draft")
    keys_file = target.keys / f"sanduk-{stamp}.keys{ending}"
    try:
        target.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft.mkdir(mode=0o700)
        dumped = draft / (DUMP + ending)
        found = database.dump(source.url, dumped, recipient)
        papers = files.store_files(source.files_folder, draft / (files.FILES + ending), recipient)
        manifest = Manifest(
            made_at=datetime.now(UTC),
            revision=found.revision,
            server=found.server,
            dump=describe(dumped),
            keys=keys.store_keys(source.key_folder, keys_file, recipient),
            heads=found.heads,
            audit_heads=found.audit_heads,
            start=source.start,
            files=papers,
        )
        write(manifest, draft, _signer(source.key_folder))
        sync_folder(draft)
        draft.rename(final)
        sync_folder(target.folder)
    except BaseException as error:
        shutil.rmtree(draft, ignore_errors=True)
        with suppress(OSError):
            keys_file.unlink()
        if isinstance(error, OSError):
            msg = f"{target.folder} can't be written: {error.strerror}."
            raise CannotBackUp(msg) from error
        raise
    return read(final)


def _signer(key_folder: Path) -> Signer | None:
    try:
        return Signer.load(key_folder)
    except SigningKeyMissing:
        return None
    except ValueError as error:
        msg = f"The backup can't be signed: {error}."
        raise CannotBackUp(msg) from error


def take_nightly(source: Source, target: Target, now: datetime) -> Backup | None:
    """Once a night, whoever looks how often: None when it is taken, or being taken. What is older than 30 days goes.

    Raises CannotBackUp.
    """
    try:
        target.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (target.folder / ".nightly").open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return None
            if not is_due(target, now):
                return None
            made = take(source, target)
            forget_old(target, now)
            return made
    except OSError as error:
        msg = f"{target.folder} can't be written: {error.strerror}."
        raise CannotBackUp(msg) from error


def _free_name(folder: Path) -> tuple[Path, str]:
    """Two backups of one second wait for the next."""
    while True:
        stamp = datetime.now(UTC).strftime(STAMP)
        final = folder / f"sanduk-{stamp}"
        if not final.exists() and not final.with_name(f".{final.name}.draft").exists():
            return final, stamp
        time.sleep(0.2)


def forget_old(target: Target, now: datetime, kept: timedelta = KEPT) -> list[Path]:
    """Remove backups older than `kept` with their keys, and drafts that were cut off. The newest one always stays."""
    gone = []
    for folder in stored_in(target.folder)[:-1]:
        if now - made_at(folder) > kept:
            for one in target.keys.glob(f"{folder.name}.keys*"):
                one.unlink()
            shutil.rmtree(folder)
            gone.append(folder)
    for draft in target.folder.glob(".sanduk-*.draft"):
        with suppress(OSError):
            if now.timestamp() - draft.stat().st_mtime > ABANDONED.total_seconds():
                shutil.rmtree(draft)
    return gone


def is_due(target: Target, now: datetime, hour: int = 1) -> bool:
    """Whether the newest backup is from before the last night's hour (UTC)."""
    night = now.replace(hour=hour, minute=0, second=0, microsecond=0)
    night -= timedelta(days=1) if night > now else timedelta()
    there = stored_in(target.folder)
    return not there or made_at(there[-1]) < night
