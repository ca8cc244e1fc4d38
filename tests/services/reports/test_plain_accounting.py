"""hledger, Debian's ledger and beancount take the exports of both demo groups strictly, and agree with our books."""

import csv
import io
import re
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import pytest
import pytest_asyncio

from app import demo, wiring
from app.demo.people import signed_in
from app.domain.groups import access
from app.domain.identity import service as identity
from app.domain.ledger import service as ledger
from app.domain.ledger.views import BalanceView
from app.domain.reports.exporting import export_books
from app.kit.actor import NOBODY, Actor
from app.kit.db import Database
from app.kit.money import exponent
from tests.factories.payments import Programme

SUMS = """
import sys
from collections import Counter
from beancount import loader
from beancount.core.data import Transaction
entries, errors, _ = loader.load_file(sys.argv[1])
assert not errors, errors
found = Counter()
for entry in entries:
    for posting in entry.postings if isinstance(entry, Transaction) else ():
        found[posting.account, posting.units.currency] += posting.units.number
for (account, currency), number in found.items():
    print(f"{account}|{currency} {number}")
"""
Balances = dict[str, int]
"""`<control code> <currency>` -> minor units, debit positive."""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def groups(database: Database) -> AsyncIterator[dict[str, UUID]]:
    """The demo; in the programme some have paid, two by M-Pesa with cents, and one payment was reversed."""
    wiring.register()
    bss = await demo.load(database)
    treasurer = await signed_in(database, demo.TREASURER_PHONE, bss)
    admin = await signed_in(database, demo.ADMIN_PHONE, bss)
    member = await signed_in(database, demo.MEMBER_PHONE, bss)
    async with database.transaction(treasurer) as session:
        view = await access.get_group(session, treasurer)
    programme = Programme(database, view, treasurer, (member,))  # pyright: ignore[reportArgumentType]
    paid = await programme.submit(amount_minor=12_345)
    await programme.confirm(paid.id)
    rest = await programme.submit()
    await programme.confirm(rest.id)
    cash = await programme.take_cash(await programme.cash_command(admin, 101))
    await programme.reverse(cash.id)
    async with database.transaction(NOBODY) as session:
        staff = Actor(person_id=(await identity.add_staff(session, demo.STAFF_PHONE)).id)
    yield {"bss": bss, "nashik": await demo.nashik.load(database, staff)}


async def exported(database: Database, group_id: UUID, kind: str, *, has_names: bool = False) -> str:
    async with database.transaction(Actor(group_id=group_id), is_snapshot=True) as session:
        return "".join([piece async for piece in export_books(session, group_id, kind, has_names=has_names)])


async def our_balances(database: Database, group_id: UUID) -> Balances:
    async with database.transaction(Actor(group_id=group_id)) as session:
        rows: list[BalanceView] = await ledger.trial_balance(session, group_id)
    return {f"{one.control_code} {one.currency}": one.debit_minor - one.credit_minor for one in rows}


def run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=60, check=False)


def by_control(lines: list[tuple[str, str]]) -> Balances:
    """Accounts with amounts as the programs print them, added up by the account's second part."""
    found: Counter[str] = Counter()
    for account, amount in lines:
        currency, number = re.fullmatch(r'"?([A-Z]{3})"? (-?[\d.]+)', amount).groups()  # type: ignore[union-attr]
        whole, _, fraction = number.partition(".")
        assert len(fraction) == exponent(currency)
        found[f"{account.split(':')[1]} {currency}"] += int(whole + fraction)
    return {key: minor for key, minor in found.items() if minor}


def of_hledger(file: Path) -> Balances | None:
    """None when it refuses the file."""
    if run("hledger", "-f", file, "check", "--strict").returncode:
        return None
    done = run("hledger", "-f", file, "--strict", "balance", "--flat", "--no-total", "--output-format", "csv")
    return by_control([(row[0], row[1]) for row in list(csv.reader(io.StringIO(done.stdout)))[1:]])


def of_ledger(file: Path) -> Balances | None:
    strictly = ("ledger", "--args-only", "-f", file, "--strict", "--pedantic")
    done = run(*strictly, "balance", "--flat", "--no-total", "--format", "%(account)|%(display_total)\n")
    if done.returncode or done.stderr:
        return None
    return by_control([(row.split("|")[0], row.split("|")[1]) for row in done.stdout.splitlines()])


def of_beancount(file: Path) -> Balances | None:
    if run(sys.executable, "-m", "beancount.scripts.check", file).returncode:
        return None
    done = run(sys.executable, "-c", SUMS, file)
    assert done.returncode == 0, done.stderr
    return by_control([(row.split("|")[0], row.split("|")[1]) for row in done.stdout.splitlines()])


PROGRAMS = {
    "hledger": ("hledger", of_hledger),
    "ledger": ("hledger", of_ledger),
    "beancount": ("beancount", of_beancount),
}


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("which", ["bss", "nashik"])
async def test_they_agree_with_our_trial_balance_and_see_a_unit(
    database: Database, groups: dict[str, UUID], tmp_path: Path, which: str, program: str
) -> None:
    kind, balances_of = PROGRAMS[program]
    ours = {key: minor for key, minor in (await our_balances(database, groups[which])).items() if minor}
    assert len(ours) >= 2
    assert sum(ours.values()) == 0
    for has_names in (False, True):
        file = tmp_path / f"books-{has_names}"
        file.write_text(await exported(database, groups[which], kind, has_names=has_names))
        assert balances_of(file) == ours
    text = file.read_text()
    planted = tmp_path / "planted"
    planted.write_text(_plant(text))
    assert planted.read_text() != text
    assert balances_of(planted) is None  # both lines of an entry moved by a unit: its assertions see it
    one_sided = tmp_path / "one-sided"
    one_sided.write_text(_plant(text, both=False))
    assert balances_of(one_sided) is None


def _plant(text: str, *, both: bool = True) -> str:
    """The first entry's amounts one minor unit larger; of its first line only without `both`."""

    def larger(found: re.Match[str]) -> str:
        whole = int(found[2].replace(".", "")) + 1
        digits = str(whole).rjust(3, "0")
        return f"{found[1]}{digits[:-2]}.{digits[-2:]}"

    start = re.search(r"^\d{4}-\d\d-\d\d \* ", text, re.MULTILINE)
    assert start is not None
    head, rest = text[: start.start()], text[start.start() :]
    block, blank, tail = rest.partition("\n\n")
    pattern = r"(^ +[A-Z][a-z]+:\S+  (?:[A-Z]{3} )?-?)(\d+\.\d\d)"
    return head + re.sub(pattern, larger, block, count=0 if both else 1, flags=re.MULTILINE) + blank + tail


async def test_members_stand_as_ids_unless_named(database: Database, groups: dict[str, UUID]) -> None:
    for kind in ("json", "hledger", "beancount", "csv"):
        without = await exported(database, groups["nashik"], kind)
        named = await exported(database, groups["nashik"], kind, has_names=True)
        for name in demo.nashik.NAMES:
            assert name not in without, kind
            assert name in named or name == demo.nashik.NAMES[-1], kind
        assert "+9198" not in named


async def test_memos_and_salts_leave_only_with_names(database: Database, groups: dict[str, UUID]) -> None:
    """The reason of a reversal is free text: it may name anybody."""
    without = await exported(database, groups["bss"], "json")
    named = await exported(database, groups["bss"], "json", has_names=True)
    assert "Confirmed by mistake" not in without
    assert '"salt"' not in without
    assert "Confirmed by mistake" in named


async def test_the_csv_adds_up_and_has_no_formulas(database: Database, groups: dict[str, UUID]) -> None:
    rows = list(csv.DictReader(io.StringIO(await exported(database, groups["bss"], "csv", has_names=True))))
    sums = Counter[str]()
    for row in rows:
        sums[f"{row['account'].partition('.')[0]} {row['currency']}"] += int(row["amount_minor"])
        assert not any(value.startswith(("=", "+", "@")) for value in row.values())
    ours = await our_balances(database, groups["bss"])
    assert {key: minor for key, minor in sums.items() if minor} == {key: minor for key, minor in ours.items() if minor}
