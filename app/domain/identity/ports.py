"""What identity needs from outside."""

from typing import Protocol
from uuid import UUID


class CodeSender(Protocol):
    """Brings a one-time code to a phone. Called after the transaction that made the code."""

    async def send(self, request_id: UUID, phone: str, code: str, locale: str) -> None: ...

    def shown_code(self, request_id: UUID) -> str:
        """The code of a request where it may be shown on the screen (development); empty otherwise."""
        ...
