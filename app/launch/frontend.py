"""The front end: built when its sources changed, kept per version, served from a folder that no build touches."""

import fcntl
import hashlib
import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from app.kit.i18n import KEYS
from app.launch import languages
from app.launch.paths import BIN, PRIVATE, ROOT, Refusal, say

BUILDS = PRIVATE / "front"
KEPT = 3
BUILD_URL = "http://localhost:8000"
"""What `rxconfig.api_url` is during a build; replaced in the result by the address that the page came from."""
IGNORED = {"__pycache__", "external"}
"""Folders that builds themselves make."""
SOURCES = ("app", "assets", "rxconfig.py", "reflex.lock/package-lock.json", "uv.lock")


def environment() -> dict[str, str]:
    """For every process of Reflex: node and npm of the virtual environment, no calls home."""
    return {
        **os.environ,
        "PATH": f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}",
        "REFLEX_USE_NPM": "1",
        "REFLEX_TELEMETRY_ENABLED": "false",
        "REFLEX_CHECK_LATEST_VERSION": "false",
        "NO_COLOR": "1",
        "NODE_USE_SYSTEM_CA": os.environ.get("NODE_USE_SYSTEM_CA", "1"),
    }


def ready() -> Path:
    """The folder to serve (`REFLEX_WEB_WORKDIR`), built first if the sources are new. Raises Refusal."""
    folder = BUILDS / fingerprint()
    BUILDS.mkdir(parents=True, exist_ok=True)
    with (BUILDS / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # another start may be building the same, or forgetting it
        is_new = not folder.exists()
        if is_new:
            _build(folder)
        os.utime(folder)
        fcntl.flock(_open_folder(folder), fcntl.LOCK_SH)  # for as long as this process lives
        if is_new:
            _forget_old()
    return folder


def fingerprint() -> str:
    """16 hex digits over names and contents of all that a build reads, and over whether it is production's.

    Production has no page of development: a build of the one must not serve the other.
    """
    total = hashlib.sha256(b"production" if os.environ.get("SANDUK_ENV") == "production" else b"")
    for path in _sources():
        total.update(str(path.relative_to(ROOT)).encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()[:16]


def _sources() -> Iterator[Path]:
    for name in SOURCES:
        top = ROOT / name
        found = sorted(top.rglob("*")) if top.is_dir() else [top]
        yield from (p for p in found if p.is_file() and not IGNORED.intersection(p.parts))


def _build(folder: Path) -> None:
    say("Building the pages (about a minute the first time) ...")
    started = time.monotonic()
    environment_ = environment() | {
        "NPM_CONFIG_REGISTRY": _registry(),
        "REFLEX_API_URL": BUILD_URL,
        "SANDUK_LANGUAGE": KEYS,
    }
    log = PRIVATE / "build.log"
    with log.open("wb") as out:
        command = [BIN / "reflex", "export", "--frontend-only", "--no-zip", "--env", "prod"]
        with _kept(ROOT / "reflex.lock" / "package.json"), _kept(ROOT / "reflex.lock" / "package-lock.json"):
            status = _run_whole(command, environment_, out)
    built = ROOT / ".web" / "build" / "client"
    if status != 0 or not (built / "index.html").exists():
        tail = "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-25:])
        msg = f"The pages could not be built (more in {log}):\n{tail}"
        raise Refusal(msg)
    fresh = folder.with_suffix(".new")
    shutil.rmtree(fresh, ignore_errors=True)
    shutil.copytree(built, fresh / "build" / "client")
    _use_the_pages_own_address(fresh)
    languages.write_out(fresh / "build" / "client")
    fresh.rename(folder)
    say(f"Built in {time.monotonic() - started:.0f} s.")


@contextmanager
def _kept(path: Path) -> Iterator[None]:
    """A build writes the file anew; while it says the same, it stays as it was, and the sources with it."""
    before = path.read_bytes() if path.exists() else b"null"
    yield
    if path.exists() and _meaning(path.read_bytes()) == _meaning(before):
        path.write_bytes(before)


def _meaning(content: bytes) -> object:
    """Its keys in any order; npm adds or leaves out from where it took a package, which its checksum tells."""
    found = json.loads(content)
    for package in (found or {}).get("packages", {}).values():
        package.pop("resolved", None)
    return found


def _run_whole(command: list[str | Path], environment_: dict[str, str], out: IO[bytes]) -> int:
    """Run a command that starts others; when we are interrupted, all of them end."""
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment_, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True
    )
    try:
        return process.wait()
    except BaseException:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        raise


def _registry() -> str:
    """Reflex would otherwise probe registries of its own choice."""
    done = subprocess.run(
        [BIN / "npm", "config", "get", "registry"], env=environment(), capture_output=True, text=True, check=False
    )
    return done.stdout.strip() or "https://registry.npmjs.org/"


def _use_the_pages_own_address(folder: Path) -> None:
    """Make the baked-in address `location.origin`, so that one build serves every host and port.

    Reflex writes its endpoints as string literals into one script of its own.
    """
    changed = 0
    for script in (folder / "build" / "client" / "assets").glob("reflex-env*.js"):
        text = script.read_text(encoding="utf-8")
        for address in (BUILD_URL, BUILD_URL.replace("http", "ws", 1)):
            for quote in ("`", '"', "'"):
                before = f"{quote}{address}/"
                changed += text.count(before)
                text = text.replace(before, f"globalThis.location?.origin+{quote}/")
        script.write_text(text, encoding="utf-8")
    if not changed:
        msg = "The built pages hold no address of the server: this version of Reflex is not the pinned one."
        raise Refusal(msg)


def _forget_old() -> None:
    kept = sorted((p for p in BUILDS.iterdir() if p.is_dir()), key=lambda p: p.stat().st_mtime, reverse=True)
    for old in kept[KEPT:]:
        if not _is_served(old):
            shutil.rmtree(old, ignore_errors=True)


def _is_served(folder: Path) -> bool:
    """Whether a start that lives, of this or another version of the sources, has it for its pages."""
    mine = _open_folder(folder)
    try:
        fcntl.flock(mine, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(mine)
    return False


def _open_folder(folder: Path) -> int:
    return os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
