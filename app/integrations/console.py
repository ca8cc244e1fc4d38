"""Development: one-time codes on standard output and on the code page. Production refuses to start with it."""

import logging
from collections import OrderedDict
from uuid import UUID

log = logging.getLogger("sanduk.notices")
KEEP = 1000


class ConsoleSender:
    """Prints `code <phone> <code>` and remembers it for the marked box of the code page."""

    makes_codes = False

    def __init__(self) -> None:
        self._shown: OrderedDict[UUID, str] = OrderedDict()

    async def send(self, request_id: UUID, phone: str, code: str, locale: str, channel: str = "sms") -> str:  # noqa: ARG002
        print(f"code {phone} {code}", flush=True)  # noqa: T201
        self._shown[request_id] = code
        while len(self._shown) > KEEP:
            self._shown.popitem(last=False)
        return ""

    async def check(self, reference: str, code: str) -> bool:  # noqa: ARG002
        """Codes are our own: nothing is compared here."""
        return False

    def shown_code(self, request_id: UUID) -> str:
        return self._shown.get(request_id, "")


class ConsoleNotices:
    """Prints `notice <phone> <text>`; in production, where nobody reads it, it says only that one was not sent."""

    def __init__(self, *, is_production: bool = False) -> None:
        self._is_production = is_production

    async def send(self, phone: str, text: str) -> None:
        if self._is_production:
            log.warning("A notice to a phone was not sent: no vendor for notices is configured")
        else:
            print(f"notice {phone} {text}", flush=True)  # noqa: T201
