"""`./sanduk up` as its user meets it: ready once served, one per data folder, hard to kill, quick to stop."""

import os
import signal
import socket
import subprocess
import sys
import time
from urllib.parse import urlsplit

import httpx
import psycopg

from app import embedded
from app.launch.paths import ROOT
from tests.factories.site import Site, run, running_site


def up(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "app.cli", "up", *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)


def test_ready_means_served_with_the_demo(demo_site: Site) -> None:
    assert httpx.get(f"{demo_site.address}/").status_code == 200
    assert "+254700000102" in demo_site.words.read_text()
    with psycopg.connect(embedded.url(demo_site.data, embedded.SUPERUSER)) as connection:
        assert connection.execute("SELECT count(*) FROM members WHERE state = 'active'").fetchone() == (86,)


def test_a_second_up_on_the_same_data_prints_the_address(demo_site: Site) -> None:
    done = up("--data", str(demo_site.data), "--port", "1")
    assert (done.returncode, done.stdout) == (0, f"running {demo_site.address}\n")


def test_a_taken_port_is_refused_before_anything_starts(demo_site: Site, tmp_path) -> None:
    port = urlsplit(demo_site.address).port
    done = up("--data", str(tmp_path / "data"), "--port", str(port))
    assert (done.returncode, done.stdout) == (2, "")
    assert str(port) in done.stderr
    assert not (tmp_path / "data").exists()


def test_nothing_is_erased_under_a_running_up(demo_site: Site) -> None:
    for words in (["--reset"], ["--reset", "--empty", "--yes"]):
        command = [sys.executable, "-m", "app.cli", "demo", *words, "--data", str(demo_site.data)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
        assert (done.returncode, done.stdout) == (2, "")
        assert f"in use at {demo_site.address}" in done.stderr
    with psycopg.connect(embedded.url(demo_site.data, embedded.SUPERUSER)) as connection:
        assert connection.execute("SELECT count(*) FROM members WHERE state = 'active'").fetchone() == (86,)


def test_other_commands_work_beside_it(demo_site: Site) -> None:
    assert run("psql", "--", "-Atc", "SELECT current_user", data=demo_site.data) == "sanduk_app\n"
    assert run("psql", "--role", "owner", "--", "-Atc", "SELECT current_user", data=demo_site.data) == "sanduk_owner\n"


def test_a_killed_database_comes_back_and_the_pages_with_it() -> None:
    with running_site(demo=False) as site:
        run("staff", "add", "+254700000001", data=site.data)
        pid = int((site.data / "postgres" / "postmaster.pid").read_text().split("\n")[0])
        os.kill(pid, signal.SIGQUIT)
        deadline = time.monotonic() + 15
        while "It runs again." not in site.words.read_text():
            assert time.monotonic() < deadline, site.words.read_text()
            time.sleep(0.1)
        answer = httpx.post(
            f"{site.address}/session/code",
            data={"phone": "0700000001"},
            headers={"Origin": site.address},
            follow_redirects=True,
        )
        assert answer.status_code == 200
        assert site.codes("+254700000001")


def test_a_killed_up_leaves_nothing_running_and_the_next_one_starts() -> None:
    with running_site(demo=False) as site:
        site.process.kill()
        site.process.wait()
        port = urlsplit(site.address).port
        assert port is not None
        deadline = time.monotonic() + 10
        while _answers(port) or (site.data / "postgres" / "postmaster.pid").exists():
            assert time.monotonic() < deadline
            time.sleep(0.1)
        run("staff", "add", "+254700000001", data=site.data)


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_it_ends_within_ten_seconds_with_the_database_stopped() -> None:
    with running_site(demo=False) as site:
        started = time.monotonic()
        site.process.send_signal(signal.SIGINT)
        assert site.process.wait(10) == 0
        assert time.monotonic() - started < 10
        assert not (site.data / "postgres" / "postmaster.pid").exists()
