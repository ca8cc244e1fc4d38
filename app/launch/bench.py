"""What the measurements share: a row of results, the machine's words, a throw-away cluster that writes to disk."""

import os
import platform
import shutil
import statistics
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from app import embedded


@dataclass(frozen=True, slots=True)
class Row:
    """`value` in `unit`; percentiles in ms; `ratio` is value to `baseline`, which was measured in the same run."""

    name: str
    connections: int
    value: float
    unit: str
    p50: float
    p95: float
    p99: float
    baseline: float
    ratio: float


def percentiles(times: Sequence[float]) -> tuple[float, float, float]:
    """The 50th, 95th and 99th of at least one."""
    cuts = statistics.quantiles(times, n=100, method="inclusive") if len(times) > 1 else [times[0]] * 99
    return cuts[49], cuts[94], cuts[98]


def machine() -> dict[str, object]:
    """`load` is what one, five and fifteen minutes before had to do: others' work too."""
    return {
        "cpus": os.cpu_count(),
        "python": platform.python_version(),
        "system": platform.platform(),
        "load": [round(one, 2) for one in os.getloadavg()],
    }


@contextmanager
def scratch() -> Iterator[tuple[embedded.Server, Path]]:
    """A durable cluster without tables, and its folder; both are gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="sanduk-bench-"))
    folder.chmod(0o755)
    try:
        server = embedded.start(folder / "data")
        try:
            yield server, folder
        finally:
            server.stop()
            shutil.rmtree(server.sockets, ignore_errors=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
