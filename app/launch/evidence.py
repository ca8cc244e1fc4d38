"""What a person names to hold books against: a folder of checkpoints, an issuer's keys."""

from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from app.domain.ledger.checkpoint_holding import MAX_RECORD, BadCheckpoint, Claims, Series
from app.domain.ledger.checkpoint_notes import read_note
from app.integrations.checkpoint_folder import open_file
from app.kit.notes import MAX_NOTE
from app.kit.signing import NoKeys, Verifier
from app.launch.paths import Refusal, say

NOTE, HEADS = ".checkpoint", ".heads"


def read_folder(folder: Path, until: datetime | None = None) -> Claims:
    """Every checkpoint in a folder, with its heads beside it, a line at a time; with `until` none made after it.

    Raises Refusal (2), naming the file.
    """
    claims = Claims()
    try:
        found = sorted(folder.glob(f"*{NOTE}"))
        for path in found:
            with open_file(path) as file:
                note = file.read(MAX_NOTE + 1).decode()
            made = read_note(note)
            if made is None or until is None or made.at <= until:
                with open_file(path.with_suffix(HEADS)) as heads:
                    claims.add(path.name, note, iter(partial(heads.readline, MAX_RECORD + 2), b""))
    except (BadCheckpoint, UnicodeDecodeError) as error:
        msg = f"The checkpoints in {folder} can't be used: {error}."
        raise Refusal(msg, 2) from error
    except OSError as error:
        msg = f"{error.filename} can't be read ({error.strerror})."
        raise Refusal(msg, 2) from error
    if not found:
        msg = f"There is no checkpoint in {folder}."
        raise Refusal(msg, 2)
    return claims


def read_jwks(file: Path) -> Verifier:
    """An issuer's published keys. Raises Refusal (2)."""
    try:
        return Verifier.of_jwks(file.read_text("utf-8"))
    except (OSError, NoKeys, UnicodeDecodeError) as error:
        msg = f"{file} can't be read as a JWK set."
        raise Refusal(msg, 2) from error


def tell_series(claims: Claims, series: Series) -> None:
    """How old the newest is, which are missing, and what was a copy."""
    age = (datetime.now(UTC) - series.newest_at).days
    say(f"The newest checkpoint, number {series.last}, is of {series.newest_at:%Y-%m-%d %H:%M} UTC: {age} days ago.")
    if series.missing:
        few = ", ".join(map(str, series.missing[:10]))
        say(f"Checkpoints are missing between {series.first} and {series.last}: {few}. Find out where they went.")
    if claims.copies:
        say(f"{claims.copies} files are copies of other checkpoints, and were counted once.")
