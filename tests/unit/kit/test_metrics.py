"""Figures of several processes are added up where a folder for them is named."""

import os
import subprocess
import sys
from pathlib import Path

from app.launch.paths import ROOT

COUNT = "from app.kit import metrics; metrics.LIMITED.labels('code').inc(); metrics.EVENTS.labels('other').inc(2)"
READ = "import sys; from app.kit import metrics; sys.stdout.buffer.write(metrics.written())"


def run(words: str, folder: Path) -> str:
    environment = os.environ | {"PROMETHEUS_MULTIPROC_DIR": str(folder)}
    return subprocess.run(
        [sys.executable, "-c", words], cwd=ROOT, env=environment, check=True, capture_output=True, text=True
    ).stdout


def test_processes_add_up(tmp_path: Path):
    for _ in range(2):
        run(COUNT, tmp_path)
    figures = run(READ, tmp_path)
    assert 'sanduk_limited_total{what="code"} 2.0' in figures
    assert 'sanduk_events_total{event="other"} 4.0' in figures
