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
from typing import Any, BinaryIO
from uuid import UUID

from app.backup.errors import BadBackup
from app.kit.signing import Signer, Verifier

FORMAT = "sanduk-backup/1"
MANIFEST = "manifest.json"
DUMP = "database.dump"
KEYS = "keys"
STAMP = "%Y%m%dT%H%M%SZ"
NAME = re.compile(r"sanduk-(\d{8}T\d{6}Z)")
SEALED = ".age"
PIECE = 1 << 20
"""Bytes read at a time."""
LONGEST = 200_000_000
"""Bytes of a manifest; the heads of half a million groups are fewer."""
_FILE = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*")


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
    """`revision` is the newest migration in the dump, `server` PostgreSQL's version, `start` what `up` had chosen.

    `files` is the archive of papers; None in backups of before there was one, whose manifests don't name it.
    `signature` is a token of the installation's key over all the rest; empty where it had none.
    """

    made_at: datetime
    revision: str
    server: str
    dump: Stored
    keys: Stored | None
    heads: tuple[Head, ...]
    audit_heads: tuple[Head, ...] = ()
    start: str = ""
    files: Stored | None = None
    signature: str = ""
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


def write(manifest: Manifest, folder: Path, signer: Signer | None = None) -> None:
    """Signed, when there is who signs."""
    token = signer.sign(_payload(manifest)) if signer else manifest.signature
    with private_file(folder / MANIFEST) as file:
        file.write((json.dumps(_values(manifest) | {"signature": token}, indent=1, sort_keys=True) + "\n").encode())


def is_signed_by(manifest: Manifest, verifier: Verifier) -> bool:
    """Whether one of the keys signed exactly this manifest."""
    return bool(manifest.signature) and verifier.verify(manifest.signature) == _payload(manifest)


def _values(manifest: Manifest) -> dict[str, Any]:
    values = asdict(manifest) | {"made_at": manifest.made_at.isoformat()}
    if manifest.files is None:
        del values["files"]
    return values


def _payload(manifest: Manifest) -> dict[str, Any]:
    text = json.dumps(_values(manifest) | {"signature": ""}, sort_keys=True)
    return {"v": 1, "typ": "backup", "sha256": hashlib.sha256(text.encode()).hexdigest()}


def read(folder: Path) -> Backup:
    """Raises BadBackup when there is no manifest of ours."""
    try:
        path = folder / MANIFEST
        if not path.is_file() or path.stat().st_size > LONGEST:
            raise ValueError
        values = json.loads(path.read_text(encoding="utf-8"))
        if values["format"] != FORMAT:
            msg = f"{folder} is a backup in a form that this version doesn't read: {str(values['format'])[:40]}."
            raise BadBackup(msg)
        stored = {name: _stored(values[name]) if values.get(name) else None for name in ("dump", "keys", "files")}
        heads = {name: tuple(_head(one) for one in values[name]) for name in ("heads", "audit_heads")}
        made_at = datetime.fromisoformat(_text(values["made_at"]))
        texts = {name: _text(values.get(name, "")) for name in ("revision", "server", "start", "signature")}
        if stored["dump"] is None:
            raise ValueError
        manifest = Manifest(**(values | stored | heads | texts | {"made_at": made_at}))
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        msg = f"{folder} holds no backup of Sanduk that can be read ({MANIFEST})."
        raise BadBackup(msg) from error
    return Backup(folder, manifest)


def _stored(values: dict[str, Any]) -> Stored:
    """Raises ValueError, TypeError or KeyError for what describes no file that lies beside it."""
    found = Stored(**values)
    if not _FILE.fullmatch(_text(found.name)) or not re.fullmatch("[0-9a-f]{64}", _text(found.sha256)):
        raise ValueError
    if type(found.bytes) is not int or found.bytes < 0:
        raise ValueError
    return found


def _head(values: dict[str, Any]) -> Head:
    found = Head(**values)
    if str(UUID(_text(found.group))) != found.group or not re.fullmatch("[0-9a-f]{64}", _text(found.hash)):
        raise ValueError
    if type(found.seq) is not int or found.seq < 0:
        raise ValueError
    return found


def _text(value: object) -> str:
    if type(value) is not str or not value.isprintable():
        raise ValueError
    return value


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
    if path.exists() and not path.is_file():
        msg = f"{path} is no file."
        raise BadBackup(msg)
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
