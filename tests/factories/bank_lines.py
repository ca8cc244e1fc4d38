"""A year of a made-up programme as its bank tells it, each line labelled with what it pays.

Months come one after the other, as statements do: what a month's lines pay is paid when the next one is matched.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import UUID

from stdnum.iso7064 import mod_37_36

from app.domain.reconciliation.bank.facts import Due, Known, Line, Payer, Sent
from app.kit.ids import ALPHABET

GIVEN = (
    "Akinyi", "Baraka", "Chebet", "Daudi", "Esther", "Farida", "Gitau", "Halima", "Imani", "Juma", "Kamau", "Leah",
    "Mumbi", "Naliaka", "Otieno", "Purity", "Rehema", "Salome", "Tabitha", "Umazi", "Wanjiru", "Zawadi", "Mercy",
    "Grace", "Joseph", "Peter", "Mary", "John", "Faith", "Brian",
)  # fmt: skip
FAMILY = (
    "Achieng", "Barasa", "Cherono", "Dalmas", "Ekai", "Farah", "Gathoni", "Hamisi", "Ireri", "Jepkosgei", "Kiplagat",
    "Langat", "Mwangi", "Njeri", "Odhiambo", "Patel", "Ruto", "Simiyu", "Tanui", "Wekesa", "Otieno", "Wambui",
    "Kamau", "Mutua", "Noor",
)  # fmt: skip
SYMBOLS = "23456789ABCDEFGHJKLMNPQRSTUVWX"


@dataclass(frozen=True, slots=True)
class Labelled:
    """`pays` is what the payer meant, by due; None where no member's due is paid by it (unknown, out, a double)."""

    line: Line
    kind: str
    pays: dict[UUID, int] | None
    has_reference: bool
    payment_id: UUID | None = None


@dataclass(slots=True)
class Month:
    known: Known
    lines: list[Labelled]


@dataclass(slots=True)
class _Member:
    payer: Payer
    open: list[Due] = field(default_factory=list)


class Programme:
    """`members` people, a due of 500 or 1,000 each a month; `seed` makes it the same again."""

    def __init__(self, seed: int, members: int = 400) -> None:
        self.random = random.Random(seed)
        self.used_phones: set[str] = set()
        self.members = [_Member(self._payer(n)) for n in range(members)]
        self.dues: dict[UUID, Due] = {}
        self.serial = 0

    def months(self, lines: int, months: int = 13) -> Iterator[Month]:
        """About `lines` lines in all; a shorter list never comes, a little longer may."""
        made = 0
        for n in range(months):
            first = date(2025 + n // 12, 1 + n % 12, 1)
            self._call(first + timedelta(days=9))
            wanted = -(-(lines - made) // (months - n))
            month = self._month(first, wanted)
            made += len(month.lines)
            yield month
            for one in month.lines:
                for due_id, amount in (one.pays or {}).items():
                    self._pay(due_id, amount)

    def _payer(self, n: int) -> Payer:
        phone = ""
        while not phone or phone in self.used_phones:
            phone = f"+2547{self.random.randrange(10**8):08d}"
        self.used_phones.add(phone)
        words = [self.random.choice(GIVEN), self.random.choice(FAMILY)]
        if self.random.random() < 0.4:
            words.insert(1, self.random.choice(GIVEN))
        return Payer(self._id(), " ".join(words), phone if self.random.random() < 0.95 else "", f"M{n:04d}")

    def _id(self) -> UUID:
        return UUID(int=self.random.getrandbits(128), version=4)

    def _call(self, due_on: date) -> None:
        amount = self.random.choice((500_00, 1_000_00))
        for member in self.members:
            body = "".join(self.random.choice(ALPHABET) for _ in range(7))
            due = Due(
                self._id(), member.payer.member_id, body + mod_37_36.calc_check_digit(body, ALPHABET), amount, due_on
            )
            self.dues[due.id] = due
            member.open.append(due)

    def _pay(self, due_id: UUID, amount: int) -> None:
        due = self.dues[due_id]
        left = Due(due.id, due.member_id, due.reference, max(0, due.open_minor - amount), due.due_on)
        self.dues[due_id] = left
        member = next(one for one in self.members if one.payer.member_id == due.member_id)
        member.open = [left if one.id == due_id else one for one in member.open if one.id != due_id or left.open_minor]

    def _month(self, first: date, wanted: int) -> Month:
        """Every member at most once with her own dues, so that what she meant is what stands in the label."""
        known_dues = tuple(self.dues.values())
        payers = [member for member in self.members if member.open]
        self.random.shuffle(payers)
        lines: list[Labelled] = []
        sent: list[Sent] = []
        while payers and len(lines) < wanted:
            kind = self.random.choices(list(KINDS), [weight for weight, _ in KINDS.values()])[0]
            make = KINDS[kind][1]
            if kind in ("two_members", "for_another") and len(payers) < 2:
                continue
            member = payers.pop()
            other = payers.pop() if kind == "two_members" else payers[-1] if kind == "for_another" else member
            lines += make(self, kind, first, member, other, sent)
        while len(lines) < wanted:
            lines += self.nobody(
                "unknown" if self.random.random() < 0.5 else "fee", first, self.members[0], self.members[0], sent
            )
        self.random.shuffle(lines)
        return Month(Known(known_dues, tuple(member.payer for member in self.members), tuple(sent)), lines)

    # What a line looks like.

    def code(self) -> str:
        self.serial += 1
        rest = "".join(self.random.choice(SYMBOLS) for _ in range(5))
        return f"T{rest}{self.serial:04d}"[:10]

    def line(self, on: date, amount: int, reference: str, payer: str, words: str = "") -> Line:
        code = self.code()
        words = words or f"Pay Bill from {payer} Acc. {reference}".strip()
        return Line(self._id(), on, amount, code, reference, payer, words)

    def day(self, first: date) -> date:
        return first + timedelta(days=self.random.randrange(28))

    def who(self, payer: Payer, *, phone: str = "masked") -> str:
        number = payer.phone.lstrip("+")
        shown = {"full": number, "home": f"0{number[3:]}", "masked": f"{number[:6]}***{number[-3:]}", "none": ""}[phone]
        if not number:
            shown = ""
        return f"{shown} - {self.name(payer)}".strip(" -")

    def name(self, payer: Payer) -> str:
        """As networks write names: capitals, cut, in another order, an initial, a slip."""
        words = payer.name.upper().split()
        roll = self.random.random()
        if roll < 0.15:
            words.reverse()
        elif roll < 0.3:
            words = [*words[:-1], words[-1][0]]
        elif roll < 0.4 and len(words[-1]) > 4:
            at = self.random.randrange(1, len(words[-1]) - 1)
            words[-1] = words[-1][:at] + words[-1][at + 1 :]
        elif roll < 0.45:
            words = words[:1]
        return " ".join(words)[:22]

    def written(self, reference: str) -> str:
        """A right reference as people type it."""
        forms = (
            reference,
            reference.lower(),
            f"{reference[:4]}-{reference[4:]}",
            f"{reference[:4]} {reference[4:]}",
            f"{reference} {self.random.choice(('nov', 'dues', 'mchango'))}",
            f"#{reference}",
        )
        return self.random.choices(forms, (50, 15, 15, 8, 8, 4))[0]

    def slipped(self, reference: str) -> str:
        """One symbol wrong, missing, doubled, or two swapped; one time in five two of these."""
        text = reference
        for _ in range(2 if self.random.random() < 0.2 else 1):
            at = self.random.randrange(len(text) - 1)
            roll = self.random.randrange(4)
            if roll == 0:
                text = text[:at] + self.random.choice([c for c in ALPHABET if c != text[at]]) + text[at + 1 :]
            elif roll == 1:
                text = text[:at] + text[at + 1 :]
            elif roll == 2:
                text = text[:at] + text[at] + text[at:]
            else:
                text = text[:at] + text[at + 1] + text[at] + text[at + 2 :]
        return text if text != reference else self.slipped(reference)

    # Kinds of lines; each takes (kind, first of month, who is meant, who pays, submissions).

    def exact(self, kind: str, first: date, member: _Member, other: _Member, sent: list[Sent]) -> list[Labelled]:
        due = self.random.choice(member.open)
        line = self.line(self.day(first), due.open_minor, self.written(due.reference), self.who(other.payer))
        return [Labelled(line, kind, {due.id: due.open_minor}, has_reference=True)]

    def partial(self, kind: str, first: date, member: _Member, other: _Member, sent: list[Sent]) -> list[Labelled]:
        due = member.open[0]
        amount = due.open_minor // 2
        line = self.line(self.day(first), amount, self.written(due.reference), self.who(member.payer))
        return [Labelled(line, kind, {due.id: amount}, has_reference=True)]

    def more(self, kind: str, first: date, member: _Member, other: _Member, sent: list[Sent]) -> list[Labelled]:
        """The oldest due by reference, and something on top: of her next dues, and what is left is kept."""
        left = member.open[0].open_minor + self.random.choice((100_00, 500_00, 1_000_00))
        line = self.line(self.day(first), left, self.written(member.open[0].reference), self.who(member.payer))
        pays: dict[UUID, int] = {}
        for due in member.open:
            pays[due.id] = min(due.open_minor, left)
            left -= pays[due.id]
        return [Labelled(line, kind, {due_id: amount for due_id, amount in pays.items() if amount}, has_reference=True)]

    def double(self, kind: str, first: date, member: _Member, other: _Member, sent: list[Sent]) -> list[Labelled]:
        (one,) = self.exact("exact", first, member, member, sent)
        again = self.line(
            one.line.on + timedelta(days=1), one.line.amount_minor, one.line.reference, one.line.counterparty
        )
        return [one, Labelled(again, kind, None, has_reference=True)]

    def typo(self, kind: str, first: date, member: _Member, other: _Member, sent: list[Sent]) -> list[Labelled]:
        due = member.open[0] if self.random.random() < 0.7 else self.random.choice(member.open)
        who = self.who(member.payer, phone=self.random.choice(("masked", "masked", "full", "none")))
        line = self.line(self.day(first), due.open_minor, self.slipped(due.reference), who)
        return [Labelled(line, kind, {due.id: due.open_minor}, has_reference=False)]

    def silent(self, kind: str, first: date, member: _Member, other: _Member, sent: list[Sent]) -> list[Labelled]:
        """No reference: the oldest due, now and then the two oldest at once."""
        count = 2 if len(member.open) > 1 and self.random.random() < 0.15 else 1
        pays = {due.id: due.open_minor for due in member.open[:count]}
        phone = {"phone": self.random.choice(("full", "home")), "masked": "masked", "name": "none"}[kind]
        note = self.random.choice(("", "mchango", "november", member.payer.member_no, "chama"))
        return [
            Labelled(
                self.line(self.day(first), sum(pays.values()), note, self.who(member.payer, phone=phone)),
                kind,
                pays,
                has_reference=False,
            )
        ]

    def two_members(self, kind: str, first: date, member: _Member, other: _Member, sent: list[Sent]) -> list[Labelled]:
        pays = {one.open[0].id: one.open[0].open_minor for one in (member, other)}
        both = " and ".join(self.dues[due_id].reference for due_id in pays)
        return [
            Labelled(
                self.line(self.day(first), sum(pays.values()), both, self.who(member.payer)),
                kind,
                pays,
                has_reference=True,
            )
        ]

    def submitted(self, kind: str, first: date, member: _Member, other: _Member, sent: list[Sent]) -> list[Labelled]:
        due = member.open[0]
        line = self.line(self.day(first), due.open_minor, "", self.who(member.payer))
        sent.append(Sent(self._id(), member.payer.member_id, line.bank_id, due.open_minor, (due.id,)))
        return [Labelled(line, kind, {due.id: due.open_minor}, has_reference=False, payment_id=sent[-1].payment_id)]

    def nobody(self, kind: str, first: date, member: _Member, other: _Member, sent: list[Sent]) -> list[Labelled]:
        """A stranger, a stranger with a reference of another programme, a charge, a payment taken back."""
        amount = self.random.choice((500_00, 1_000_00, 750_00))
        if kind == "fee":
            return [
                Labelled(self.line(self.day(first), -33_00, "", "", "Pay Bill Charge"), kind, None, has_reference=False)
            ]
        stranger = self._payer(0)
        body = "".join(self.random.choice(ALPHABET) for _ in range(7))
        reference = body + mod_37_36.calc_check_digit(body, ALPHABET) if self.random.random() < 0.3 else "hello"
        line = self.line(self.day(first), amount, reference, self.who(stranger))
        if kind == "reversed":
            back = Line(
                self._id(), line.on, -amount, line.bank_id, "", line.counterparty, f"Reversal of {line.bank_id}"
            )
            return [Labelled(line, kind, None, has_reference=False), Labelled(back, kind, None, has_reference=False)]
        return [Labelled(line, kind, None, has_reference=False)]


KINDS = {
    "exact": (44, Programme.exact),
    "for_another": (3, Programme.exact),
    "partial": (4, Programme.partial),
    "more": (3, Programme.more),
    "double": (2, Programme.double),
    "two_members": (2, Programme.two_members),
    "submitted": (6, Programme.submitted),
    "typo": (9, Programme.typo),
    "phone": (8, Programme.silent),
    "masked": (8, Programme.silent),
    "name": (4, Programme.silent),
    "unknown": (4, Programme.nobody),
    "fee": (2, Programme.nobody),
    "reversed": (1, Programme.nobody),
}
"""Kind to weight and maker."""
