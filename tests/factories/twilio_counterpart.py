"""A counterpart of Twilio Verify's v2 API on loopback, with its memory: what is pending, sent, tried, approved.

Written from the published reference and error pages, not from our client.
`python -m tests.factories.twilio_counterpart` prints a transcript of each behaviour, as our client meets it.
"""

import asyncio
import base64
import json
import re
import secrets
import ssl
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs
from uuid import uuid4

KEY, SECRET, SERVICE = "SK" + "1a" * 16, "5ecret" * 5, "VA" + "2b" * 16
LIFETIME_S, MOST_SENDS, MOST_CHECKS = 600, 5, 5
PATH = re.compile(r"/v2/Services/(?P<service>\w+)/(?P<what>Verifications|VerificationCheck)(?:/(?P<sid>VE\w+))?")
STATUS = {20003: 401, 20404: 404, 20429: 429, 60200: 400, 60202: 429, 60203: 429, 60205: 403, 60212: 429, 60410: 403}
SAYS = {
    20003: "Authenticate",
    20404: "The requested resource was not found",
    20429: "Too many requests",
    60200: "Invalid parameter",
    60202: "Max check attempts reached",
    60203: "Max send attempts reached",
    60205: "SMS is not supported by landline phone number",
    60212: "Too many concurrent requests for phone number",
    60410: "The destination phone number has been temporarily blocked by Verify: {to}",
}


class Refusal(Exception):
    def __init__(self, code: int, to: str = "") -> None:
        self.code = code
        self.body = {"code": code, "message": SAYS[code].format(to=to), "status": STATUS[code]}


@dataclass
class Verification:
    to: str
    channel: str
    began: float
    code: str
    sid: str = field(default_factory=lambda: f"VE{secrets.token_hex(16)}")
    status: str = "pending"
    sends: int = 0
    checks: int = 0

    def shown(self) -> dict[str, Any]:
        return {
            "sid": self.sid,
            "service_sid": SERVICE,
            "to": self.to,
            "channel": self.channel,
            "status": self.status,
            "valid": self.status == "approved",
        }


class Counterpart:
    """`faults` are met first, one per request: a status to answer with, `drop`, `html`, `retry` or seconds to be slow.

    A `slow` answer comes after the work was done; `hold` keeps a phone's request under way until it is set.
    """

    def __init__(self) -> None:
        self.all: dict[str, Verification] = {}
        self.messages: list[tuple[str, str, str]] = []
        self.met: list[tuple[str, dict[str, str], int, dict[str, Any]]] = []
        self.faults: list[int | float | str] = []
        self.blocked: tuple[str, ...] = ()
        self.landlines: set[str] = set()
        self.ahead_s = 0.0
        self.hold_s = 0.0
        self.under_way: Counter[str] = Counter()
        self.lock = threading.Lock()
        self.url = ""

    def now(self) -> float:
        return time.monotonic() + self.ahead_s

    def code_of(self, phone: str) -> str:
        """What the phone's owner reads in her newest message."""
        return next(code for to, _, code in reversed(self.messages) if to == phone)

    def pending(self, to: str) -> Verification | None:
        for one in self.all.values():
            if one.to == to and self.is_live(one) and one.checks < MOST_CHECKS:
                return one
        return None

    def is_live(self, one: Verification) -> bool:
        return one.status == "pending" and self.now() < one.began + LIFETIME_S

    def start(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        to, channel = form.get("To", ""), form.get("Channel", "")
        if not re.fullmatch(r"\+[1-9]\d{7,14}", to) or channel not in ("sms", "whatsapp", "call"):
            raise Refusal(60200)
        if self.under_way[to] > 1:
            raise Refusal(60212)
        if to.startswith(self.blocked or ("none",)) and channel == "sms":
            raise Refusal(60410, to)
        if to in self.landlines and channel == "sms":
            raise Refusal(60205)
        one = self.pending(to) or Verification(to, channel, self.now(), f"{secrets.randbelow(10**6):06d}")
        if one.sends >= MOST_SENDS:
            raise Refusal(60203)
        one.sends, one.channel = one.sends + 1, channel
        self.all[one.sid] = one
        self.messages.append((to, channel, one.code))
        return 201, one.shown()

    def check(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        if not re.fullmatch(r"\d{4,10}", form.get("Code", "")):
            raise Refusal(60200)
        one = self.all.get(form.get("VerificationSid", "")) or self.pending(form.get("To", ""))
        if one is None or not self.is_live(one):
            raise Refusal(20404)
        if one.checks >= MOST_CHECKS:
            raise Refusal(60202)
        one.checks += 1
        if one.code == form["Code"]:
            one.status = "approved"
        return 200, one.shown()

    def answer(self, what: str, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        to = form.get("To", "")
        with self.lock:
            self.under_way[to] += 1
        try:
            if self.hold_s:
                time.sleep(self.hold_s)
            with self.lock:
                return self.start(form) if what == "Verifications" else self.check(form)
        except Refusal as refusal:
            return STATUS[refusal.code], refusal.body
        finally:
            with self.lock:
                self.under_way[to] -= 1


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    counterpart: Counterpart

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass

    def do_POST(self) -> None:
        own = self.counterpart
        raw = self.rfile.read(int(self.headers.get("content-length", 0)))
        form = {name: values[0] for name, values in parse_qs(raw.decode()).items()}
        fault = own.faults.pop(0) if own.faults else None
        if fault == "drop":
            own.met.append((self.path, form, 0, {"dropped": True}))
            self.close_connection = True
            return
        if fault == "html":
            self.reply(200, b"<html>maintenance</html>", "text/html")
            return
        if fault == "retry":
            self.reply_json(form, 429, Refusal(20429).body, {"retry-after": "1"})
            return
        if isinstance(fault, int):
            body = Refusal(20429).body if fault == 429 else {"message": "An internal error", "status": fault}
            self.reply_json(form, fault, body)
            return
        status, body = self.work(form)
        if isinstance(fault, float):
            time.sleep(fault)
        self.reply_json(form, status, body)

    def work(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        given = base64.b64decode(self.headers.get("authorization", "").removeprefix("Basic ")).decode()
        match = PATH.fullmatch(self.path)
        if given != f"{KEY}:{SECRET}":
            return 401, Refusal(20003).body
        if match is None or match["service"] != SERVICE or match["sid"]:
            return 404, Refusal(20404).body
        return self.counterpart.answer(match["what"], form)

    def reply_json(
        self, form: dict[str, str], status: int, body: dict[str, Any], headers: dict[str, str] | None = None
    ) -> None:
        self.counterpart.met.append((self.path, form, status, body))
        self.reply(status, json.dumps(body).encode(), "application/json", headers)

    def reply(self, status: int, body: bytes, kind: str, headers: dict[str, str] | None = None) -> None:
        try:
            self.send_response(status)
            for name, value in {"content-type": kind, "content-length": str(len(body)), **(headers or {})}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True  # the client has waited long enough


@contextmanager
def running_counterpart(port: int = 0, certificate: Path | None = None) -> Iterator[Counterpart]:
    """Serve on loopback until the block ends; https with a file that holds a certificate and its key."""
    counterpart = Counterpart()
    handler = type("Handler", (_Handler,), {"counterpart": counterpart})
    server = ThreadingHTTPServer(("127.0.0.1", port), handler)
    server.daemon_threads = True
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    counterpart.url = f"{'https' if certificate else 'http'}://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield counterpart
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


PHONE = "+254712345678"


async def _transcript(own: Counterpart) -> None:
    """Each behaviour once, through our client."""
    from app.domain.identity.ports import NotChecked, NotDelivered
    from app.integrations.twilio_verify import TwilioVerify

    client = TwilioVerify(key=KEY, secret=SECRET, service=SERVICE, url=own.url, total_s=1.5)

    def title(text: str) -> None:
        print(f"\n## {text}")
        own.met.clear()

    async def send(phone: str = PHONE, channel: str = "sms") -> str:
        return await said(client.send(uuid4(), phone, "", "en", channel))

    async def check(sid: str, code: str) -> None:
        await said(client.check(sid, code))

    async def said(work: Any) -> str:
        try:
            outcome, sid = "", await work
            outcome = f"-> {sid!r}"
        except (NotDelivered, NotChecked) as error:
            outcome, sid = f"-> {type(error).__name__}: {error.why}", ""
        for path, form, status, body in own.met:
            shown = {
                name: value for name, value in body.items() if name in ("sid", "status", "valid", "code", "message")
            }
            print(f"  POST .../{path.rsplit('/', 1)[1]} {form}\n    {status or 'closed'} {shown}")
        own.met.clear()
        print(f"  {outcome}")
        return sid

    title("pending, wrong, approved, and once only")
    sid = await send()
    code = own.code_of(PHONE)
    await check(sid, f"{(int(code) + 1) % 10**6:06d}")
    await check(sid, code)
    await check(sid, code)
    title("WhatsApp")
    await send("+919876543210", "whatsapp")
    title("nothing was sent: asked about under a name that nothing has")
    await check("", "123456")
    title("expired")
    sid = await send()
    own.ahead_s += LIFETIME_S
    await check(sid, own.code_of(PHONE))
    title("checks used up (60202)")
    sid = await send()
    for _ in range(MOST_CHECKS + 1):
        await check(sid, f"{(int(own.code_of(PHONE)) + 1) % 10**6:06d}")
    title("a fresh one after it; sends used up (60203)")
    for _ in range(MOST_SENDS + 1):
        await send()
    title("prefix blocked (60410), its message holds the phone: only the number of the error is passed on")
    own.blocked = ("+2547999",)
    await send("+254799912345")
    title("landline (60205)")
    own.landlines.add("+254202345678")
    await send("+254202345678")
    title("two at once for one phone (60212)")
    own.hold_s = 0.2
    await asyncio.gather(*[said(client.send(uuid4(), "+254733000001", "", "en")) for _ in range(2)])
    own.hold_s = 0
    title("429 once, with Retry-After: tried again")
    own.faults = ["retry"]
    await send("+254733000002")
    title("429 three times: given up")
    own.faults = [429] * 3
    await send("+254733000003")
    title("500: not tried again, a message may have gone")
    own.faults = [500]
    await send("+254733000004")
    title("connection dropped after the request: not tried again")
    own.faults = ["drop"]
    await send("+254733000005")
    title("slower than the limit")
    own.faults = [3.0]
    await send("+254733000006")
    title("200 with a page of something else")
    own.faults = ["html"]
    await send("+254733000007")
    title("wrong credentials")
    stranger = TwilioVerify(key=KEY, secret="x" * 30, service=SERVICE, url=own.url)
    await said(stranger.send(uuid4(), PHONE, "", "en"))
    title("nobody listens")
    nowhere = TwilioVerify(key=KEY, secret=SECRET, service=SERVICE, url="http://127.0.0.1:1")
    await said(nowhere.send(uuid4(), PHONE, "", "en"))
    for one in (client, stranger, nowhere):
        await one.close()


def main() -> None:
    """A transcript; with a port (and a certificate), serve there until Ctrl-C and print what phones would get."""
    if len(sys.argv) < 2:
        with running_counterpart() as own:
            asyncio.run(_transcript(own))
        return
    with running_counterpart(int(sys.argv[1]), *map(Path, sys.argv[2:])) as own:
        print(f"serving {own.url}; key {KEY} secret {SECRET} service {SERVICE}", flush=True)
        shown = 0
        try:
            while True:
                time.sleep(0.1)
                for to, channel, code in own.messages[shown:]:
                    print(f"{channel} to {to}: {code}", flush=True)
                shown = len(own.messages)
        except KeyboardInterrupt:
            pass


if __name__ == "__main__":
    main()
