"""`./sanduk psql`: the wheel's psql on the database of this installation."""

import signal
import subprocess
from pathlib import Path

from app import embedded
from app.launch.paths import Refusal
from app.launch.place import open_place


def open_shell(role: str, arguments: list[str], data: Path | None) -> int:
    """Run psql until its end; its exit status."""
    with open_place(data) as place:
        url = place.owner if role == "owner" else place.application
        if not url:
            msg = "DATABASE_OWNER_URL is not set."
            raise Refusal(msg, 2)
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C belongs to psql
        try:
            return subprocess.run([embedded.wheel_binaries() / "psql", url, *arguments], check=False).returncode
        finally:
            signal.signal(signal.SIGINT, before)
