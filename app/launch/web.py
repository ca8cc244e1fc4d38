"""The web process: Granian in the foreground of its own session, ended with us whatever happens to us."""

import http.client
import os
import shutil
import signal
import socket
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import redis

from app.launch import frontend
from app.launch.paths import BIN, ROOT, Refusal
from app.launch.place import settings_now

START_SECONDS = 90
STOP_SECONDS = 4


@dataclass(frozen=True, slots=True)
class Workers:
    """How many processes serve, and the Redis that holds what the pages of several show. Empty: each in its memory."""

    count: int = 1
    redis_url: str = ""

    def check(self) -> None:
        """Raises Refusal (2)."""
        if self.redis_url and settings_now().is_demo:
            msg = "A public demo serves from one process, which counts what visitors use up: leave the Redis out."
            raise Refusal(msg, 2)
        if not self.redis_url:
            if self.count > 1:
                msg = "Several workers need a Redis that they share: --redis redis://127.0.0.1:6379"
                raise Refusal(msg, 2)
            return
        try:
            with redis.Redis.from_url(self.redis_url, socket_timeout=5, socket_connect_timeout=5) as store:
                store.ping()
        except (redis.RedisError, ValueError) as error:
            msg = f"Redis doesn't serve ({type(error).__name__}): look at --redis or REDIS_URL."
            raise Refusal(msg, 2) from error

    def environment(self) -> dict[str, str]:
        """Where Reflex keeps the state of open pages. It is personal: never on disk."""
        if not self.redis_url:
            return {"REFLEX_STATE_MANAGER_MODE": "memory"}
        return {"REFLEX_STATE_MANAGER_MODE": "redis", "REFLEX_REDIS_URL": self.redis_url, "REDIS_URL": self.redis_url}


def check_port(host: str, port: int) -> None:
    """Granian shares a taken port silently, so look first. Raises Refusal (2)."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            msg = f"{host}:{port} can't be used ({error.strerror}). Choose another: ./sanduk up --port {port + 1}"
            raise Refusal(msg, 2) from error


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start(pages: Path, host: str, port: int, workers: Workers) -> subprocess.Popen[bytes]:
    """Serve the built pages, the socket and the HTTP side on one port. Its stdout is ours."""
    environment = frontend.environment() | {
        "REFLEX_ENV_MODE": "prod",
        "__REFLEX_MOUNT_FRONTEND_COMPILED_APP": "true",
        "__REFLEX_SKIP_COMPILE": "true",
        "REFLEX_WEB_WORKDIR": str(pages),
        "REFLEX_API_URL": os.environ.get("SANDUK_PUBLIC_URL", f"http://{host}:{port}"),
        **workers.environment(),
    }
    if os.environ.get("SANDUK_DEMO"):  # what anybody may send, and how long an open page's state is kept
        environment |= {"REFLEX_SOCKET_MAX_HTTP_BUFFER_SIZE": "50000", "REFLEX_REDIS_TOKEN_EXPIRATION": "300"}
    command = [str(BIN / "granian"), "--interface", "asgi", "--host", host, "--port", str(port)]
    command += ["--workers", str(workers.count), "--workers-kill-timeout", "3", "--factory", "app.app:app"]
    command += ["--log-level", "warning", "--log-config", str(Path(__file__).with_name("logging.json"))]
    if setpriv := shutil.which("setpriv"):  # the kernel ends it with us, even when we are killed
        command = [setpriv, "--pdeathsig", "TERM", *command]
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, start_new_session=True)


def wait_ready(process: subprocess.Popen[bytes], host: str, port: int) -> None:
    """Until the landing page answers 200. Raises Refusal when the process ends or the time is over."""
    deadline = time.monotonic() + START_SECONDS
    target = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
    while time.monotonic() < deadline:
        if process.poll() is not None:
            msg = f"The web process ended while starting (status {process.returncode})."
            raise Refusal(msg)
        connection = http.client.HTTPConnection(target, port, timeout=5)
        with suppress(OSError, http.client.HTTPException):
            connection.request("GET", "/")
            if connection.getresponse().status == http.client.OK:
                return
        connection.close()
        time.sleep(0.1)
    msg = f"The page at http://{target}:{port}/ doesn't answer."
    raise Refusal(msg)


def stop(process: subprocess.Popen[bytes]) -> None:
    """SIGTERM, then SIGKILL to its whole session. Safe to call twice."""
    if process.poll() is None:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(STOP_SECONDS)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
