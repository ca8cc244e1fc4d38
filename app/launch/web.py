"""The web process: Granian in the foreground of its own session, ended with us whatever happens to us."""

import http.client
import os
import shutil
import signal
import socket
import subprocess
import time
from contextlib import suppress
from pathlib import Path

from app.launch import frontend
from app.launch.paths import BIN, ROOT, Refusal

START_SECONDS = 90
STOP_SECONDS = 4


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


def start(pages: Path, host: str, port: int) -> subprocess.Popen[bytes]:
    """Serve the built pages, the socket and the HTTP side on one port. Its stdout is ours."""
    environment = frontend.environment() | {
        "REFLEX_ENV_MODE": "prod",
        "__REFLEX_MOUNT_FRONTEND_COMPILED_APP": "true",
        "__REFLEX_SKIP_COMPILE": "true",
        "REFLEX_WEB_WORKDIR": str(pages),
        "REFLEX_STATE_MANAGER_MODE": "memory",  # what pages show is personal: never on disk
        "REFLEX_API_URL": os.environ.get("SANDUK_PUBLIC_URL", f"http://{host}:{port}"),
    }
    command = [str(BIN / "granian"), "--interface", "asgi", "--host", host, "--port", str(port)]
    command += ["--workers", "1", "--workers-kill-timeout", "3", "--factory", "app.app:app"]
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
