"""`./sanduk test`: every stage in turn, all of them even after a failure, counts at the end."""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from app.launch import frontend
from app.launch.paths import BIN, ROOT, Refusal, say

CLOSING = re.compile(
    rb"^=* ?(?:\d+ (?:passed|failed|errors?|skipped|deselected|warnings?|xfailed|xpassed)[, ]*)+ in .*$"
)
COUNT = re.compile(r"(\d+) (passed|failed|errors?)")
CHROMIUM = "/usr/bin/chromium"
INSTALL = "apt-get install --yes --no-install-recommends"


@dataclass(slots=True)
class Result:
    """What became of a stage; `closing` is pytest's last line, or the cause of a refusal."""

    name: str
    right: bool
    seconds: float
    closing: str = ""
    counts: dict[str, int] = field(default_factory=dict)


def _program(name: str, *flags: str) -> list[str]:
    return [str(BIN / name), *flags]


def _pytest(*folders: str, workers: int) -> list[str]:
    there = [f"tests/{name}" for name in folders if (ROOT / "tests" / name).is_dir()]
    return [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "--durations=20",
        "--durations-min=5",
        *(["-n", str(workers)] if workers else []),
        *there,
    ]


LINT: dict[str, Callable[[], list[str]]] = {
    "style": lambda: _program("ruff", "check"),
    "format": lambda: _program("ruff", "format", "--check"),
    "types": lambda: _program("pyright", "--level", "error"),
    "layers": lambda: _program("lint-imports", "--no-logo"),
}
STAGES: dict[str, Callable[[], list[str]]] = {
    **LINT,
    "tests": lambda: _pytest("unit", "services", "doors", "invariants", "faults", workers=2),
    "journeys": lambda: _pytest("e2e", workers=0),
}


def run_all(wanted: list[str]) -> int:
    """Run the stages named (or all); 0 when every one is right, 1 when one isn't. Raises Refusal for unknown names."""
    unknown = [name for name in wanted if name not in STAGES]
    if unknown:
        msg = f"No such stage: {', '.join(unknown)}. There are: {', '.join(STAGES)}."
        raise Refusal(msg, 2)
    results = [_run(name) for name in STAGES if not wanted or name in wanted]
    _print_summary(results)
    return 0 if all(result.right for result in results) else 1


def run_faults(what: list[str], *, as_json: bool) -> int:
    """The faults of `tests/faults`, all or those named after `faults`. Raises Refusal (2) for anything else."""
    if what[0] != "faults" or any(not re.fullmatch("F[0-9]{1,2}", one) for one in what[1:]):
        msg = f"No such test: {' '.join(what)}. There is: faults, alone or with F1 ... F15."
        raise Refusal(msg, 2)
    command = [sys.executable, "-m", "tests.faults", *what[1:], *(["--json"] if as_json else [])]
    return subprocess.run(command, cwd=ROOT, env=_environment(), check=False).returncode


def _run(name: str) -> Result:
    say(f"\n--- {name} ---")
    started = time.monotonic()
    try:
        if name == "tests":
            _try_chromium()
        if name == "journeys":
            _bring_chromium()
            frontend.ready()
        status, closing = _stream(STAGES[name]())
    except Refusal as refusal:
        say(str(refusal))
        status, closing = 1, str(refusal).splitlines()[0]
    counts = {word.removesuffix("s"): int(number) for number, word in COUNT.findall(closing)}
    return Result(name, status == 0, time.monotonic() - started, closing, counts)


def _stream(command: list[str]) -> tuple[int, str]:
    """Run a stage with its output passed on as it comes; its status and pytest's closing line, if there is one."""
    closing = ""
    process = subprocess.Popen(command, cwd=ROOT, env=_environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert process.stdout is not None
    with process.stdout as output:
        for line in output:
            sys.stdout.buffer.write(line)
            sys.stdout.buffer.flush()
            if CLOSING.match(line.strip()):
                closing = line.decode(errors="replace").strip(" =\n")
    return process.wait(), closing


def _environment() -> dict[str, str]:
    """Ours without what names an installation: tests make their own database, never touch a given one."""
    environment = frontend.environment() | {"PYTHONUNBUFFERED": "1"}
    for name in ("DATABASE_URL", "DATABASE_OWNER_URL", "DATABASE_LISTEN_URL", "DATABASE_ADMIN_URL", "REDIS_URL"):
        environment.pop(name, None)
    for name in [name for name in environment if name.startswith("SANDUK_") and not name.startswith("SANDUK_TEST_")]:
        environment.pop(name)
    return environment


def _try_chromium() -> None:
    """For the few tests that look at a page by a browser; without one they fail, and the others are run."""
    try:
        _bring_chromium()
    except Refusal as refusal:
        say(str(refusal))


def _bring_chromium() -> None:
    """The browser of the journeys: Debian's, installed when we may. Raises Refusal."""
    if _is_real_chromium():
        return
    line = f"{INSTALL} chromium"
    if not _is_ubuntu():
        _install("chromium")
        if _is_real_chromium():
            return
    if _is_ubuntu():
        msg = (
            f"The browser tests need a Chromium at {CHROMIUM}; Ubuntu's apt package is only a stub for a snap. "
            "Install one as a .deb (for example from the xtradeb/apps archive) and run ./sanduk test again."
        )
        raise Refusal(msg)
    msg = f"The browser tests need Chromium. Run once: sudo apt-get update && sudo {line}"
    raise Refusal(msg)


def _install(package: str) -> None:
    """Debian's package, when we may."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return
    say(f"Installing {package} ...")
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "update"], check=False, stdout=sys.stderr)
    subprocess.run([*INSTALL.split(), package], check=False, env=environment, stdout=sys.stderr)


def _is_real_chromium() -> bool:
    path = Path(CHROMIUM)
    if not path.exists() or path.resolve().is_relative_to("/snap"):
        return False
    if path.stat().st_size < 100_000 and b"snap" in path.read_bytes():
        return False
    return subprocess.run([path, "--version"], capture_output=True, check=False).returncode == 0


def _is_ubuntu() -> bool:
    release = Path("/etc/os-release")
    return release.exists() and "ID=ubuntu" in release.read_text(encoding="utf-8").splitlines()


def _print_summary(results: list[Result]) -> None:
    total: dict[str, int] = {}
    sys.stdout.write("\n")
    for result in results:
        mark = "right" if result.right else "WRONG"
        sys.stdout.write(f"{mark}  {result.name:<9} {result.seconds:6.1f} s  {result.closing}\n")
        for word, number in result.counts.items():
            total[word] = total.get(word, 0) + number
    counts = ", ".join(f"{total[word]} {word}" for word in ("failed", "error", "passed") if total.get(word))
    wrong = [result.name for result in results if not result.right]
    verdict = f"wrong: {', '.join(wrong)}" if wrong else "all right"
    sys.stdout.write(f"{counts or 'no tests'} in {sum(r.seconds for r in results):.1f} s; {verdict}\n")
    sys.stdout.flush()
