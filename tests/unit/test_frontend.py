"""A build leaves the files that it takes part in as they were, unless they say something else."""

import json
import os
from pathlib import Path

import pytest

from app.launch import frontend
from app.launch.frontend import _kept

LOCK = {"packages": {"a": {"version": "1.0.0", "integrity": "sha512-x"}}}


def built(path: Path, after: dict[str, object]) -> bytes:
    """What stands in the file when a build has written `after` over LOCK."""
    path.write_text(json.dumps(LOCK))
    with _kept(path):
        path.write_text(json.dumps(after, indent=2))
    return path.read_bytes()


def test_where_a_package_came_from_is_no_change(tmp_path: Path) -> None:
    told = {
        "packages": {"a": {"version": "1.0.0", "resolved": "https://registry.example/a.tgz", "integrity": "sha512-x"}}
    }
    assert built(tmp_path / "lock.json", told) == json.dumps(LOCK).encode()


def test_another_package_is(tmp_path: Path) -> None:
    other = {"packages": {"a": {"version": "1.0.0", "integrity": "sha512-y"}}}
    assert json.loads(built(tmp_path / "lock.json", other)) == other


def test_pages_that_another_start_serves_are_not_forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frontend, "BUILDS", tmp_path)
    monkeypatch.setattr(frontend, "fingerprint", lambda: "0")
    for number in range(frontend.KEPT + 3):
        (tmp_path / str(number)).mkdir()
        os.utime(tmp_path / str(number), (number, number))
    assert frontend.ready() == tmp_path / "0"
    os.utime(tmp_path / "0", (0, 0))
    frontend._forget_old()
    assert sorted(one.name for one in tmp_path.iterdir() if one.is_dir()) == ["0", "3", "4", "5"]
