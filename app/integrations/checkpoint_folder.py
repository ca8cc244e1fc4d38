"""A folder as the outside place of checkpoints: another machine's, mounted, or one that is carried away."""

import asyncio
import os
import secrets
from pathlib import Path

from app.domain.ledger.checkpoint_ports import CannotKeep


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
