"""Keys in a folder of files that only the owner reads."""

import os
import secrets
from pathlib import Path


class MissingKeys(Exception):
    """The key folder lacks a key and none may be made."""


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
                msg = f"{path} is missing: production never makes keys by itself"
                raise MissingKeys(msg)
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            try:
                handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            except FileExistsError:
                pass
            else:
                with os.fdopen(handle, "w") as file:
                    file.write(secrets.token_hex(32))
        key = bytes.fromhex(path.read_text().strip())
        if len(key) != 32:
            msg = f"{path} does not hold 32 bytes"
            raise MissingKeys(msg)
        return key
