"""A Redis of a test's own, on loopback and in memory."""

import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import redis

from app.launch.web import free_port


@contextmanager
def redis_server() -> Iterator[str]:
    """Its address, until the block ends."""
    program = shutil.which("redis-server")
    assert program, "the tests of shared limits need Debian's redis-server"
    port = free_port()
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        with redis.Redis(port=port) as client:
            deadline = time.monotonic() + 10
            while time.monotonic() < deadline:
                with suppress(redis.ConnectionError):
                    client.ping()
                    break
                time.sleep(0.02)
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        process.terminate()
        process.wait(10)
