"""The public demo as an attacker meets it: every event, every form, forged cookies, large bodies, many sockets.

Nothing of the database may differ afterwards.
"""

import json
import re
import subprocess
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from hashlib import sha256
from io import BytesIO
from time import sleep
from urllib.parse import urlsplit
from uuid import UUID, uuid4
from zipfile import ZipFile

import httpx
import pytest
from fastapi.routing import APIRoute
from pypdf import PdfReader

from app import embedded
from app.api.app import ROOMS
from app.api.bounds import BODY, SOCKETS_EACH
from app.api.demo import AS_EVER, FORM, OWN
from app.api.documents import DEMO_PRINTS
from app.app import app
from app.demo.doors import DOORS, Door
from app.domain.reports.report_views import KINDS
from app.web.routes import PAGES
from app.web.session import ROLES, parameters, registered_events
from tests.doors.test_session_socket import HYDRATE, STATE, UPGRADE, Refused, Tab
from tests.factories.site import Site, running_site

assert app
EVENTS = {name: role for name, role in registered_events().items() if role}
HOMES = {"member": "/home", "treasurer": "/today", "admin": "/today"}
DEMO = {"SANDUK_DEMO": "public"}
WHOLE = re.compile(r"700000[01]\d\d|980000020\d|980000021\d")
"""All but the country's part of the demo's phones."""
FORMS = sorted(
    {
        (method, route.path.format(**dict.fromkeys(route.param_convertors, str(UUID(int=7)))))
        for room in ROOMS
        for route in room.router.routes
        if isinstance(route, APIRoute)
        for method in (route.methods or set()) - {"GET", "HEAD", "OPTIONS"}
    }
)


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with running_site(settings=DEMO) as running:
        yield running


@pytest.fixture
def unchanged(site: Site) -> Iterator[None]:
    """The whole database is the same afterwards."""
    before = everything(site)
    yield
    assert everything(site) == before
    failed = [json.loads(line) for line in site.words.read_text().splitlines() if '"event failed"' in line]
    assert not failed, failed[0]["exception"][-3000:]


def everything(site: Site) -> str:
    url = embedded.url(site.data, embedded.SUPERUSER)
    command = [embedded.wheel_binaries() / "pg_dump", "--data-only", "--restrict-key=x", url]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@contextmanager
def visitor(site: Site, door: Door | None = None) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=site.address, headers={"origin": site.address}, timeout=30) as client:
        if door:
            answer = client.post(FORM, data={"role": door.name})
            assert (answer.status_code, answer.headers["location"]) == (303, HOMES[door.role])
        yield client


def payload(name: str) -> dict[str, object]:
    """What the handler is written for, with something in it."""
    made = {str: str(uuid4()), int: 1, bool: True}
    return {one: made.get(its.annotation, {"note": "x"}) for one, its in parameters(name).items()}


class Attacker(Tab):
    def post(self, name: str) -> None:
        where = {"pathname": urlsplit(self.path).path, "asPath": self.path}
        event = {"name": name, "payload": {} if name == HYDRATE else payload(name), "router_data": where}
        self.socket.send("42/_event," + json.dumps(["event", event]))

    def pages(self, *paths: str) -> str:
        """What the pages tell, gone through one after another."""
        told = []
        for path in paths:
            self.path = path
            self.post(HYDRATE)
            told += self.read(0.15)
        return "\n".join(told + self.read(2))


def test_the_way_in_asks_nothing(site: Site) -> None:
    with visitor(site) as client:
        shown = client.get("/sign-in").text
        assert "tel" not in shown
        assert all(f'value="{door.name}"' in shown for door in DOORS)
        assert "Demo: nothing you do is kept." in shown
        assert "Maonyesho" in client.get("/sign-in", headers={"accept-language": "sw"}).text
        for address in ("/sign-in/code", "/session/code", "/start", "/home"):
            assert client.get(address, follow_redirects=True).url.path == "/sign-in"
        assert client.post(FORM, data={"role": "staff"}).headers["location"] == "/sign-in"
        assert not client.cookies


def test_leaving_ends_it_for_nobody_else(site: Site, unchanged: None) -> None:
    with visitor(site, DOORS[0]) as one, visitor(site, DOORS[0]) as other:
        assert one.cookies["sanduk"] == other.cookies["sanduk"]
        assert one.post("/session/end").headers["location"] == "/"
        assert not one.cookies
        assert other.get("/start").headers["location"] == "/home"


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.name)
def test_no_event_changes_anything(site: Site, door: Door, unchanged: None) -> None:
    mine = [name for name, role in EVENTS.items() if door.role in ROLES[role]]
    assert mine
    refused = 0
    with visitor(site, door) as client:
        for start in range(0, len(mine), 80):  # a socket's first hundred come at once
            with Attacker(site, client.cookies["sanduk"], path=HOMES[door.role]) as tab:
                tab.send(HYDRATE, wait_s=0.5)
                for name in mine[start : start + 80]:
                    tab.post(name)
                answers = "\n".join(tab.read(1.5))
                assert "/leave?to=trouble" not in answers
                refused += answers.count("This is a demo: nothing is changed.")
    assert refused or door.role == "member"


@pytest.mark.parametrize(("method", "path"), FORMS)
def test_no_form_changes_anything(site: Site, method: str, path: str, unchanged: None) -> None:
    with visitor(site, next(door for door in DOORS if door.role == "admin")) as client:
        before = client.cookies["sanduk"]
        answer = client.request(method, path, data={"phone": "+254711111111", "code": "123456", "name": "x"})
        if path in OWN:
            assert answer.status_code == 303
        elif path in AS_EVER:
            assert client.cookies["sanduk"] == before
        else:
            assert answer.status_code == 403
            assert "This is a demo: nothing is changed." in answer.text


def test_a_forged_cookie_opens_nothing(site: Site, unchanged: None) -> None:
    guesses = [urlsafe_b64encode(sha256(f"demo\0{door.name}".encode()).digest()).decode().rstrip("=") for door in DOORS]
    for token in ("", "x", "0" * 43, *guesses):
        with visitor(site) as client:
            client.cookies.set("sanduk", token)
            assert client.get("/start").headers["location"] == "/sign-in"
        with Attacker(site, token, path="/members") as tab:
            assert "Njeri" not in tab.send(HYDRATE)


def whole_phones(text: str) -> list[str]:
    """The demo's, however they are written."""
    return WHOLE.findall(re.sub(r"[\s().+\u00a0\u2011/-]", "", text))


def test_a_phone_is_found_however_it_is_written() -> None:
    for text in ("+254 700 000139", "0700-000-103", "254700000139", "+91 98000 00202", "+91 9800 000 202"):
        assert whole_phones(text), text
    assert not whole_phones("+254 700 ••• 139")


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.name)
def test_no_page_tells_a_whole_phone(site: Site, door: Door) -> None:
    with visitor(site, door) as client, Attacker(site, client.cookies["sanduk"]) as tab:
        shown = tab.pages(*(route for route, *_ in PAGES if "leave" not in route))
        found = sorted(set(re.findall(r"/member\?id=[0-9a-f-]{36}", shown)))
        shown += tab.pages("/profile", *found[:5])
    assert not whole_phones(shown)
    assert "•••" in shown
    assert bool(found) == (door.role != "member")


@pytest.mark.parametrize("door", [DOORS[1], DOORS[-1]], ids=lambda door: door.name)
def test_no_document_tells_a_whole_phone(site: Site, door: Door) -> None:
    with visitor(site, door) as client:
        files = {kind: document(client, f"reports/{kind}.csv") for kind in KINDS}
        files |= {f"{kind} sheet": document(client, f"reports/{kind}.xlsx") for kind in KINDS}
        files |= {name: document(client, name) for name in ("audit.csv", "programmes.csv", "programmes.pdf")}
        ids = sorted(set(re.findall(r"[0-9a-f]{8}-[0-9a-f-]{27}", members_of(site, client))))[:3]
        printed = {one: client.get(f"/documents/invoices/{one}.pdf") for one in ids}
        files |= {one: text_in(answer) for one, answer in printed.items() if answer.status_code == 200}
    assert "•••" in files["members"]
    assert "•••" in files["members sheet"]
    assert not {name: whole_phones(text) for name, text in files.items() if whole_phones(text)}


def members_of(site: Site, client: httpx.Client) -> str:
    with Attacker(site, client.cookies["sanduk"], path="/members") as tab:
        return tab.pages("/members")


def document(client: httpx.Client, name: str) -> str:
    answer = client.get(f"/documents/{name}")
    assert answer.status_code == 200, name
    return text_in(answer)


def text_in(answer: httpx.Response) -> str:
    content = answer.content
    if content.startswith(b"%PDF"):
        return "".join(page.extract_text() for page in PdfReader(BytesIO(content)).pages)
    if content.startswith(b"PK"):
        with ZipFile(BytesIO(content)) as parts:
            return "\n".join(parts.read(name).decode() for name in parts.namelist() if name.endswith(".xml"))
    return content.decode()


def test_documents_are_printed_for_one_visitor_so_often(site: Site) -> None:
    with visitor(site, DOORS[1]) as client:
        codes = [client.get("/documents/invoices/mine.pdf").status_code for _ in range(DEMO_PRINTS.amount + 1)]
        assert codes[-1] == 429
        assert client.get("/documents/reports/members.csv").status_code == 200


def test_a_large_body_is_not_read(site: Site) -> None:
    with visitor(site) as client:
        assert client.post(FORM, content=b"x" * (BODY + 1)).status_code == 413
        answer = client.post("/imports", files={"file": ("a.csv", b"x" * 2_000_000)})
        assert answer.status_code == 413


def opened(site: Site) -> Attacker:
    """One more socket, as soon as the server has seen those that ended before."""
    for _ in range(50):
        with suppress(Refused):
            return Attacker(site)
        sleep(0.1)
    return Attacker(site)


def test_a_socket_opens_one_page_however_often_it_comes(site: Site) -> None:
    """With a token that another socket has, it would be given another page's state each time."""
    with Attacker(site, path="/sign-in") as tab:
        for _ in range(50):
            tab.socket.send("41/_event,")
            tab.socket.send("40/_event,")
        answers = tab.read(1)
    assert sum(one.startswith("44/_event") for one in answers) == 50
    assert not [one for one in answers if one.startswith("40/_event")]


def test_an_unknown_event_leaves_no_trace_in_the_log(site: Site) -> None:
    before = len(site.words.read_text())
    with Attacker(site, path="/sign-in") as tab:
        for number in range(20):
            event = {"name": f"{STATE}unknown_{number}", "payload": {}, "router_data": {"pathname": "/sign-in"}}
            tab.socket.send("42/_event," + json.dumps(["event", event]))
        assert tab.send(HYDRATE)
    assert "unknown_" not in site.words.read_text()[before:]


def test_one_visitor_opens_so_many_sockets(site: Site) -> None:
    with ExitStack() as stack:
        for _ in range(SOCKETS_EACH):
            stack.enter_context(opened(site))
        with visitor(site) as client:
            headers = UPGRADE | {"origin": site.address}
            answer = client.get(f"/_event/?EIO=4&transport=websocket&token={uuid4()}", headers=headers)
            assert answer.status_code == 403
    with opened(site) as tab:
        assert tab.send(HYDRATE)
