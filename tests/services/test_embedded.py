"""The supervisor of the embedded PostgreSQL: one holder, bad days, clean ends."""

import os
import shutil
import signal
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from app import embedded
from app.kit import roles

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")  # killed servers leave their process objects


@pytest.fixture
def data() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="sanduk-test-"))
    folder.chmod(0o755)
    yield folder / "data"
    shutil.rmtree(embedded._socket_folder(folder / "data"), ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)


def test_data_outlives_a_clean_stop(data: Path) -> None:
    first = embedded.start(data)
    with psycopg.connect(first.url(roles.OWNER)) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS n")
    first.stop()
    first.stop()
    assert first.process.returncode == 0
    assert not (data / "postgres" / "postmaster.pid").exists()
    second = embedded.start(data)
    with psycopg.connect(second.url(roles.OWNER)) as connection:
        assert connection.execute("SELECT n FROM kept").fetchone() == (7,)
    second.stop()


def test_the_folder_is_closed_and_the_socket_too(data: Path) -> None:
    server = embedded.start(data, durable=False)
    try:
        assert stat.S_IMODE(data.stat().st_mode) == 0o700
        assert stat.S_IMODE(server.sockets.stat().st_mode) == 0o700
        assert "trust" not in (data / "postgres" / "pg_hba.conf").read_text()
    finally:
        server.stop()


def test_a_second_start_hears_the_address_of_the_first(data: Path) -> None:
    server = embedded.start(data, durable=False)
    server.announce("http://127.0.0.1:8765")
    try:
        assert embedded.is_held(data)
        assert embedded.running_address(data) == "http://127.0.0.1:8765"
        with pytest.raises(embedded.AlreadyRunning) as caught:
            embedded.start(data)
        assert caught.value.address == "http://127.0.0.1:8765"
    finally:
        server.stop()
    assert not embedded.is_held(data)
    assert embedded.running_address(data) is None


def test_what_was_committed_outlives_a_crash_of_the_database(data: Path) -> None:
    server = embedded.start(data)
    with psycopg.connect(server.url(roles.OWNER)) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS n")
    server.process.send_signal(signal.SIGQUIT)
    server.process.wait(10)
    server.lock.close()
    again = embedded.start(data)
    with psycopg.connect(again.url(roles.OWNER)) as connection:
        assert connection.execute("SELECT n FROM kept").fetchone() == (7,)
    again.stop()


def test_a_server_whose_owner_was_killed_is_replaced(data: Path) -> None:
    orphan = embedded.start(data)
    orphan.lock.close()  # what the kernel does with the lock of a killed process
    pid = orphan.process.pid
    again = embedded.start(data)
    assert again.process.pid != pid
    orphan.process.wait(10)
    again.stop()


def test_a_stale_pid_file_of_another_process_does_no_harm(data: Path) -> None:
    embedded.start(data, durable=False).stop()
    bystander = subprocess.Popen(["sleep", "60"])
    try:
        (data / "postgres" / "postmaster.pid").write_text(f"{bystander.pid}\n{data}\n")
        server = embedded.start(data, durable=False)
        server.stop()
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()


def test_an_interrupted_first_start_is_begun_anew(data: Path) -> None:
    embedded.start(data, durable=False).stop()
    (data / "postgres").rename(data / "postgres.new")
    (data / "postgres.new" / "PG_VERSION").unlink()
    embedded.start(data, durable=False).stop()


def test_a_folder_out_of_reach_is_refused_in_words(tmp_path: Path) -> None:
    """As root the system user can't get there; as another user we can't write there."""
    tmp_path.chmod(0o700 if os.geteuid() == 0 else 0o500)
    with pytest.raises(embedded.CannotStart, match="can't be used"):
        embedded.start(tmp_path / "data")
    tmp_path.chmod(0o700)
