"""What identity needs from outside."""

from typing import Protocol
from uuid import UUID

CHANNELS = ("sms", "whatsapp")
"""The ways by which a code may come, in the order in which they are offered."""


class NotDelivered(Exception):
    """The vendor did not send a code, or did not say that it did. `why` is a word for logs: never a phone or a code.

    `has_one`: because the phone has been sent its present code often enough.
    """

    def __init__(self, why: str, *, has_one: bool = False) -> None:
        super().__init__(why)
        self.why, self.has_one = why, has_one


class NotChecked(Exception):
    """The vendor did not say whether a code is right. `why` as above."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class CodeSender(Protocol):
    """Brings one-time codes to phones; with `makes_codes` the vendor also makes and compares them.

    Always called between transactions, never inside one.
    """

    makes_codes: bool

    async def send(self, request_id: UUID, phone: str, code: str, locale: str, channel: str = "sms") -> str:
        """Start a code. `code` is ours, empty when the vendor makes its own; then the vendor's reference is returned.

        Raises NotDelivered.
        """
        ...

    async def check(self, reference: str, code: str) -> bool:
        """Whether the vendor's code is right; it works once. An empty reference is asked about too, and never right:
        so a phone to which nothing was sent answers no quicker. Raises NotChecked.
        """
        ...

    def shown_code(self, request_id: UUID) -> str:
        """The code of a request where it may be shown on the screen (development); empty otherwise."""
        ...


class NoticeSender(Protocol):
    """Brings a sentence to a phone: what its owner should know at once. Never a code."""

    async def send(self, phone: str, text: str) -> None: ...
