"""A whole Sanduk of one's own, started as a person would: temporary data folder, free port, real processes."""

import atexit
import functools
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import redis

from app.launch.paths import ROOT
from app.launch.web import free_port

START_SECONDS = 240
STOP_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Site:
    """`address` without a slash at the end; `out` and `words` are what the command writes."""

    address: str
    data: Path
    out: Path
    words: Path
    process: subprocess.Popen[bytes]
    redis_url: str = ""

    def codes(self, phone: str) -> list[str]:
        """The one-time codes sent to the phone (E.164), the newest last."""
        return re.findall(rf"^code {re.escape(phone)} (\S+)$", self.out.read_text(), flags=re.MULTILINE)


def run(*words: str, data: Path) -> str:
    """Run another command of Sanduk on the same data; its stdout."""
    end = words.index("--") if "--" in words else len(words)
    command = [sys.executable, "-m", "app.cli", *words[:end], "--data", str(data), *words[end:]]
    return subprocess.run(command, cwd=ROOT, env=_environment(), check=True, capture_output=True, text=True).stdout


@contextmanager
def running_redis() -> Iterator[str]:
    """A Redis of one's own on the loopback, which writes nothing to disk; its address."""
    program = shutil.which("redis-server")
    assert program, "several workers need Debian's redis-server"
    port = free_port()
    command = [program, "--bind", "127.0.0.1", "--port", str(port), "--save", "", "--appendonly", "no"]
    process = subprocess.Popen(command, cwd=tempfile.gettempdir(), stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + STOP_SECONDS
    try:
        with redis.Redis(port=port) as store:
            while time.monotonic() < deadline:
                with suppress(redis.ConnectionError):
                    store.ping()
                    break
                time.sleep(0.05)
        yield f"redis://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(STOP_SECONDS)


def _new_folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="sanduk-site-"))
    folder.chmod(0o755)
    return folder


@functools.cache
def _loaded() -> Path:
    """A data folder with the demo, at rest, for the whole run."""
    folder = _new_folder()
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    run("demo", "--empty", data=folder / "data")
    run("demo", data=folder / "data")
    return folder / "data"


@contextmanager
def running_site(
    *, demo: bool = True, workers: int = 1, redis_url: str = "", settings: dict[str, str] | None = None
) -> Iterator[Site]:
    """Serve until the block ends; without `demo` the database is empty. `settings` are more of the environment.

    Without any, the demo is not loaded but copied.
    """
    folder = _new_folder()
    data, out, words = folder / "data", folder / "stdout", folder / "stderr"
    if not demo:
        run("demo", "--empty", data=data)
    elif not settings:
        subprocess.run(["cp", "--archive", str(_loaded()), str(data)], check=True)  # it keeps whose each file is
    port, shared = free_port(), ("--workers", str(workers), "--redis", redis_url)
    with out.open("wb") as stdout, words.open("wb") as stderr:
        process = subprocess.Popen(
            [sys.executable, "-m", "app.cli", "up", "--port", str(port), "--data", str(data), *shared],
            cwd=ROOT,
            env=_environment() | (settings or {}),
            stdout=stdout,
            stderr=stderr,
        )
    site = Site(f"http://127.0.0.1:{port}", data, out, words, process, redis_url)
    try:
        _wait(site)
        yield site
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_SECONDS)
        finally:
            process.kill()
            process.wait()
            shutil.rmtree(folder, ignore_errors=True)


def _wait(site: Site) -> None:
    deadline = time.monotonic() + START_SECONDS
    while f"ready {site.address}\n" not in site.out.read_text():
        ended = site.process.poll() is not None
        assert not ended, f"up ended with {site.process.returncode}:\n{site.words.read_text()}"
        assert time.monotonic() < deadline, f"up is not ready:\n{site.words.read_text()}"
        time.sleep(0.1)


def _environment() -> dict[str, str]:
    given = ("DATABASE_URL", "DATABASE_OWNER_URL", "DATABASE_LISTEN_URL", "REDIS_URL")
    kept = {k: v for k, v in os.environ.items() if k not in given and not k.startswith("SANDUK_")}
    return kept | {"SANDUK_LOG": "json"}  # as production writes it
