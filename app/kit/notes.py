"""Signed notes (C2SP signed-note): a text of whole lines, a blank line, and a line for each signature.

`— <name> <base64 of key id and signature>`; the key id is the beginning of a hash over the name and the key.
"""

import base64
import hashlib
import re

from app.kit.signing import Signer, Verifier, is_signed

ED25519 = b"\x01"
"""The kind of signature, as key ids commit to it."""
MAX_NOTE = 10_000
_LINE = re.compile(r"\u2014 (\S+) ([A-Za-z0-9+/]+={0,2})")


def key_id(name: str, public_key: bytes) -> bytes:
    """Four bytes, by which a reader finds the key."""
    return hashlib.sha256(name.encode() + b"\n" + ED25519 + public_key).digest()[:4]


def verifier_key(name: str, public_key: bytes) -> str:
    """The key as other programs for signed notes take it: `name+id+key`."""
    key = base64.b64encode(ED25519 + public_key).decode()
    return f"{name}+{key_id(name, public_key).hex()}+{key}"


def sign_note(signer: Signer, name: str, text: str) -> str:
    """The whole note. `text` ends with a line's end and has no empty line; `name` has no blank and no plus."""
    if not text.endswith("\n") or "\n\n" in text or re.search(r"[\s+]", name):
        msg = "a note's text is of whole lines, none empty, and its signer's name is one word"
        raise ValueError(msg)
    signature = base64.b64encode(key_id(name, signer.public_key) + signer.sign_text(text)).decode()
    return f"{text}\n\u2014 {name} {signature}\n"


def text_of(note: str) -> str | None:
    """What the note says, whoever signed it; None for what is no note."""
    text, blank, signatures = note.partition("\n\n")
    if len(note) > MAX_NOTE or not blank or not signatures.endswith("\n"):
        return None
    return f"{text}\n" if all(_LINE.fullmatch(line) for line in signatures.splitlines()) else None


def is_note_signed(verifier: Verifier, name: str, note: str) -> bool:
    """Whether one of the keys signed the note under this name. Other signatures beside it don't matter."""
    text = text_of(note)
    if text is None:
        return False
    ids = {key_id(name, public_key): public_key for public_key in verifier.public_keys()}
    for line in note.partition("\n\n")[2].splitlines():
        found = _LINE.fullmatch(line)
        if found is None or found[1] != name:
            continue
        try:
            raw = base64.b64decode(found[2], validate=True)
        except ValueError:
            continue
        if raw[:4] in ids and is_signed(ids[raw[:4]], raw[4:], text):
            return True
    return False
