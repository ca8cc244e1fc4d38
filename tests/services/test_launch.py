"""Commands on an installation of their own: what erases says what, and needs a yes for what isn't the demo's."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from app import embedded
from app.kit import roles
from app.launch.paths import ROOT
from app.launch.web import free_port


def sanduk(data: Path, *words: str, **settings: str) -> subprocess.CompletedProcess[str]:
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("SANDUK_", "DATABASE_"))} | settings
    command = [sys.executable, "-m", "app.cli", *words, "--data", str(data)]
    return subprocess.run(command, cwd=ROOT, env=clean, capture_output=True, text=True, check=False, timeout=120)


@pytest.fixture
def data() -> Iterator[Path]:
    """An installation without the demo, in a folder whose parents the system user can reach."""
    folder = Path(tempfile.mkdtemp(prefix="sanduk-test-"))
    folder.chmod(0o755)
    assert sanduk(folder / "data", "demo", "--empty").returncode == 0
    yield folder / "data"
    shutil.rmtree(embedded._socket_folder(folder / "data"), ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)


def test_staff_is_named_listed_and_removed(data: Path) -> None:
    done = sanduk(data, "staff", "add", "0700 000 001")
    assert (done.returncode, done.stdout) == (0, f"staff +254700000001 in {data}\n")
    assert sanduk(data, "staff", "list").stdout == "+254700000001\n"
    done = sanduk(data, "staff", "remove", "+254700000001")
    assert (done.returncode, done.stdout) == (0, f"no longer staff +254700000001 in {data}\n")
    assert sanduk(data, "staff", "list").stdout == ""
    again = sanduk(data, "staff", "remove", "+254700000001")
    assert (again.returncode, again.stdout) == (2, "")
    assert again.stderr.endswith(f"+254700000001 is not staff in {data}.\n")
    assert sanduk(data, "staff", "add", "abc").returncode == 2


def test_a_reset_says_what_it_erased_and_asks_before_more_than_the_demo(data: Path) -> None:
    nothing = sanduk(data, "demo", "--reset")
    assert nothing.returncode == 0, nothing.stderr
    assert "erased: 0 groups, 0 members\n" in nothing.stderr
    demo = sanduk(data, "demo", "--reset")
    assert demo.returncode == 0
    assert "erased: 2 groups, 86 members\n" in demo.stderr
    _open_second_group(data)
    refused = sanduk(data, "demo", "--reset", "--empty")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert f"{data} holds 3 groups, 86 members; 1 of the groups is not the demo's" in refused.stderr
    assert "--yes" in refused.stderr
    done = sanduk(data, "demo", "--reset", "--empty", "--yes")
    assert done.returncode == 0
    assert "erased: 3 groups, 86 members\n" in done.stderr


def test_a_folder_that_served_production_never_takes_the_demo(data: Path) -> None:
    (data / "demo").write_text("production\n")
    for words in (["demo"], ["demo", "--reset", "--yes"], ["demo", "--empty"]):
        done = sanduk(data, *words)
        assert (done.returncode, done.stdout) == (2, "")
        assert "production" in done.stderr


def test_a_folder_that_served_production_never_shows_itself_as_a_demo(data: Path) -> None:
    (data / "demo").write_text("production\n")
    done = sanduk(data, "up", "--port", str(free_port()), SANDUK_DEMO="public")
    assert (done.returncode, done.stdout) == (2, "")
    assert "a data folder of its own" in done.stderr


def test_the_clock_is_shown_moved_and_put_right(data: Path) -> None:
    now = datetime.now(UTC)
    assert re.fullmatch(r"clock \S+ \d\d:\d\d UTC \(real\)\n", sanduk(data, "clock").stdout)
    moved = sanduk(data, "clock", "+30d")
    assert moved.stdout.startswith(f"clock {now + timedelta(days=30):%Y-%m-%d}"), moved.stderr
    assert sanduk(data, "clock", "-10d").stdout.endswith("(moved by +20 days)\n")
    assert sanduk(data, "clock", "2031-01-15").stdout.startswith("clock 2031-01-15 06:00 UTC (moved by +")
    assert sanduk(data, "clock").stdout.startswith("clock 2031-01-15 06:0")
    assert sanduk(data, "clock", "--reset").stdout.endswith("(real)\n")
    for words in (["clock", "30"], ["clock", "+1d", "--reset"], ["clock", "--rest"]):
        done = sanduk(data, *words)
        assert (done.returncode, done.stdout) == (2, "")


def test_production_has_no_clock_to_move(data: Path) -> None:
    done = sanduk(data, "clock", "+1d", SANDUK_ENV="production")
    assert (done.returncode, done.stdout) == (2, "")
    (data / "demo").write_text("production\n")
    done = sanduk(data, "clock", "+1d")
    assert (done.returncode, done.stdout) == (2, "")
    assert "in development only" in done.stderr


def _open_second_group(data: Path) -> None:
    server = embedded.start(data)
    try:
        with psycopg.connect(server.url(roles.OWNER)) as connection:
            connection.execute("SELECT set_config('app.group_id', gen_random_uuid()::text, true)")
            connection.execute(
                "INSERT INTO groups SELECT kit.tenant(), 'ABCDEF', 'Second', 'Second', 'welfare', 'KES',"
                " 'Africa/Nairobi', 'KE', NULL, '', now()"
            )
    finally:
        server.stop()


def test_the_keys_of_another_installation_are_refused(data: Path) -> None:
    assert sanduk(data, "staff", "add", "+254700000001").returncode == 0
    for name in ("master.key", "index.key"):
        (data / "keys" / name).write_text("5a" * 32, encoding="ascii")
    for words in (["demo"], ["staff", "list"]):
        done = sanduk(data, *words)
        assert (done.returncode, done.stdout) == (2, "")
        assert "don't open what is in this database" in done.stderr
