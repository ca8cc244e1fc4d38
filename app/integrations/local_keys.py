"""Keys in a folder of files that only the owner reads."""

import os
import secrets
from contextlib import suppress
from pathlib import Path

KEY_BYTES = 32


class MissingKeys(Exception):
    """The key folder lacks a usable key and none may be made."""


class LocalKeys:
    """`master.key` and `index.key`, 32 bytes each in hex. With `create`, missing ones are made (0600)."""

    def __init__(self, folder: Path, *, create: bool) -> None:
        self.folder = folder
        self.create = create

    def master_key(self) -> bytes:
        return self._read("master.key")

    def index_key(self) -> bytes:
        return self._read("index.key")

    def _read(self, name: str) -> bytes:
        path = self.folder / name
        if not path.exists():
            if not self.create:
                msg = f"{path} is missing; production never makes keys by itself. Make it once: openssl rand -hex 32"
                raise MissingKeys(msg)
            self._make(path)
        try:
            key = bytes.fromhex(path.read_text("ascii").strip())
        except ValueError:
            key = b""
        if len(key) != KEY_BYTES:
            msg = f"{path} does not hold {KEY_BYTES} bytes in hex"
            raise MissingKeys(msg)
        return key

    def _make(self, path: Path) -> None:
        """A whole file appears at once: two processes that start together end with the same key."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_hex(KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
        try:
            with suppress(FileExistsError):
                path.hardlink_to(draft)
        finally:
            draft.unlink()
