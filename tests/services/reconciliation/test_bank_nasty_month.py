"""A nasty month: eighty lines of M-Pesa, cleared as suggested; then bank, books and hledger agree to the cent."""

from collections import Counter
from pathlib import Path
from typing import Any
from uuid import uuid4

from app.domain.contributions import reading
from app.domain.groups.members import member_contacts
from app.domain.reconciliation.bank import queue, staging
from app.domain.reconciliation.bank.queue_views import BookOther, PairReversal, QueueRow
from app.kit.db import Database
from tests.factories.groups import make_members
from tests.factories.payments import EACH, make_programme, new_code
from tests.services.reconciliation.bank_books import HEADER, bring, lines
from tests.services.reconciliation.test_bank_queue import Desk, books, let_spend
from tests.services.reports.test_plain_accounting import exported, of_hledger

OPENING = 12_345_67
FEE = -5_35


class Month:
    """The rows of a statement as they come, newest last; `failed` ones stand in the file and count for nothing."""

    def __init__(self) -> None:
        self.rows: list[str] = []
        self.balance, self.count = OPENING, 0

    def add(self, words: str, amount: int, code: str = "", status: str = "Completed") -> str:
        code = code or new_code()
        shown = ""
        if status == "Completed":
            self.balance += amount
            self.count += 1
            shown = f"{self.balance / 100:.2f}"
        paid_in, out = (f"{amount / 100:.2f}", "") if amount > 0 else ("", f"{amount / 100:.2f}")
        at = f"2026-11-{1 + len(self.rows) // 4:02d} {8 + len(self.rows) % 4:02d}:00:00"
        self.rows.append(f"{code},{at},{words},{status},{paid_in},{out},{shown}")
        return code

    def file(self) -> bytes:
        """Newest first, as the portal gives it out."""
        return ("Short Code: 522533,,,,,,\n" + HEADER + "\n".join(reversed(self.rows)) + "\n").encode()


def slip(reference: str) -> str:
    """Two neighbours swapped, so that the check symbol doesn't fit; a symbol lost where they are equal."""
    at = next((n for n in range(3) if reference[n] != reference[n + 1]), None)
    if at is None:
        return reference[1:]
    return reference[:at] + reference[at + 1] + reference[at] + reference[at + 2 :]


async def write_month(desk: Desk) -> Month:
    told, month = desk.told, Month()
    await told.open_call(title="October")
    await told.open_call(title="November")
    async with told.database.transaction(told.treasurer) as session:
        contacts = {one.id: one for one in await member_contacts(session, told.group.id)}
        dues = await reading.dues_to_match(session, told.group.id)
    sent = await told.submit()
    sender = sent.member_id
    by_member: dict[Any, dict[str, Any]] = {}
    for due in dues:
        by_member.setdefault(due.member_id, {})[due.title] = due
    plain = [one for one in by_member if contacts[one].member_no.startswith("M0") and one != sender][:30]
    assert len(plain) == 30

    def who(member: Any, *, full: bool = False) -> str:
        phone = contacts[member].phone.lstrip("+")
        return f"{phone if full else f'{phone[:6]}***{phone[-3:]}'} - {contacts[member].name.upper()}"

    def ref(member: Any, title: str) -> str:
        return by_member[member][title].reference

    for n, member in enumerate(plain):
        code = month.add(f"Pay Bill from {who(member)} Acc. {ref(member, 'November')}", EACH)
        if n % 3 == 0:
            month.add("Pay Bill Charge", FEE, code)
    for member in plain[:8]:
        month.add(f"Pay Bill from {who(member)} Acc. {slip(ref(member, 'October'))}", EACH)
    for member in plain[8:13]:
        month.add(f"Pay Bill from {who(member, full=True)} Acc. oct", EACH)
    for one, two in ((plain[13], plain[14]), (plain[15], plain[16])):
        month.add(f"Pay Bill from {who(one)} Acc. {ref(one, 'October')} {ref(two, 'October')}", 2 * EACH)
    for member in plain[17:20]:
        month.add(f"Pay Bill from {who(member)} Acc. {ref(member, 'October')}", EACH // 2)
    for member in plain[20:22]:
        month.add(f"Pay Bill from {who(member)} Acc. {ref(member, 'October')}", EACH + 150_00)
    for member in plain[22:26]:
        month.add(f"Pay Bill from {who(member)} Acc. {ref(member, 'November')}", EACH)
    assert sent.provider_code
    month.add(f"Pay Bill from {who(sender)} Acc. wrong", EACH, sent.provider_code)
    for _ in range(2):
        code = month.add("Pay Bill from 254799***999 - ZUHURA Acc. x", 70_00)
        month.add(f"Reversal of {code}", -70_00, code)
    for n in range(6):
        month.add(f"Pay Bill from 25479{n}***98{n} - STRANGER Acc. school fees", 310_00 + n)
    month.add("Business Payment to 600111 - PRINTERS", -1_250_00)
    for member in plain[26:30]:
        month.add(f"Pay Bill from {who(member)} Acc. {ref(member, 'October')}", EACH, status="Failed")
    return month


async def clear(desk: Desk, row: QueueRow) -> str:
    """What a treasurer does by one key: take the suggestion, or say what else it is."""
    if row.rule == "reversal":
        (one,) = row.candidates
        assert one.pair_id is not None
        made = await desk.ask(queue.pair_reversal, PairReversal(row.line.id, one.pair_id, str(uuid4())))
    elif row.candidates and row.candidates[0].parts and row.verdict not in ("ambiguous", "unmatched"):
        made = await desk.accept(row)
    else:
        kind = "income" if row.line.amount_minor > 0 else "charge" if row.rule == "charge" else "expense"
        made = await desk.ask(queue.book_other, BookOther(row.line.id, kind, "to be looked into", str(uuid4())))
    await desk.confirm(made.id)
    return f"{row.verdict}/{row.rule}"


async def test_a_nasty_month(database: Database, tmp_path: Path):
    told = await make_programme(database, members=1)
    await make_members(database, told.group, 34)
    await let_spend(told)
    desk = Desk(told)
    month = await write_month(desk)
    assert month.count >= 75
    view = await bring(told, month.file())
    assert (view.state, view.why, view.lines) == ("read", None, month.count)
    assert len(month.rows) >= 79

    many = await desk.sure()
    for match_id in many.match_ids:
        await desk.confirm(match_id)
    rules = Counter({"sure": many.count})
    for _ in range(200):
        rows = await desk.queue()
        if not rows:
            break
        reversals = [row for row in rows if row.rule == "reversal"]
        rules[await clear(desk, (reversals or rows)[0])] += 1
    print("matched by which rule:", dict(sorted(rules.items())))
    assert rules["sure"] == 30 + 2 + 1
    assert rules["likely/typo"] == 8
    assert rules["likely/payer"] == 5
    assert rules["under/reference"] == 3
    assert rules["over/reference"] == 2
    assert rules["duplicate/reference"] == 4
    assert rules["out/reversal"] == 2
    assert rules["out/charge"] == 10
    assert {line.state for line in (await lines(told, limit=500)).rows} == {"settled"}

    async with database.transaction(told.treasurer) as session:
        (statement,) = await staging.list_bank_statements(session, told.treasurer, view.id)
    assert (statement.opening_minor, statement.closing_minor) == (OPENING, month.balance)
    found = await books(told)
    assert found["1020"] == month.balance - OPENING
    assert found["2030"] == -(2 * 150_00 + 4 * EACH)
    file = tmp_path / "books.journal"
    file.write_text(await exported(database, told.group.id, "hledger"))
    by_hledger = of_hledger(file)
    assert by_hledger is not None
    assert by_hledger == {f"{code} KES": amount for code, amount in found.items() if code != "receipts"}
