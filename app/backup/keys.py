"""The application's keys in a file of their own: JSON of relative names to base64."""

import base64
import io
import json
from pathlib import Path
from typing import Any

from app.backup import sealing
from app.backup.errors import BadBackup, CannotBackUp
from app.backup.manifest import SEALED, Backup, Stored, check, describe, draft_beside, private_file
from app.kit.signing import CURRENT, RETIRED, NoKeys, Verifier

LONGEST = 1_000_000
"""Bytes of a key folder; more is no key folder."""


def store_keys(folder: Path, target: Path, recipient: Any | None) -> Stored:
    """Write every file of the key folder. Raises CannotBackUp when it holds none."""
    try:
        found = {str(one.relative_to(folder)): one.read_bytes() for one in sorted(folder.rglob("*")) if one.is_file()}
    except OSError as error:
        msg = f"The keys in {folder} can't be read: {error.strerror}."
        raise CannotBackUp(msg) from error
    if not found or sum(map(len, found.values())) > LONGEST:
        msg = f"{folder} is no key folder. Name it: SANDUK_KEY_FOLDER"
        raise CannotBackUp(msg)
    text = json.dumps({name: base64.b64encode(value).decode() for name, value in found.items()})
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with draft_beside(target) as draft, private_file(draft) as file:
        sealing.seal(io.BytesIO(text.encode()), file, recipient)
    return describe(target)


def read_keys(backup: Backup, given: Path | None, identity: Path | None) -> dict[str, bytes] | None:
    """The keys of a backup; None when their file isn't here. Raises BadBackup."""
    path = backup.keys(given)
    if path is None or backup.manifest.keys is None:
        return None
    check(path, backup.manifest.keys)
    if path.name.endswith(SEALED):
        clear = io.BytesIO()
        sealing.open_sealed(path, clear, identity)
        text = clear.getvalue()
    else:
        text = path.read_bytes()
    try:
        found = {name: base64.b64decode(value, validate=True) for name, value in json.loads(text).items()}
    except (ValueError, AttributeError, TypeError, RecursionError) as error:
        msg = f"{path} holds no keys."
        raise BadBackup(msg) from error
    if any(not name.isprintable() or Path(name).is_absolute() or ".." in Path(name).parts for name in found):
        msg = f"{path} names files outside a key folder."
        raise BadBackup(msg)
    return found


def verifier_of(found: dict[str, bytes]) -> Verifier | None:
    """The keys that signed, from a backup's key files; None when it holds none. Raises BadBackup."""
    names = [CURRENT, *sorted(name for name in found if name.startswith(f"{RETIRED}/") and name.endswith(".pem"))]
    try:
        return Verifier.of_pems([found[name] for name in names]) if CURRENT in found else None
    except NoKeys as error:
        msg = f"The backup's {CURRENT} holds no Ed25519 key."
        raise BadBackup(msg) from error


def write_keys(found: dict[str, bytes], folder: Path) -> None:
    """Into a folder that holds none yet: files 0600 in folders 0700."""
    for name, value in found.items():
        path = folder / name
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with private_file(path) as file:
            file.write(value)
