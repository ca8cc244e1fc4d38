"""The socket of the served product, spoken to without a browser: whoever has no right gets nothing."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from uuid import uuid4

import httpx
import pytest
from simple_websocket import Client, ConnectionClosed
from simple_websocket import ConnectionError as Refused

from app.app import app
from app.web.live import hub
from app.web.session import INTERNAL, ROLES, registered_events
from tests.factories.site import Site, running_site

assert app
STATE = "reflex___state____state."
HYDRATE = f"{STATE}hydrate_and_load"
EVENTS = registered_events()
UPGRADE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}
MARKED = {name for name, role in EVENTS.items() if role}
PAYLOAD = {"form": {}, "value": "x", "key": "phase"}
FORBIDDEN = [name for name, role in EVENTS.items() if name not in INTERNAL and "member" not in ROLES.get(role, ())]
START = "/leave?to=start"
TREASURER, MEMBER = "+254700000102", "+254700000103"
NAMES = ("Njeri", "Hassan")
"""Names that only the treasurer's pages show."""


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with running_site() as running:
        yield running


@contextmanager
def signed_in(site: Site, phone: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=site.address, headers={"origin": site.address}) as client:
        client.post("/session/code", data={"phone": phone})
        code = re.search(r"data-code>(\d{6})<", client.get("/sign-in/code").text)
        assert code
        assert client.post("/session/verify", data={"code": code[1]}).status_code == 303
        yield client


class Tab:
    """A page's socket: engine.io 4 and socket.io 5, as the pages speak them."""

    def __init__(
        self, site: Site, cookie: str = "", *, token: str = "", origin: str = "", path: str = "/today"
    ) -> None:
        self.path = path
        address = site.address.replace("http", "ws", 1)
        query = f"EIO=4&transport=websocket&token={token or uuid4()}"
        headers = {"Origin": origin or site.address} | ({"Cookie": f"sanduk={cookie}"} if cookie else {})
        self.socket = Client.__new__(Client)  # made in two steps: one that is refused leaves its socket open
        try:
            self.socket.__init__(f"{address}/_event/?{query}", headers=headers)
        except Refused:
            self.socket.sock.close()
            raise
        self.socket.send("40/_event,")
        while not (message := self._next(5)).startswith("40/_event"):
            assert message.startswith("0"), message

    def _next(self, wait_s: float) -> str:
        """The next message that is no ping; empty when none comes."""
        while True:
            message = self.socket.receive(timeout=wait_s)
            if message != "2":
                return str(message or "")
            self.socket.send("3")

    def send(self, name: str, wait_s: float = 1.0) -> str:
        """All that comes back until it is quiet."""
        self.post(name)
        return "\n".join(self.read(wait_s))

    def post(self, name: str) -> None:
        event = {"name": name, "payload": PAYLOAD, "router_data": {"pathname": self.path, "asPath": self.path}}
        self.socket.send("42/_event," + json.dumps(["event", event if name != HYDRATE else event | {"payload": {}}]))

    def read(self, wait_s: float) -> list[str]:
        parts = []
        while part := self._next(wait_s):
            parts.append(part)
        return parts

    def __enter__(self) -> "Tab":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        with suppress(ConnectionClosed):
            self.socket.close()
        self.socket.thread.join(5)
        self.socket.sock.close()


def test_the_treasurer_sees_names(site: Site):
    with (
        signed_in(site, TREASURER) as client,
        Tab(site, client.cookies["sanduk"], path="/members") as tab,
    ):
        answer = tab.send(HYDRATE, wait_s=2)
        cookie = client.cookies["sanduk"]
    assert all(name in answer for name in NAMES)
    assert cookie not in answer


def test_a_member_runs_no_officers_event_whatever_she_sends(site: Site):
    with signed_in(site, MEMBER) as client, Tab(site, client.cookies["sanduk"], path="/home") as tab:
        assert tab.send(HYDRATE)
        for name in FORBIDDEN:
            tab.post(name)
        answers = tab.read(1)
    assert len(answers) == sum(name in MARKED for name in FORBIDDEN)
    assert all(START in answer for answer in answers)


@pytest.mark.parametrize("path", ["/home", "/pay", "/passbook", "/payments", "/members", "/admin/people", "/staff"])
def test_no_page_names_others_to_a_member(site: Site, path: str):
    with signed_in(site, MEMBER) as client, Tab(site, client.cookies["sanduk"], path=path) as tab:
        answer = tab.send(HYDRATE)
    assert answer
    assert all(name not in answer for name in NAMES)


@pytest.mark.parametrize("cookie", ["", "A" * 43])
def test_without_a_session_nothing_comes(site: Site, cookie: str):
    with Tab(site, cookie, path="/members") as tab:
        assert all(name not in tab.send(HYDRATE) for name in NAMES)
        for name in MARKED:
            tab.post(name)
        answers = tab.read(1)
    assert len(answers) == len(MARKED - hub.refreshes), "a page that is not open is not read again either"
    assert all(START in answer for answer in answers)


def test_after_sign_out_the_same_tab_gets_nothing_old(site: Site):
    """The tab's token is in the browser's storage and in addresses: whoever has it gets an empty page."""
    token = str(uuid4())
    with signed_in(site, TREASURER) as client:
        cookie = client.cookies["sanduk"]
        with Tab(site, cookie, token=token, path="/members") as tab:
            assert NAMES[0] in tab.send(HYDRATE, wait_s=2)
        with Tab(site, cookie, token=token, path="/members") as again:
            assert NAMES[0] in again.send(HYDRATE, wait_s=2)
            assert client.post("/session/end").status_code == 303
            left = again.send(next(name for name, role in EVENTS.items() if role == "treasurer"))
            assert "to=start" in left
            assert NAMES[0] not in left
    for later in ("", cookie):
        with Tab(site, later, token=token, path="/members") as tab:
            answer = tab.send(HYDRATE)
        assert answer
        assert all(name not in answer for name in NAMES)


def test_anothers_tab_token_is_an_empty_page(site: Site):
    token = str(uuid4())
    with signed_in(site, TREASURER) as treasurer, signed_in(site, MEMBER) as member:
        with Tab(site, treasurer.cookies["sanduk"], token=token, path="/members") as tab:
            assert NAMES[0] in tab.send(HYDRATE, wait_s=2)
        with Tab(site, member.cookies["sanduk"], token=token, path="/members") as tab:
            answer = tab.send(HYDRATE)
    assert answer
    assert all(name not in answer for name in NAMES)


def test_a_socket_of_another_site_is_refused(site: Site):
    with signed_in(site, TREASURER) as client:
        for origin in ("https://evil.example", "null", site.address.replace("127.0.0.1", "localhost")):
            headers = {"Origin": origin, "Cookie": f"sanduk={client.cookies['sanduk']}"}
            with httpx.Client(base_url=site.address) as stranger:
                answer = stranger.get(f"/_event/?EIO=4&transport=websocket&token={uuid4()}", headers=headers | UPGRADE)
            assert answer.status_code in {400, 403}, origin


def test_the_doors_of_the_framework_that_we_do_not_use_are_shut(site: Site):
    with httpx.Client(base_url=site.address) as client:
        for path in ("/_upload", "/_upload/x", "/openapi.json", "/docs", "/redoc"):
            assert client.get(path).status_code == 404, path
        sent = client.post("/_upload", files={"files": b"x"}, headers={"origin": site.address})
        assert sent.status_code in {404, 405}


def test_what_is_no_event_leaves_no_line_of_its_own_in_the_log(site: Site):
    evil = "EVIL\nEVIL forged" + "x" * 20_000
    exception = f"{STATE}reflex___state____frontend_event_exception_state.handle_frontend_exception"
    sent: list[object] = [
        ["event", evil],
        ["event", [evil]],
        ["event", {"name": evil}],
        ["event", {"name": HYDRATE, "router_data": evil}],
        ["event", {"name": f"{STATE}hydrate", "payload": {"more": evil}}],
        ["event", {"name": exception, "payload": {"info": evil, "component_stack": evil}}],
        ["client_error", {"error_type": evil, "message": evil}],
    ]
    with Tab(site, path="/sign-in") as tab:
        for message in sent:
            tab.socket.send("42/_event," + json.dumps(message))
        assert tab.read(1)
    lines = site.words.read_text().splitlines()
    assert not [line for line in lines if "EVIL" in line]
    reports = [json.loads(line)["event"] for line in lines if "a page reports" in line]
    assert reports == ["a page reports: unknown"] * 2
