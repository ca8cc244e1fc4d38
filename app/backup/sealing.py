"""Encryption to a recipient with age (https://age-encryption.org/v1), by the `pyrage` library."""

from pathlib import Path
from typing import Any, BinaryIO, cast

import pyrage

from app.backup.errors import BadBackup, CannotBackUp
from app.backup.manifest import PIECE


def recipient_of(text: str) -> Any:
    """An age recipient (`age1...`) or an SSH public key. Raises CannotBackUp."""
    kind = pyrage.ssh.Recipient if text.startswith("ssh-") else pyrage.x25519.Recipient
    try:
        return kind.from_str(text.strip())
    except pyrage.RecipientError as error:
        msg = "The recipient is neither an age key (age1...) nor an SSH public key."
        raise CannotBackUp(msg) from error


def seal(source: BinaryIO, target: BinaryIO, recipient: Any | None) -> None:
    """Copy a stream to its end, sealed if there is a recipient. Neither is held in memory whole."""
    if recipient is not None:
        pyrage.encrypt_io(cast("Any", source), cast("Any", target), [recipient])
        return
    while piece := source.read(PIECE):
        target.write(piece)


def open_sealed(source: Path, target: BinaryIO, identity: Path | None) -> None:
    """Write the clear text of a sealed file. Raises BadBackup for a wrong identity and for a changed file."""
    if identity is None:
        msg = f"{source.name} is encrypted: name the identity that opens it with --identity FILE."
        raise BadBackup(msg)
    try:
        with source.open("rb") as sealed:
            pyrage.decrypt_io(cast("Any", sealed), cast("Any", target), [_identity(identity)])
    except (pyrage.DecryptError, OSError) as error:
        msg = f"{source.name} can't be opened with this identity: {error}."
        raise BadBackup(msg) from error


def _identity(file: Path) -> Any:
    try:
        text = file.read_text(encoding="utf-8")
        if "OPENSSH PRIVATE KEY" in text:
            return pyrage.ssh.Identity.from_buffer(text.encode())
        line = next(line for line in text.splitlines() if line.startswith("AGE-SECRET-KEY-"))
        return pyrage.x25519.Identity.from_str(line.strip())
    except (OSError, UnicodeDecodeError, StopIteration, pyrage.IdentityError) as error:
        msg = f"{file} holds no identity of age (AGE-SECRET-KEY-...) and no SSH private key."
        raise BadBackup(msg) from error
