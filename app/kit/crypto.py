"""Column encryption: AES-256-GCM under a hierarchy of keys, and blind indexes for look-up.

A sealed value is `version (1) | key id (4) | nonce (12) | ciphertext and tag`. Associated data is
`table|column|group|row`, so that a value moved elsewhere does not open.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

VERSION = b"\x01"
SHORTEST = 1 + 4 + 12 + 16
"""Bytes of a sealed empty text."""
NIL = UUID(int=0)


class KeyProvider(Protocol):
    """Holds the master key: a local folder, or a key management service."""

    def master_key(self) -> bytes:
        """32 bytes."""
        ...

    def index_key(self) -> bytes:
        """32 bytes for blind indexes, never used to encrypt."""
        ...


class CannotOpen(Exception):
    """A sealed value does not open: another key, another place, or changed bytes."""


def place(table: str, column: str, group: UUID | None, row: UUID) -> str:
    """Associated data of one cell; tables without a group use the nil UUID."""
    return f"{table}|{column}|{group or NIL}|{row}"


def key_id(key: bytes) -> bytes:
    return hashlib.sha256(b"key id" + key).digest()[:4]


def seal(key: bytes, plain: bytes, where: str) -> bytes:
    nonce = secrets.token_bytes(12)
    return VERSION + key_id(key) + nonce + AESGCM(key).encrypt(nonce, plain, where.encode())


def unseal(key: bytes, sealed: bytes, where: str) -> bytes:
    """Raises CannotOpen."""
    if len(sealed) < SHORTEST or sealed[:1] != VERSION or sealed[1:5] != key_id(key):
        raise CannotOpen(where)
    try:
        return AESGCM(key).decrypt(sealed[5:17], sealed[17:], where.encode())
    except InvalidTag:
        raise CannotOpen(where) from None


def encrypt(key: bytes, text: str, where: str) -> bytes:
    return seal(key, text.encode(), where)


def decrypt(key: bytes, sealed: bytes, where: str) -> str:
    return unseal(key, sealed, where).decode()


@dataclass(frozen=True)
class DataKey:
    """A key in the clear, and as the database keeps it."""

    plain: bytes
    wrapped: bytes


class Keyring:
    """The master key wraps group keys and person keys; a group's key wraps its members' keys."""

    def __init__(self, provider: KeyProvider) -> None:
        self._master = provider.master_key()
        self._index = provider.index_key()
        self._opened: dict[tuple[bytes, str], bytes] = {}

    def new_data_key(self, where: str) -> DataKey:
        """A fresh key wrapped by the master key, for the row that `where` names."""
        return self.new_key_under(self._master, where)

    def new_key_under(self, parent: bytes, where: str) -> DataKey:
        plain = secrets.token_bytes(32)
        return DataKey(plain, seal(parent, plain, where))

    def unwrap(self, wrapped: bytes, where: str) -> bytes:
        """The key that the master key wrapped; cached per process."""
        return self.unwrap_under(self._master, wrapped, where)

    def unwrap_under(self, parent: bytes, wrapped: bytes, where: str) -> bytes:
        known = self._opened.get((wrapped, where))
        if known is None:
            if len(self._opened) > 20_000:
                self._opened.clear()
            known = self._opened[wrapped, where] = unseal(parent, wrapped, where)
        return known

    def seal_small(self, text: str, where: str) -> bytes:
        """Under the master key itself: for short-lived rows that have no key of their own."""
        return encrypt(self._master, text, where)

    def open_small(self, sealed: bytes, where: str) -> str:
        return decrypt(self._master, sealed, where)

    def blind_index(self, text: str) -> bytes:
        """32 bytes that are equal for equal texts and say nothing else."""
        return hmac.new(self._index, text.encode(), hashlib.sha256).digest()

    def code_mac(self, request_id: UUID, code: str) -> bytes:
        """32 bytes that prove a one-time code to the holder of the key: six digits alone would be guessed from a hash.

        The NUL keeps it apart from every text that is indexed.
        """
        return hmac.new(self._index, b"code\0" + request_id.bytes + code.encode(), hashlib.sha256).digest()
