"""The launcher's own parts: ports, the pages' address, the shell part on a bare machine, the table of stages."""

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from app import wiring
from app.kit.config import Settings
from app.launch import checks, frontend, web
from app.launch.paths import ROOT, Refusal

LAUNCHER = ROOT / "sanduk"


def run_cli(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "app.cli", *words],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_help_has_a_line_for_each_command() -> None:
    done = run_cli("--help")
    assert done.returncode == 0
    for command in ("up", "test", "lint", "migrate", "psql"):
        assert f"\n  {command} " in done.stdout


def test_unknown_words_are_bad_input() -> None:
    assert run_cli("dance").returncode == 2
    assert run_cli("test", "--only", "dance").returncode == 2


@pytest.mark.parametrize("words", [["--only", "dance"], ["--only=dance"], ["--only", "tests", "--only", "dance"]])
def test_an_unknown_stage_is_refused_before_anything_is_installed(bare: Path, words: list[str]) -> None:
    done = _bare_run(bare, "test", *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"No such stage: dance. There are: {' '.join(checks.STAGES)}.\n"


def test_a_known_stage_goes_on_to_what_is_missing(bare: Path) -> None:
    assert "python3-venv" in _bare_run(bare, "test", "--only", "style").stderr


def test_an_unknown_revision_is_refused_before_the_database_starts(tmp_path: Path) -> None:
    done = run_cli("migrate", "--down-to", "zzz", "--data", str(tmp_path / "data"))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("No such revision: zzz. There are: base, 0001, ")
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("words", [["up", "--port", "1"], ["psql"], ["demo", "--empty"], ["migrate"]])
def test_a_file_is_no_data_folder(tmp_path: Path, words: list[str]) -> None:
    (tmp_path / "file").write_text("")
    done = run_cli(*words, "--data", str(tmp_path / "file"))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"{tmp_path / 'file'} can't be used: Not a directory.\n"


@pytest.mark.parametrize(
    "words",
    [
        ["psql"],
        ["staff", "add", "+254700000001"],
        ["staff", "list"],
        ["staff", "remove", "+254700000001"],
        ["demo"],
        ["demo", "--reset"],
        ["demo", "--reset", "--empty", "--yes"],
        ["migrate", "--down-to", "base"],
    ],
)
def test_a_folder_without_an_installation_stays_without_one(tmp_path: Path, words: list[str]) -> None:
    done = run_cli(*words, "--data", str(tmp_path / "data"))
    assert (done.returncode, done.stdout) == (2, "")
    assert f"No installation is in {tmp_path / 'data'}." in done.stderr
    assert "--data" in done.stderr
    assert not (tmp_path / "data").exists()


def test_production_knows_no_demo(tmp_path: Path) -> None:
    done = run_cli("demo", "--reset", "--yes", "--data", str(tmp_path / "data"), SANDUK_ENV="production")
    assert (done.returncode, done.stdout) == (2, "")
    assert "production" in done.stderr


def test_migrating_a_given_database_needs_its_owner() -> None:
    done = run_cli("migrate", DATABASE_URL="postgresql://sanduk_app@localhost/x")
    assert done.returncode == 2
    assert "DATABASE_OWNER_URL" in done.stderr


def test_a_database_that_does_not_answer_is_said_in_a_sentence() -> None:
    done = run_cli("staff", "list", DATABASE_URL="postgresql://sanduk_app@127.0.0.1:1/x")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("The database doesn't answer: ")
    assert "Traceback" not in done.stderr


def test_settings_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    for words in (["up", "--port", "1"], ["demo"]):
        done = run_cli(*words, "--data", str(tmp_path / "data"), SANDUK_ENV="test", SANDUK_DATABASE_POOL="many")
        assert (done.returncode, done.stdout) == (2, "")
        env, pool = done.stderr.splitlines()
        assert env.startswith("SANDUK_ENV: ")
        assert "'production'" in env
        assert pool.startswith("SANDUK_DATABASE_POOL: ")
        assert "integer" in pool


def test_the_owners_address_alone_is_no_database(tmp_path: Path) -> None:
    done = run_cli("up", "--data", str(tmp_path / "data"), DATABASE_OWNER_URL="postgresql://sanduk_owner@/sanduk")
    assert (done.returncode, done.stdout) == (2, "")
    assert "without DATABASE_URL" in done.stderr


@pytest.mark.parametrize("address", ["postgresql://sanduk_owner@127.0.0.1:1/sanduk", "nonsense"])
def test_an_owner_that_does_not_answer_is_said_in_a_sentence(address: str) -> None:
    done = run_cli("migrate", DATABASE_URL=address, DATABASE_OWNER_URL=address)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("The database ")
    assert "Traceback" not in done.stderr


def test_wiring_says_which_keys_are_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refusal(folder: Path, *, production: bool) -> str:
        chosen = Settings(
            env="production" if production else "development",
            DATABASE_URL="postgresql://sanduk_app@/sanduk",
            key_folder=folder,
        )  # pyright: ignore[reportCallIssue]
        monkeypatch.setattr(Settings, "refusals", lambda _: [])
        monkeypatch.setattr(wiring, "settings", lambda: chosen)
        with pytest.raises(wiring.CannotStart) as caught:
            wiring.wire()
        return str(caught.value)

    assert "master.key is missing" in refusal(tmp_path, production=True)
    for name in ("master", "index"):
        (tmp_path / f"{name}.key").write_text("00" * 32, encoding="ascii")
    assert "signing.pem is missing. Make it once with: openssl genpkey" in refusal(tmp_path, production=True)
    (tmp_path / "signing.pem").write_text("no key", encoding="ascii")
    assert "holds no Ed25519 key" in refusal(tmp_path, production=True)
    (tmp_path / "file").write_text("", encoding="ascii")
    assert "can't be used" in refusal(tmp_path / "file", production=False)


def test_a_taken_port_is_seen_even_when_it_is_shared() -> None:
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(Refusal, match=str(port)):
            web.check_port("127.0.0.1", port)
    web.check_port("127.0.0.1", port)


def test_built_pages_use_the_address_they_came_from(tmp_path: Path) -> None:
    assets = tmp_path / "build" / "client" / "assets"
    assets.mkdir(parents=True)
    script = assets / "reflex-env-abc.js"
    script.write_text("var e={PING:`http://localhost:8000/ping`,EVENT:`ws://localhost:8000/_event`};export{e as t};")
    frontend._use_the_pages_own_address(tmp_path)
    origin = "globalThis.location?.origin+"
    assert script.read_text() == f"var e={{PING:{origin}`/ping`,EVENT:{origin}`/_event`}};export{{e as t}};"


def test_pages_without_an_address_are_refused(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="pinned"):
        frontend._use_the_pages_own_address(tmp_path)


def test_the_fingerprint_follows_the_sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frontend, "ROOT", tmp_path)
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "a.py").write_text("1")
    (tmp_path / "rxconfig.py").write_text("")
    first = frontend.fingerprint()
    (tmp_path / "app" / "__pycache__").mkdir()
    (tmp_path / "app" / "__pycache__" / "a.pyc").write_text("x")
    assert frontend.fingerprint() == first
    (tmp_path / "app" / "a.py").write_text("2")
    assert (changed := frontend.fingerprint()) != first
    monkeypatch.setenv("SANDUK_ENV", "production")
    assert frontend.fingerprint() != changed


@pytest.mark.parametrize(
    ("line", "counts"),
    [
        (b"17 passed in 2.05s", {"passed": 17}),
        (b"==== 1 failed, 16 passed, 2 errors in 61.20s (0:01:01) ====", {"failed": 1, "passed": 16, "error": 2}),
    ],
)
def test_the_closing_line_of_pytest_is_found(line: bytes, counts: dict[str, int]) -> None:
    assert checks.CLOSING.match(line)
    assert {w.removesuffix("s"): int(n) for n, w in checks.COUNT.findall(line.decode())} == counts


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """A checkout without an environment, and a PATH with the system's small tools and a python3 without venv."""
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in ("sh", "dirname", "readlink", "cat", "sha256sum", "cut", "mkdir", "apt-get"):
        target = shutil.which(name)
        if target:
            (tools / name).symlink_to(target)
    (tools / "id").write_text("#!/bin/sh\necho 1000\n")
    (tools / "id").chmod(0o755)
    checkout = tmp_path / "checkout"
    checkout.mkdir()
    for name in ("sanduk", "uv.lock", "pyproject.toml"):
        shutil.copy(ROOT / name, checkout / name)
    return checkout


def _bare_run(checkout: Path, *words: str) -> subprocess.CompletedProcess[str]:
    tools = checkout.parent / "bin"
    return subprocess.run(
        [checkout / "sanduk", *(words or ["up"])], env={"PATH": str(tools)}, capture_output=True, text=True, check=False
    )


def test_without_python_the_apt_line_is_printed(bare: Path) -> None:
    done = _bare_run(bare)
    assert (done.returncode, done.stdout) == (2, "")
    assert "python3 python3-venv" in done.stderr


def test_without_venv_the_apt_line_is_printed(bare: Path) -> None:
    python = bare.parent / "bin" / "python3"
    python.write_text('#!/bin/sh\ncase "$2" in *ensurepip*) exit 1 ;; esac\nexit 0\n')
    python.chmod(0o755)
    done = _bare_run(bare)
    assert (done.returncode, done.stdout) == (2, "")
    assert "python3-venv" in done.stderr


@pytest.mark.parametrize(
    ("words", "why"),
    [(("--workers", "2"), "Several workers need a Redis"), (("--redis", "redis://127.0.0.1:1"), "Redis doesn't serve")],
)
def test_several_workers_need_a_redis_that_answers(tmp_path: Path, words: tuple[str, ...], why: str) -> None:
    answer = run_cli("up", "--port", str(web.free_port()), "--data", str(tmp_path / "data"), *words)
    assert answer.returncode == 2
    assert why in answer.stderr
    assert not (tmp_path / "data").exists()
