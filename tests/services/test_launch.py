"""Commands on an installation of their own: what erases says what, and needs a yes for what isn't the demo's."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from app import embedded
from app.kit import roles
from app.launch.paths import ROOT


def sanduk(data: Path, *words: str) -> subprocess.CompletedProcess[str]:
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("SANDUK_", "DATABASE_"))}
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
