"""Production as it is meant to run, on loopback: what starts, what refuses, what it says of itself and of others."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.cookies import SimpleCookie
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from simple_websocket import Client

from app import embedded
from app.kit import roles
from app.launch.paths import ROOT
from app.launch.web import free_port
from tests.conftest import TEMPLATE
from tests.factories.certificates import make_certificate
from tests.factories.redis_server import redis_server
from tests.factories.twilio_counterpart import KEY, SECRET, SERVICE, Counterpart, running_counterpart

PUBLIC = "https://sanduk.example"
STAFF, BLOCKED, STRANGER = "+254712345601", "+254712345602", "+254712345603"
VISITOR = "203.0.113.77"
TOKEN = "figures-" + "5f" * 12
UPGRADE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}


@dataclass
class Production:
    port: int
    twilio: Counterpart
    out: Path
    words: Path
    process: subprocess.Popen[bytes]

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def said(self) -> str:
        return self.out.read_text() + self.words.read_text()


def sanduk(environment: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "app.cli", *words]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=120)


def make_keys(folder: Path) -> None:
    """As docs/operations.md says."""
    folder.mkdir(mode=0o700)
    for name in ("master.key", "index.key"):
        (folder / name).write_bytes(subprocess.check_output(["openssl", "rand", "-hex", "32"]))
    command = ["openssl", "genpkey", "-algorithm", "ed25519", "-out", str(folder / "signing.pem")]
    subprocess.run(command, check=True, capture_output=True)


@pytest.fixture(scope="module")
def environment(server: embedded.Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Production's settings with a database, keys and a Redis of its own."""
    folder = tmp_path_factory.mktemp("production")
    name, superuser = f"production_{uuid4().hex[:8]}", server.url(embedded.SUPERUSER, "postgres")
    roles.create_database(superuser, name, template=TEMPLATE)
    make_keys(folder / "keys")
    certificate = make_certificate(folder / "counterpart.pem")
    kept = {k: v for k, v in os.environ.items() if not k.startswith("SANDUK_")}
    with redis_server() as redis_url:
        yield kept | {
            "DATABASE_URL": server.url(roles.APPLICATION, name),
            "REDIS_URL": redis_url,
            "SANDUK_ENV": "production",
            "SANDUK_PUBLIC_URL": PUBLIC,
            "SANDUK_KEY_FOLDER": str(folder / "keys"),
            "SANDUK_OTP": "twilio",
            "SANDUK_OTP_CHANNELS": "sms,whatsapp",
            "SANDUK_TWILIO_KEY": KEY,
            "SANDUK_TWILIO_SECRET": SECRET,
            "SANDUK_TWILIO_SERVICE": SERVICE,
            "SANDUK_TRUSTED_PROXIES": "1",
            "SANDUK_METRICS_TOKEN": TOKEN,
            "SSL_CERT_FILE": str(certificate),
        }
    roles.drop_database(superuser, name)


@pytest.fixture(scope="module")
def running(environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Production]:
    folder, port = tmp_path_factory.mktemp("up"), free_port()
    out, words = folder / "stdout", folder / "stderr"
    with running_counterpart(certificate=Path(environment["SSL_CERT_FILE"])) as twilio:
        mine = environment | {"SANDUK_TWILIO_URL": twilio.url}
        for phone in (STAFF, BLOCKED):
            done = sanduk(mine, "staff", "add", phone)
            assert done.returncode == 0, done.stderr
        command = [sys.executable, "-m", "app.cli", "up", "--port", str(port), "--data", str(folder / "data")]
        with out.open("wb") as stdout, words.open("wb") as stderr:
            process = subprocess.Popen(command, cwd=ROOT, env=mine, stdout=stdout, stderr=stderr)
        site = Production(port, twilio, out, words, process)
        try:
            deadline = time.monotonic() + 240
            while f"ready {PUBLIC}\n" not in out.read_text():
                assert process.poll() is None, words.read_text()
                assert time.monotonic() < deadline, words.read_text()
                time.sleep(0.1)
            yield site
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(15)


class Visitor:
    """A browser as the proxy passes it on: its own address in X-Forwarded-For, its cookies kept."""

    def __init__(self, site: Production) -> None:
        headers = {"origin": PUBLIC, "host": "sanduk.example", "x-forwarded-for": f"10.9.9.9, {VISITOR}"}
        self.client = httpx.Client(base_url=site.address, headers=headers)
        self.cookies: dict[str, str] = {}
        self.marks: dict[str, str] = {}

    def ask(self, method: str, path: str, **data: str) -> httpx.Response:
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        response = self.client.request(method, path, data=data or None, headers={"cookie": cookie})
        for line in response.headers.get_list("set-cookie"):
            for name, morsel in SimpleCookie(line).items():
                self.cookies[name], self.marks[name] = morsel.value, line
        return response


@pytest.fixture
def visitor(running: Production) -> Iterator[Visitor]:
    made = Visitor(running)
    yield made
    made.client.close()


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"SANDUK_OTP": "console"}, "SANDUK_OTP=console"),
        ({"SANDUK_PUBLIC_URL": "http://sanduk.example"}, "https://"),
        ({"SANDUK_TWILIO_SECRET": "change-me-change-me"}, "change-me"),
        ({"SANDUK_KEY_FOLDER": "/nowhere"}, "master.key is missing"),
    ],
)
def test_production_refuses_to_start(environment: dict[str, str], tmp_path: Path, changed: dict[str, str], words: str):
    done = sanduk(environment | changed, "up", "--port", str(free_port()), "--data", str(tmp_path / "data"))
    assert done.returncode == 2
    assert words in done.stderr
    assert done.stdout == ""
    assert SECRET not in done.stderr


def test_it_says_how_it_is(running: Production):
    with httpx.Client(base_url=running.address) as client:
        assert client.get("/health").json() == {"state": "alive"}
        assert client.get("/ready").json() == {"state": "ready"}
        assert client.get("/metrics").status_code == 404
        figures = client.get("/metrics", headers={"authorization": f"Bearer {TOKEN}"})
        assert 'sanduk_http_requests_total{method="GET",route="/ready",status="200"}' in figures.text
        assert client.get("/gallery").status_code == 404


def test_its_pages_allow_their_own_scripts_and_no_others(running: Production):
    with httpx.Client(base_url=running.address) as client:
        for path in ("/", "/sign-in", "/today", "/no-such-page"):
            response = client.get(path, follow_redirects=True)
            policy = response.headers["content-security-policy"]
            scripts = re.search(r"script-src ([^;]*)", policy)
            assert scripts, path
            assert "unsafe" not in scripts[1]
            assert "'sha256-" in scripts[1]
            assert response.headers["strict-transport-security"].startswith("max-age=")
            assert response.headers["x-content-type-options"] == "nosniff"


def test_a_person_signs_in_by_whatsapp(running: Production, visitor: Visitor):
    assert 'value="whatsapp"' in visitor.ask("GET", "/sign-in").text
    response = visitor.ask("POST", "/session/code", phone=STAFF, channel="whatsapp")
    assert (response.status_code, response.headers["location"]) == (303, "/sign-in/code")
    code = _message(running, STAFF)
    assert running.twilio.messages[-1][:2] == (STAFF, "whatsapp")
    page = visitor.ask("GET", "/sign-in/code").text
    assert "WhatsApp message to" in page
    assert code not in page
    wrong = f"{(int(code) + 1) % 10**6:06d}"
    assert visitor.ask("POST", "/session/verify", code=wrong).status_code == 422
    response = visitor.ask("POST", "/session/verify", code=code)
    assert (response.status_code, response.headers["location"]) == (303, "/staff")
    line = visitor.marks["__Host-sanduk"].lower()
    assert all(word in line for word in ("secure", "httponly", "samesite=lax", "path=/"))
    assert visitor.ask("GET", "/start").headers["location"] == "/staff"
    response = visitor.ask("GET", "/staff")
    if response.is_redirect:  # the policy's form-action would stop the browser on its way to http
        assert response.headers["location"].startswith(f"{PUBLIC}/staff")


def _message(running: Production, phone: str) -> str:
    """The code that has come to the phone; it is sent beside the answer."""
    deadline = time.monotonic() + 10
    while phone not in [to for to, _, _ in running.twilio.messages]:
        assert time.monotonic() < deadline, running.said()
        time.sleep(0.02)
    return running.twilio.code_of(phone)


def test_another_sites_socket_and_form_are_refused(running: Production):
    for origin in ("https://evil.example", "http://sanduk.example", running.address, "null"):
        headers = {"origin": origin, "host": "sanduk.example"}
        with httpx.Client(base_url=running.address) as client:
            query = f"/_event/?EIO=4&transport=websocket&token={uuid4()}"
            assert client.get(query, headers=headers | UPGRADE).status_code == 403, origin
            assert client.post("/session/end", headers=headers).status_code == 403, origin


def test_its_log_is_json_and_names_nobody(running: Production, visitor: Visitor):
    """After what the others did, and troubles: a refusal that holds the phone, broken forms, words of a browser."""
    running.twilio.blocked = (BLOCKED,)
    visitor.ask("POST", "/session/code", phone=BLOCKED)
    visitor.ask("POST", "/session/verify", code="987654")
    request_cookie = visitor.cookies["sanduk-request"]
    visitor.ask("POST", "/session/code", phone=STRANGER)
    visitor.client.post("/session/code", files={"phone": ("Wanjiku.txt", b"Wanjiku")})
    visitor.client.get(f"/c/7Q4MK9TD2HXW6?phone={STAFF}")
    visitor.client.get(f"/members/{STAFF}/Wanjiku")
    _send_event(running, "handle_frontend_exception", {"info": f"TypeError: Wanjiku {STAFF}", "component_stack": ""})
    deadline = time.monotonic() + 10
    while "a page reports" not in running.said() or "prefix blocked" not in running.said():
        assert time.monotonic() < deadline, running.said()
        time.sleep(0.05)
    said = running.said()
    lines = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
    routes = {line.get("route") for line in lines if line["event"] == "request"}
    assert {"/session/code", "/session/verify", "/sign-in/code"} <= routes
    assert any(line["event"] == "a page reports: TypeError" for line in lines)
    assert any("prefix blocked (60410)" in line["event"] for line in lines)
    codes = [code for _, _, code in running.twilio.messages]
    assert codes
    phones = [form for phone in (STAFF, BLOCKED, STRANGER) for form in (phone, phone[1:], phone[-9:], phone[-6:])]
    for secret in (
        *phones,
        *codes,
        *visitor.cookies.values(),
        request_cookie,
        VISITOR,
        "10.9.9.9",
        "Wanjiku",
        "7Q4MK9TD",
        "987654",
        SECRET,
        TOKEN,
    ):
        assert secret not in said, secret
    assert "Traceback" not in said


def _send_event(running: Production, name: str, payload: dict[str, str]) -> None:
    """As a page sends it."""
    address = f"ws://127.0.0.1:{running.port}/_event/?EIO=4&transport=websocket&token={uuid4()}"
    socket = Client(address, headers={"Origin": PUBLIC})
    socket.send("40/_event,")
    while not str(socket.receive(timeout=5)).startswith("40/_event"):
        pass
    state = "reflex___state____state.reflex___state____frontend_event_exception_state"
    event = {"name": f"{state}.{name}", "payload": payload, "router_data": {"pathname": "/", "query": {}}}
    socket.send("42/_event," + json.dumps(["event", event]))
    socket.receive(timeout=1)
    socket.close()
    socket.thread.join(5)
    socket.sock.close()
