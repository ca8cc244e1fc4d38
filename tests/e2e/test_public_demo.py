"""The public demo in a browser, and as production starts it."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import httpx
import psycopg
import pytest
from playwright.sync_api import Page, expect

from app import embedded
from app.demo.doors import DOORS
from app.kit import roles
from app.launch.paths import ROOT
from app.launch.web import free_port
from tests.conftest import TEMPLATE
from tests.e2e.conftest import DESK, PHONE, Opener, assert_accessible, assert_no_sideways_scroll
from tests.e2e.test_production import PUBLIC, make_keys, sanduk
from tests.factories.site import Site, running_site

LINE = "Demo: nothing you do is kept."
REFUSED = "This is a demo: nothing is changed."


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with running_site(settings={"SANDUK_DEMO": "public"}) as running:
        yield running


def choose(page: Page, group: str, role: str) -> None:
    page.goto("/sign-in")
    page.get_by_role("region", name=group).get_by_role("button", name=role).click()
    page.wait_for_url(re.compile("/(home|today)"))
    expect(page.get_by_text(LINE)).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_visitor_looks_around_and_changes_nothing(site: Site, open_page: Opener, scheme: str) -> None:
    page = open_page(site.address, PHONE, scheme)
    page.goto("/sign-in")
    assert_accessible(page)
    assert_no_sideways_scroll(page)
    choose(page, "Self-help group in Nashik", "Member")
    assert_accessible(page)
    assert_no_sideways_scroll(page)
    page.goto("/pay")
    page.get_by_label(re.compile("UTR")).fill("432198765012")
    page.get_by_role("button", name=re.compile("I have paid", re.IGNORECASE)).click()
    expect(page.get_by_text(REFUSED)).to_be_visible()
    page.goto("/passbook")
    page.get_by_role("link", name="Be somebody else").click()
    page.wait_for_url("**/sign-in")


def test_a_visitor_is_many_people_at_a_desk(site: Site, open_page: Opener) -> None:
    page = open_page(site.address, DESK)
    choose(page, "Welfare fund in Kenya", "Admin")
    assert_accessible(page)
    page.goto("/sign-in")
    choose(page, "Self-help group in Nashik", "Treasurer")
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(re.compile(r":\d+/$"))
    page.goto("/today")
    page.wait_for_url("**/sign-in")


@pytest.fixture
def production(server: embedded.Server, tmp_path: Path) -> Iterator[dict[str, str]]:
    """Production's settings with nothing that sends codes, and a database of its own."""
    name, superuser = f"demo_{uuid4().hex[:8]}", server.url(embedded.SUPERUSER, "postgres")
    roles.create_database(superuser, name, template=TEMPLATE)
    make_keys(tmp_path / "keys")
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("SANDUK_", "REDIS_"))}
    yield kept | {
        "DATABASE_URL": server.url(roles.APPLICATION, name),
        "SANDUK_ENV": "production",
        "SANDUK_DEMO": "public",
        "SANDUK_PUBLIC_URL": PUBLIC,
        "SANDUK_KEY_FOLDER": str(tmp_path / "keys"),
        "SANDUK_TRUSTED_PROXIES": "1",
    }
    roles.drop_database(superuser, name)


def ended(environment: dict[str, str]) -> dict[str, str]:
    """The same place, and no demo for everybody any more."""
    return {name: value for name, value in environment.items() if name not in ("SANDUK_DEMO", "SANDUK_ENV")}


@contextmanager
def serving(environment: dict[str, str], folder: Path) -> Iterator[httpx.Client]:
    port, out, words = free_port(), folder / "stdout", folder / "stderr"
    command = [sys.executable, "-m", "app.cli", "up", "--port", str(port), "--data", str(folder / "data")]
    with out.open("wb") as stdout, words.open("wb") as stderr:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=stdout, stderr=stderr)
    try:
        deadline = time.monotonic() + 240
        while f"ready {PUBLIC}\n" not in out.read_text():
            assert process.poll() is None, words.read_text()
            assert time.monotonic() < deadline, words.read_text()
            time.sleep(0.1)
        headers = {"origin": PUBLIC, "host": "sanduk.example", "x-forwarded-for": "203.0.113.77"}
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=headers) as client:
            yield client
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(15)


def test_production_serves_it_without_a_vendor_of_codes(production: dict[str, str], tmp_path: Path) -> None:
    with serving(production, tmp_path) as client:
        answer = client.post("/session/demo", data={"role": "nashik_treasurer"})
        assert answer.headers["location"] == "/today"
        cookie = answer.headers["set-cookie"]
        assert cookie.startswith("__Host-sanduk=")
        assert "Secure" in cookie
        assert client.post("/session/code", data={"phone": "+254700000102"}).headers["location"] == "/sign-in"
        assert client.get("/gallery").status_code == 404


def test_a_visitors_cookie_is_worth_nothing_when_the_demo_is_over(production: dict[str, str], tmp_path: Path) -> None:
    with serving(production, tmp_path) as client:
        cookies = [
            client.post("/session/demo", data={"role": door.name}).headers["set-cookie"].split(";")[0] for door in DOORS
        ]
        for cookie in cookies:
            assert client.get("/start", headers={"cookie": cookie}).headers["location"] in ("/home", "/today")
    with serving(ended(production), tmp_path) as client:
        for cookie in cookies:
            assert client.get("/start", headers={"cookie": cookie}).headers["location"] == "/sign-in"


def test_a_database_with_other_groups_is_refused(production: dict[str, str], tmp_path: Path) -> None:
    with psycopg.connect(production["DATABASE_URL"]) as connection:
        connection.execute("SELECT set_config('app.group_id', gen_random_uuid()::text, true)")
        connection.execute(
            "INSERT INTO groups SELECT kit.tenant(), 'ABCDEF', 'Real', 'Real', 'welfare', 'KES',"
            " 'Africa/Nairobi', 'KE', NULL, '', now()"
        )
    done = sanduk(production, "up", "--port", str(free_port()), "--data", str(tmp_path / "data"))
    assert (done.returncode, done.stdout) == (2, "")
    assert "groups or staff besides the demo's" in done.stderr
    assert staff_of(production) == ""


def test_a_database_with_staff_of_its_own_is_refused(production: dict[str, str], tmp_path: Path) -> None:
    assert sanduk(ended(production), "staff", "add", "+254712345601").returncode == 0
    done = sanduk(production, "up", "--port", str(free_port()), "--data", str(tmp_path / "data"))
    assert (done.returncode, done.stdout) == (2, "")
    assert "groups or staff besides the demo's" in done.stderr
    assert staff_of(production) == "+254712345601\n"


def staff_of(environment: dict[str, str]) -> str:
    done = sanduk(ended(environment), "staff", "list")
    assert done.returncode == 0, done.stderr
    return done.stdout
