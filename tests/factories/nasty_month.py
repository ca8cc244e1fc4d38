"""A nasty month: eighty lines of M-Pesa; typos, one payer for two, doubles, parts, reversals, fees and strangers."""

from typing import Any
from uuid import UUID

from app.domain.contributions import reading
from app.domain.groups.members import member_contacts
from tests.factories.payments import EACH, Programme, new_code

HEADER = "Receipt No.,Completion Time,Details,Transaction Status,Paid In,Withdrawn,Balance\n"
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


async def write_month(told: Programme) -> Month:
    """Opens October and November, has one member send her payment, and writes what came. 35 members are needed."""
    month = Month()
    await told.open_call(title="October")
    await told.open_call(title="November")
    async with told.database.transaction(told.treasurer) as session:
        contacts = {one.id: one for one in await member_contacts(session, told.group.id)}
        dues = await reading.dues_to_match(session, told.group.id)
    sent = await told.submit()
    sender = sent.member_id
    by_member: dict[UUID, dict[str, Any]] = {}
    for due in dues:
        by_member.setdefault(due.member_id, {})[due.title] = due
    plain = [one for one in by_member if contacts[one].member_no.startswith("M0") and one != sender][:30]
    assert len(plain) == 30

    def who(member: UUID, *, full: bool = False) -> str:
        phone = contacts[member].phone.lstrip("+")
        return f"{phone if full else f'{phone[:6]}***{phone[-3:]}'} - {contacts[member].name.upper()}"

    def ref(member: UUID, title: str) -> str:
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
