"""A folder as the outside place of checkpoints: another machine's, mounted, or one that is carried away."""

import asyncio
import errno
import os
import secrets
import stat
from pathlib import Path
from typing import BinaryIO

from app.domain.ledger.checkpoint_ports import MAX_BYTES, CannotKeep


def open_file(path: Path) -> BinaryIO:
    """A regular file to be read; OSError for a pipe or a device, which might never end."""
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError(errno.EINVAL, "it is no file", str(path))
    return os.fdopen(handle, "rb")


class CheckpointFolder:
    """Files are written whole or not at all, and never replaced."""

    def __init__(self, folder: Path) -> None:
        self.name = f"the folder {folder}"
        self._folder = folder

    async def put(self, name: str, content: bytes) -> None:
        try:
            await asyncio.to_thread(self._put, name, content)
        except OSError as error:
            msg = f"{self.name} took no {name}: {error.strerror}"
            raise CannotKeep(msg) from error

    async def get(self, name: str) -> bytes | None:
        try:
            return await asyncio.to_thread(self._get, name)
        except FileNotFoundError:
            if self._folder.is_dir():
                return None
            msg = f"{self.name} isn't there"
            raise CannotKeep(msg) from None
        except OSError as error:
            msg = f"{self.name} gave no {name}: {error.strerror or 'it is no file, or too long'}"
            raise CannotKeep(msg) from error

    def _get(self, name: str) -> bytes:
        with open_file(self._folder / name) as file:
            content = file.read(MAX_BYTES + 1)
        if len(content) > MAX_BYTES:
            raise OSError
        return content

    def _put(self, name: str, content: bytes) -> None:
        """Written beside its place and linked there, so that two writers can't mix."""
        path = self._folder / name
        draft = self._folder / f".{name}.{secrets.token_hex(8)}"
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            path.hardlink_to(draft)
        except FileExistsError:
            if path.read_bytes() != content:
                msg = f"{self.name} holds another {name}"
                raise CannotKeep(msg) from None
        finally:
            draft.unlink()
