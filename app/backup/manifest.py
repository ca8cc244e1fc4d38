"""A backup on disk: a folder `sanduk-<UTC>` of the dump and its manifest, and a file of keys that may lie elsewhere."""

import hashlib
import json
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from app.backup.errors import BadBackup

FORMAT = "sanduk-backup/1"
MANIFEST = "manifest.json"
DUMP = "database.dump"
KEYS = "keys"
STAMP = "%Y%m%dT%H%M%SZ"
NAME = re.compile(r"sanduk-(\d{8}T\d{6}Z)")
SEALED = ".age"
PIECE = 1 << 20
"""Bytes read at a time."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A file as it lies there, sealed or not: its name, length in bytes and SHA-256 in hex."""

    name: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Head:
    """Where a group's chain ended: `seq` entries, the last one's hash in hex. The nil group is the platform."""

    group: str
    seq: int
    hash: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """`revision` is the newest migration in the dump, `server` PostgreSQL's version, `start` what `up` had chosen."""

    made_at: datetime
    revision: str
    server: str
    dump: Stored
    keys: Stored | None
    heads: tuple[Head, ...]
    audit_heads: tuple[Head, ...] = ()
    start: str = ""
    format: str = field(default=FORMAT)

    @property
    def is_sealed(self) -> bool:
        return self.dump.name.endswith(SEALED)


@dataclass(frozen=True, slots=True)
class Backup:
    """A manifest that could be read, and the folder it lies in."""

    folder: Path
    manifest: Manifest

    @property
    def dump(self) -> Path:
        return self.folder / self.manifest.dump.name

    def keys(self, given: Path | None) -> Path | None:
        """The file of keys: the one given, or the one beside the backup. None when it isn't here."""
        stored = self.manifest.keys
        if stored is None:
            return None
        if given is not None:
            return given / stored.name if given.is_dir() else given
        beside = self.folder.parent / KEYS / stored.name
        return beside if beside.exists() else None


def write(manifest: Manifest, folder: Path) -> None:
    values = asdict(manifest) | {"made_at": manifest.made_at.isoformat()}
    with private_file(folder / MANIFEST) as file:
        file.write((json.dumps(values, indent=1, sort_keys=True) + "\n").encode())


def read(folder: Path) -> Backup:
    """Raises BadBackup when there is no manifest of ours."""
    try:
        values = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        if values["format"] != FORMAT:
            msg = f"{folder} is a backup in a form that this version doesn't read: {values['format']}."
            raise BadBackup(msg)
        stored = {name: Stored(**values[name]) if values[name] else None for name in ("dump", "keys")}
        heads = {name: tuple(Head(**one) for one in values[name]) for name in ("heads", "audit_heads")}
        made_at = datetime.fromisoformat(values["made_at"])
        manifest = Manifest(**(values | stored | heads | {"made_at": made_at}))
        names = [one.name for one in stored.values() if one]
        if stored["dump"] is None or any(Path(name).name != name for name in names):
            raise ValueError
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        msg = f"{folder} holds no backup of Sanduk that can be read ({MANIFEST})."
        raise BadBackup(msg) from error
    return Backup(folder, manifest)


def find(place: Path) -> Backup:
    """A backup's folder, a file in it, or a folder of backups, of which the newest is meant. Raises BadBackup."""
    if not place.exists():
        msg = f"{place} isn't there."
        raise BadBackup(msg)
    folder = place if place.is_dir() else place.parent
    if not (folder / MANIFEST).exists() and place.is_dir() and (there := stored_in(folder)):
        folder = there[-1]
    return read(folder)


def stored_in(folder: Path) -> list[Path]:
    """The backups in a folder, oldest first."""
    if not folder.is_dir():
        return []
    return sorted(one for one in folder.iterdir() if NAME.fullmatch(one.name) and one.is_dir())


def made_at(folder: Path) -> datetime:
    """When a backup was begun, by its name."""
    return datetime.strptime(folder.name.removeprefix("sanduk-"), STAMP).replace(tzinfo=UTC)


def check(path: Path, stored: Stored) -> None:
    """Hold a file against the manifest. Raises BadBackup."""
    try:
        size, digest = path.stat().st_size, digest_of(path)
    except OSError as error:
        msg = f"{path} can't be read: {error.strerror}."
        raise BadBackup(msg) from error
    if size < stored.bytes:
        msg = f"{path} is cut: {size} of {stored.bytes} bytes are there."
        raise BadBackup(msg)
    if size != stored.bytes or digest != stored.sha256:
        msg = f"{path} is not the file that the manifest describes: it was changed, or belongs to another backup."
        raise BadBackup(msg)


def describe(path: Path) -> Stored:
    return Stored(path.name, path.stat().st_size, digest_of(path))


def digest_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def private_file(path: Path) -> Iterator[BinaryIO]:
    """A new file of mode 0600; on disk when the block ends."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def draft_beside(target: Path) -> Iterator[Path]:
    """A name for a file that becomes `target` when the block ends well, and goes when it doesn't."""
    draft = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    try:
        yield draft
        draft.rename(target)
        sync_folder(target.parent)
    finally:
        with suppress(OSError):
            draft.unlink()


def sync_folder(folder: Path) -> None:
    """Have a rename survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
