"""The worker beside the web process: started with it, started again when it ends by itself, ended with us."""

import os
import shutil
import subprocess
import sys
import time

from app.launch import web
from app.launch.paths import ROOT, Refusal, say

LONGEST_PAUSE = 30.0
STEADY_SECONDS = 60.0
"""A worker that ran this long starts again at once."""


def run() -> None:
    """Be the worker of DATABASE_URL's database. Raises Refusal (2) without one, or when it must not serve."""
    if not os.environ.get("DATABASE_URL"):
        msg = "DATABASE_URL is not set: without it ./sanduk up starts the worker by itself."
        raise Refusal(msg, 2)
    from app import wiring
    from app.worker.__main__ import run as work

    try:
        work()
    except wiring.CannotStart as error:
        raise Refusal(str(error), 2) from error
    except KeyboardInterrupt:
        return


class Worker:
    """One process. Its words go to our stderr. `admin` is the address by which it takes the nightly backup."""

    def __init__(self, admin: str = "") -> None:
        self._deaths, self._admin = 0, admin
        self._start()

    def _start(self) -> None:
        self._started, self._again_at = time.monotonic(), 0.0
        command = [sys.executable, "-m", "app.worker"]
        if setpriv := shutil.which("setpriv"):  # the kernel ends it with us, even when we are killed
            command = [setpriv, "--pdeathsig", "TERM", *command]
        environment = os.environ | ({"DATABASE_ADMIN_URL": self._admin} if self._admin else {})
        self._process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=sys.stderr, start_new_session=True
        )

    def watch(self) -> None:
        """Start it again when it ended by itself, the later the more often it did."""
        if self._process.poll() is None:
            return
        now = time.monotonic()
        if not self._again_at:
            self._deaths = 1 if now - self._started > STEADY_SECONDS else self._deaths + 1
            self._again_at = now + min(LONGEST_PAUSE, 2.0 ** (self._deaths - 1) - 1)
            say(f"The worker ended by itself (status {self._process.returncode}); its jobs wait.")
        if now >= self._again_at:
            self._start()
            say("It runs again.")

    def ask_to_end(self) -> None:
        """It finishes what is quick; the rest goes back into the queue."""
        if self._process.poll() is None:
            self._process.terminate()

    def stop(self) -> None:
        web.stop(self._process)
