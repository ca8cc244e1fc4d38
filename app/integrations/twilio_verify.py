"""One-time codes by Twilio Verify, v2 over HTTP: Twilio makes the code, sends it by SMS or WhatsApp, and compares it.

A phone has one code at a time: started again within ten minutes, the same one is sent again under the same reference.
What Twilio answers may hold the phone: only its numbers of errors are ever passed on.
"""

import asyncio
import re
import secrets
from typing import Any
from uuid import UUID

import httpx

from app.domain.identity.ports import NotChecked, NotDelivered

TOTAL_S = 10.0
"""Longest that one call may take, retries and waits included."""
TIMEOUT = httpx.Timeout(6.0, connect=3.0)
RETRIES = 2
LONGEST_PAUSE_S = 2.0
LOCALES = frozenset({"en", "hi", "mr"})
"""Languages that Verify's messages are asked for; for others it chooses by the country of the phone."""

SENDS_USED_UP = 60203
WORDS = {
    20003: "credentials refused",
    20404: "nothing pending",
    20429: "too many requests",
    60200: "parameter refused",
    60202: "checks used up",
    SENDS_USED_UP: "sends used up",
    60205: "landline",
    60207: "rate limit of the service",
    60212: "too many at once for the phone",
    60410: "prefix blocked",
    60605: "country closed",
}
"""Verify's errors that an operator can act on, in words for the log."""
IS_WRONG = frozenset({20404, 60200, 60202})
"""Answers to a check that mean: not the right code, or none is pending. Said alike, as a wrong code."""
_SID = re.compile(r"VE[0-9a-f]{32}")


class _Refused(Exception):
    """Twilio answered with an error; `code` is its number, or the HTTP status."""

    def __init__(self, code: int) -> None:
        self.code = code
        super().__init__(f"{WORDS.get(code, 'refused')} ({code})")


class _NoAnswer(Exception):
    """Nothing usable came back in time; what Twilio did is unknown."""


class TwilioVerify:
    """The vendor behind CodeSender. `key` and `secret` are an API key's, or the account's own for a trial."""

    makes_codes = True

    def __init__(
        self, *, key: str, secret: str, service: str, url: str = "https://verify.twilio.com", total_s: float = TOTAL_S
    ) -> None:
        self._base = f"{url.rstrip('/')}/v2/Services/{service}"
        self._auth = httpx.BasicAuth(key, secret)
        self._total_s = total_s
        self._clients: dict[asyncio.AbstractEventLoop, httpx.AsyncClient] = {}

    async def send(self, request_id: UUID, phone: str, code: str, locale: str, channel: str = "sms") -> str:  # noqa: ARG002
        """Start a verification; its SID. Retried only where Twilio surely did nothing: a message costs money."""
        form = {"To": phone, "Channel": channel} | ({"Locale": locale} if locale in LOCALES else {})
        try:
            started = await self._post("Verifications", form)
        except _Refused as error:
            raise NotDelivered(str(error), has_one=error.code == SENDS_USED_UP) from None
        except _NoAnswer as error:
            raise NotDelivered(str(error)) from None
        return started["sid"]

    async def check(self, reference: str, code: str) -> bool:
        """Compare a code with the verification's; an empty reference is asked about under a name that nothing has."""
        sid = reference or f"VE{secrets.token_hex(16)}"
        try:
            checked = await self._post("VerificationCheck", {"VerificationSid": sid, "Code": code})
        except _Refused as error:
            if error.code in IS_WRONG:
                return False
            raise NotChecked(str(error)) from None
        except _NoAnswer as error:
            raise NotChecked(str(error)) from None
        return bool(reference) and checked["sid"] == sid and checked["status"] == "approved"

    def shown_code(self, request_id: UUID) -> str:  # noqa: ARG002
        return ""

    async def close(self) -> None:
        for client in self._clients.values():
            await client.aclose()
        self._clients.clear()

    async def _post(self, what: str, form: dict[str, str]) -> dict[str, Any]:
        try:
            async with asyncio.timeout(self._total_s):
                return await self._tried(what, form)
        except TimeoutError:
            msg = "no answer in time"
            raise _NoAnswer(msg) from None

    async def _tried(self, what: str, form: dict[str, str]) -> dict[str, Any]:
        """Again after a connection that was never made or a plain 429: in both nothing was done. Never otherwise."""
        for left in reversed(range(RETRIES + 1)):
            pause_s = 0.2 * (RETRIES + 1 - left)
            try:
                response = await self._client().post(f"{self._base}/{what}", data=form)
            except (httpx.ConnectError, httpx.ConnectTimeout):
                if not left:
                    msg = "no connection"
                    raise _NoAnswer(msg) from None
            except httpx.HTTPError as error:
                raise _NoAnswer(type(error).__name__) from None
            else:
                code = _error_of(response)
                if code is None:
                    return _body_of(response)
                asked_s = _seconds(response.headers.get("retry-after", ""))
                if code not in (20429, 429) or not left or asked_s > LONGEST_PAUSE_S:
                    raise _Refused(code)
                pause_s = max(pause_s, asked_s)
            await asyncio.sleep(pause_s)
        raise AssertionError

    def _client(self) -> httpx.AsyncClient:
        """One pool of connections per event loop; the environment's proxy is honoured, redirects are not followed."""
        loop = asyncio.get_running_loop()
        if loop not in self._clients:
            self._clients[loop] = httpx.AsyncClient(auth=self._auth, timeout=TIMEOUT)
        return self._clients[loop]


def _error_of(response: httpx.Response) -> int | None:
    """Twilio's number of the error, the HTTP status where it gives none, None for success."""
    if response.is_success:
        return None
    try:
        code = response.json()["code"]
    except (ValueError, KeyError, TypeError):
        return response.status_code
    return code if isinstance(code, int) else response.status_code


def _body_of(response: httpx.Response) -> dict[str, Any]:
    """A verification as answered. Raises _NoAnswer for anything else under a 2xx."""
    try:
        body = response.json()
        if _SID.fullmatch(body["sid"]) and isinstance(body["status"], str):
            return body
    except (ValueError, KeyError, TypeError):
        pass
    msg = "an answer that is no verification"
    raise _NoAnswer(msg)


def _seconds(text: str) -> float:
    return float(text) if text.isascii() and text.isdecimal() else 0.0
