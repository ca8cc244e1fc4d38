"""`./sanduk ledger`: on an installation, and on a machine that has none of it but the file."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from app import embedded
from app.launch.paths import ROOT
from tests.factories.tampering import Owner

ENTRIES = 155


def sanduk(*words: object, **settings: str) -> subprocess.CompletedProcess[str]:
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("SANDUK_", "DATABASE_"))} | settings
    command = [sys.executable, "-m", "app.cli", "ledger", *map(str, words)]
    return subprocess.run(command, cwd=ROOT, env=clean, capture_output=True, text=True, check=False, timeout=120)


def verdict(done: subprocess.CompletedProcess[str]) -> tuple[int, dict[str, object]]:
    found = json.loads(done.stdout)
    held = ["checkpoints_held", "checkpoints_missing", "newest_checkpoint"]
    assert list(found) == ["ok", "groups", "entries", *held, "first_bad"]
    assert found.pop("checkpoints_missing") == 0
    assert (found.pop("newest_checkpoint") is not None) == (found["checkpoints_held"] != 0)
    return done.returncode, found


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    """A folder with an installation's `data`, the demo in it, and `outside` with one checkpoint."""
    folder = Path(tempfile.mkdtemp(prefix="sanduk-test-"))
    folder.chmod(0o755)
    (folder / "outside").mkdir()
    for words in (["demo", "--empty"], ["demo"]):
        clean = {k: v for k, v in os.environ.items() if not k.startswith(("SANDUK_", "DATABASE_"))}
        command = [sys.executable, "-m", "app.cli", *words, "--data", str(folder / "data")]
        subprocess.run(command, cwd=ROOT, env=clean, capture_output=True, check=True, timeout=120)
    done = sanduk("checkpoint", "--data", folder / "data", SANDUK_CHECKPOINTS=str(folder / "outside"))
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("checkpoint 1 groups 2\n127.0.0.1:8000/heads\n3\n")
    yield folder
    shutil.rmtree(embedded._socket_folder(folder / "data"), ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def code(place: Path) -> str:
    """Nashik's, which has a year of entries; an unknown code is answered with those there are."""
    refused = sanduk("export", "--group", "ABCDEF", "--format", "json", "--data", place / "data")
    assert (refused.returncode, refused.stdout) == (2, "")
    codes = refused.stderr.rpartition("Groups here: ")[2].strip(" .\n").split(", ")
    assert len(codes) == 2
    for one in codes:
        rows = sanduk("export", "--group", one, "--format", "csv", "--data", place / "data").stdout.splitlines()
        if len(rows) > 1:
            return one
    pytest.fail("no group has entries")


def export(place: Path, code: str, name: str) -> Path:
    file = place / name
    done = sanduk("export", "--group", code, "--format", "json", "--data", place / "data")
    assert done.returncode == 0, done.stderr
    file.write_text(done.stdout)
    return file


def alone(*words: object) -> subprocess.CompletedProcess[str]:
    """As on a machine without database, keys or data."""
    nothing = {"HOME": "/nonexistent", "XDG_DATA_HOME": "/nonexistent"}
    return sanduk(*words, DATABASE_URL="postgresql://nobody@127.0.0.1:1/x", **nothing)


@contextmanager
def bent(place: Path, code: str) -> Iterator[Owner]:
    """The installation with its database's superuser at work. The last test of the module: nothing is put back."""
    server = embedded.start(place / "data")
    owner = Owner(server.url(embedded.SUPERUSER), UUID(int=0))
    row = owner.connection.execute("SELECT id FROM groups WHERE code = %s", [code]).fetchone()
    assert row is not None
    owner.group_id = row[0]
    try:
        yield owner
    finally:
        owner.close()
        server.stop()


def test_good_books_hold_on_the_installation_and_alone(place: Path, code: str) -> None:
    data, outside = place / "data", place / "outside"
    assert verdict(sanduk("verify", "--json", "--data", data)) == (
        0,
        {"ok": True, "groups": 2, "entries": ENTRIES, "checkpoints_held": 0, "first_bad": None},
    )
    one = verdict(sanduk("verify", "--json", "--group", code, "--checkpoints", outside, "--data", data))
    assert one == (0, {"ok": True, "groups": 1, "entries": ENTRIES, "checkpoints_held": 1, "first_bad": None})
    file = export(place, code, "good.json")
    done = alone("verify", "--export", file, "--checkpoints", outside, "--json")
    assert verdict(done) == one
    assert "keys that the export brings" in done.stderr
    words = alone("verify", "--export", file)
    assert words.stdout == f"ok\ngroups 1\nentries {ENTRIES}\ncheckpoints_held 0\n"


def test_bad_input_is_two_with_what_and_where_and_no_traceback(place: Path, code: str, tmp_path: Path) -> None:
    good = export(place, code, "good.json").read_text()
    cut, foreign, empty = tmp_path / "cut.json", tmp_path / "foreign.json", tmp_path / "empty"
    cut.write_text(good[:50_000])
    foreign.write_text('{"hello": "world"}')
    empty.mkdir()
    bad = tmp_path / "bad"
    shutil.copytree(place / "outside", bad)
    heads = next(bad.glob("*.heads"))
    heads.write_text(heads.read_text().replace('"seq":"155"', '"seq":"154"'))
    pipes, long, rivals, escaped = (tmp_path / name for name in ("pipes", "long", "rivals", "escaped.json"))
    for folder in (pipes, long, rivals):
        shutil.copytree(place / "outside", folder)
    (pipes / "00000001.heads").unlink()
    os.mkfifo(pipes / "00000001.heads")
    (long / "00000001.heads").write_bytes(b"x" * 20_000_000)
    note = (rivals / "00000001.checkpoint").read_text()
    (rivals / "00000002.checkpoint").write_text(note.replace("at 2", "at 3"))
    (rivals / "00000002.heads").write_text((rivals / "00000001.heads").read_text())
    escaped.write_text(good.replace('"group":', '"a\\u001b[31m":1,"a\\u001b[31m":', 1))
    for words, said in (
        (["--export", cut], "record "),
        (["--export", foreign], "no whole export"),
        (["--export", tmp_path / "missing.json"], "missing.json can't be read"),
        (["--export", tmp_path], "can't be read"),
        (["--export", place / "good.json", "--group", "ABCDEF"], f"holds the books of {code}, not of ABCDEF"),
        (["--export", place / "good.json", "--checkpoints", empty], "no checkpoint in"),
        (["--export", place / "good.json", "--checkpoints", bad], "00000001.checkpoint are not those that it signs"),
        (["--export", place / "good.json", "--keys", foreign], "can't be read as a JWK set"),
        (["--export", place / "good.json", "--checkpoints", pipes], "can't be read (it is no file)"),
        (
            ["--export", place / "good.json", "--checkpoints", long],
            "line 1 of the heads of 00000001.checkpoint is none",
        ),
        (["--export", place / "good.json", "--checkpoints", rivals], "two checkpoints with the number 1"),
        (["--export", escaped], "twice"),
    ):
        done = alone("verify", "--json", *words)
        assert (done.returncode, done.stdout) == (2, ""), done.stderr
        assert said in done.stderr
        assert "Traceback" not in done.stderr
        assert "\x1b" not in done.stderr


def test_keys_of_another_installation_do_not_fit(place: Path, code: str, tmp_path: Path) -> None:
    from app.kit.signing import Signer

    file = export(place, code, "good.json")
    other = tmp_path / "jwks.json"
    other.write_text(json.dumps(Signer.load(tmp_path, may_create=True).jwks()))
    status, found = verdict(alone("verify", "--export", file, "--keys", other, "--json"))
    assert status == 1
    assert found["first_bad"] == {"group": code, "seq": 1, "reason": "signature"}
    mine = tmp_path / "mine.json"
    mine.write_text(json.dumps(Signer.load(place / "data" / "keys").jwks()))
    assert verdict(alone("verify", "--export", file, "--keys", mine, "--json"))[0] == 0
    # the database's receipts and own checkpoints are judged by the keys that were named, with and without a folder
    status, found = verdict(sanduk("verify", "--json", "--keys", other, "--data", place / "data"))
    assert status == 1
    assert str(found["first_bad"]).partition("'reason': ")[2] in ("'receipt'}", "'series'}")
    assert verdict(sanduk("verify", "--json", "--keys", mine, "--data", place / "data"))[0] == 0


def test_copies_and_gaps_outside_are_said(place: Path, code: str, tmp_path: Path) -> None:
    file = export(place, code, "good.json")
    outside = tmp_path / "outside"
    shutil.copytree(place / "outside", outside)
    for ending in ("checkpoint", "heads"):
        shutil.copy(outside / f"00000001.{ending}", outside / f"again.{ending}")
    done = alone("verify", "--export", file, "--checkpoints", outside, "--json")
    assert verdict(done)[1]["checkpoints_held"] == 1
    assert "1 files are copies" in done.stderr
    assert "The newest checkpoint, number 1, is of 20" in done.stderr


def test_what_was_kept_is_of_the_same_books(place: Path, code: str, tmp_path: Path) -> None:
    old, data = export(place, code, "good.json"), place / "data"
    for words in (["--export", old], ["--data", data], ["--data", data, "--group", code]):
        done = sanduk("verify", *words, "--kept", old)
        assert done.returncode == 0, done.stderr
        assert f"Entry {ENTRIES} of {code}, the last of {old}: still inside." in done.stderr
    broken = tmp_path / "broken.json"
    broken.write_text(old.read_text().replace('"seq":"7"', '"seq":"8"', 1))
    for file, said in ((broken, "broken.json"), (tmp_path / "none.json", "none.json can't be read")):
        done = sanduk("verify", "--export", old, "--kept", file)
        assert (done.returncode, done.stdout) == (2, "")
        assert said in done.stderr
        assert "Traceback" not in done.stderr


def test_an_owner_of_the_database_is_found(place: Path, code: str) -> None:
    """One after the other: a balanced edit, everything made new, the tail cut off."""
    data, outside = place / "data", place / "outside"
    export(place, code, "good.json")
    with bent(place, code) as owner:
        owner.balanced_edit(100)
        wanted = {"group": code, "seq": 100, "reason": "hash"}
        live = sanduk("verify", "--json", "--data", data)
        assert verdict(live) == (
            1,
            {"ok": False, "groups": 2, "entries": ENTRIES, "checkpoints_held": 0, "first_bad": wanted},
        )
        assert f"The books of {code} don't hold. Entry 100:" in live.stderr
        recorded = "SELECT bad_seq, reason FROM book_checks WHERE group_id = %s ORDER BY at"
        assert owner.connection.execute(recorded, [owner.group_id]).fetchall()[-1] == (100, "hash")
        file = export(place, code, "edited.json")
        assert verdict(alone("verify", "--export", file, "--json"))[1]["first_bad"] == wanted

        owner.burn_everything()
        assert verdict(sanduk("verify", "--json", "--data", data))[0] == 0  # nothing inside can tell any more
        file = export(place, code, "rehashed.json")
        wanted = {"group": code, "seq": ENTRIES, "reason": "earlier"}
        for done in (
            sanduk("verify", "--json", "--kept", place / "good.json", "--data", data),
            alone("verify", "--export", file, "--kept", place / "good.json", "--json"),
        ):
            status, found = verdict(done)
            assert (status, found["first_bad"]) == (1, wanted)
        wanted = {"group": code, "seq": ENTRIES, "reason": "checkpoint"}
        for done in (
            sanduk("verify", "--json", "--checkpoints", outside, "--data", data),
            alone("verify", "--export", file, "--checkpoints", outside, "--json"),
        ):
            status, found = verdict(done)
            assert (status, found["first_bad"], found["checkpoints_held"]) == (1, wanted, 1)

        refused = sanduk("checkpoint", "--data", data, SANDUK_CHECKPOINTS=str(outside))
        assert (refused.returncode, refused.stdout) == (1, "")
        assert "Nothing was signed." in refused.stderr

        owner.cut(120)
        owner.run("DELETE FROM proposals WHERE group_id = '{group}' AND entry_seq > 120")
        file = export(place, code, "cut-tail.json")
        for words in (["--data", data], ["--export", file]):
            status, found = verdict(sanduk("verify", "--json", "--kept", place / "good.json", *words))
            assert (status, found["first_bad"]) == (1, {"group": code, "seq": 121, "reason": "earlier"})
        wanted = {"group": code, "seq": 121, "reason": "cut"}
        for done in (
            sanduk("verify", "--json", "--checkpoints", outside, "--data", data),
            alone("verify", "--export", file, "--checkpoints", outside, "--json"),
        ):
            status, found = verdict(done)
            assert (status, found["first_bad"], found["entries"]) == (1, wanted, 120)


def balances(place: Path, code: str, *words: str) -> str:
    done = sanduk("balances", "--group", code, *words, "--data", place / "data")
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_balances_on_both_clocks(place: Path, code: str) -> None:
    """A year of savings that was entered today: by the day of the money it grows, by the instant it came at once."""
    now = datetime.now(UTC)
    today, long_ago, between = (str(now.date() - timedelta(days=days)) for days in (-1, 3000, 180))
    whole = balances(place, code.lower())
    debit, credit = whole.splitlines()[-1].split("\t")[2:]
    assert debit == credit != "0.00"
    assert balances(place, code, "--as-of", today) == whole
    assert balances(place, code, "--recorded", (now + timedelta(hours=1)).isoformat()) == whole
    nothing = balances(place, code, "--as-of", long_ago)
    assert nothing.splitlines()[-1] == "total\tINR\t0.00\t0.00"
    assert balances(place, code, "--recorded", (now - timedelta(days=9)).replace(tzinfo=None).isoformat()) == nothing
    halfway = json.loads(balances(place, code, "--as-of", between, "--json"))
    assert (halfway["group"], halfway["as_of"]) == (code, between)
    sums = [sum(row[side] for row in halfway["balances"]) for side in ("debit_minor", "credit_minor")]
    assert sums[0] == sums[1]
    assert 0 < sums[0] < int(debit.replace(".", ""))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--group", "ZZZZZZ"), "No group has the code"),
        (("--group", "ZZZZZZ", "--as-of", "yesterday"), "is not a day"),
        (("--group", "ZZZZZZ", "--recorded", "noon"), "is not an instant"),
        (("--group", "ZZZZZZ", "--as-of", "2026-01-01", "--recorded", "2026-01-01"), "not both"),
    ],
)
def test_balances_that_it_refuses(place: Path, words: tuple[str, ...], said: str) -> None:
    done = sanduk("balances", *words, "--data", place / "data")
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
