"""A folder as the storage of papers; what lies in it is sealed already."""

import asyncio
import os
import re
import secrets
from pathlib import Path

from app.domain.welfare.ports import CannotStore

_ID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_NAME = re.compile(f"{_ID}/{_ID}")


class StorageFolder:
    """Files are written whole or not at all, and never replaced. Names lead nowhere else: they are two ids."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def put(self, name: str, content: bytes) -> None:
        path = self._path(name)
        try:
            await asyncio.to_thread(_put, path, content)
        except OSError as error:
            msg = f"the folder {self._folder} took no {name}: {error.strerror}"
            raise CannotStore(msg) from error

    async def get(self, name: str) -> bytes | None:
        path = self._path(name)
        try:
            return await asyncio.to_thread(path.read_bytes)
        except FileNotFoundError:
            return None
        except OSError as error:
            msg = f"the folder {self._folder} gave no {name}: {error.strerror}"
            raise CannotStore(msg) from error

    def _path(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            msg = "a name that is no two ids"
            raise CannotStore(msg)
        return self._folder / name


def _put(path: Path, content: bytes) -> None:
    """Written beside its place and linked there. FileExistsError for a name that is taken."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        path.hardlink_to(draft)
    finally:
        draft.unlink()
