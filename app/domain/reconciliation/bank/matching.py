"""Which dues a bank's lines pay; pure, and the same whatever the order of the lines.

By the member's own submission with the provider's code, then by our reference, then by amount with phone or name near
the due's day. Only the first two can be sure. A mistyped reference is suggested, never sure; a name alone is nothing.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from operator import attrgetter
from uuid import UUID

from app.domain.reconciliation.bank.facts import Candidate, Due, Known, Line, Payer, Proposal, Reason, Sent, Verdict
from app.domain.reconciliation.bank.payers import Payers
from app.domain.reconciliation.bank.references import Neighbours, references_in, words_in

SURE = 100
BY_REFERENCE = (Reason("reference", SURE),)
TAKEN_BACK = (Reason("taken_back", 90),)
EXACT, SEVERAL, PART, MORE, NEAR, TYPO = 40, 34, 16, 15, 10, 45
LIKELY_FROM, CLEAR_BY, SHOWN_FROM, SHOWN, KEPT = 60, 12, 30, 4, 40
EARLY, LATE = timedelta(days=60), timedelta(days=120)
"""How long before and after its day a due is paid by somebody who gives no reference."""
MOST_DUES = 6
"""Of one member, that one payment without a reference may cover."""
_CODE = re.compile(r"(?<![A-Z0-9])[A-Z0-9]{9,22}(?![A-Z0-9])")
_CHARGE = re.compile(r"(?i)\b(?:charges?|fees?|commission|excise|levy|sms alert|ledger fee|maintenance|ada|makato)\b")
_REVERSED = re.compile(r"(?i)\b(?:revers(?:al|ed)|returned?|refund|rtn|rev)\b")


def match_lines(lines: Iterable[Line], known: Known, settled: Iterable[Line] = ()) -> list[Proposal]:
    """A proposal for each line, in the order of the lines' days and ids.

    What a sure line takes of a due is no longer there for later ones; suggestions take nothing from each other.
    `settled` are earlier lines that money which left may take back. What is taken back pays nothing.
    """
    ordered = sorted(lines, key=attrgetter("on", "bank_id", "id"))
    matching = _Matching(known, [*settled, *ordered])
    certain = {line.id: matching.out(line) for line in ordered if line.amount_minor <= 0}
    certain |= {
        one.best.pair_id: Proposal(
            one.best.pair_id, "taken_back", "reversal", (Candidate(90, pair_id=one.line_id, reasons=TAKEN_BACK),)
        )
        for one in list(certain.values())
        if one.best and one.best.pair_id
    }
    sure = [certain.get(line.id) or matching.surely(line) for line in ordered]
    return [found or matching.perhaps(line) for line, found in zip(ordered, sure, strict=True)]


def names_charge(words: str) -> bool:
    """Whether the bank's words call it a charge of its own."""
    return _CHARGE.search(words) is not None


@dataclass(slots=True)
class _Room:
    """What is still open on a due while lines take from it, and how much more it takes under its reference."""

    due: Due
    left: int
    most: int


class _Matching:
    def __init__(self, known: Known, lines: Sequence[Line]) -> None:
        self.by_reference: dict[str, _Room] = {}
        self.by_member: dict[UUID, list[_Room]] = defaultdict(list)
        for due in sorted(known.dues, key=lambda one: (one.due_on, one.id.int)):
            room = self.by_reference[due.reference] = _Room(due, due.open_minor, due.most_minor)
            self.by_member[due.member_id].append(room)
        self.by_reference |= {old: self.by_reference[new] for old, new in known.renewed if new in self.by_reference}
        self.neighbours: Neighbours | None = None
        self.payers = Payers(known.payers)
        self.by_code = {one.code: one for one in sorted(known.sent, key=lambda one: one.payment_id.int) if one.code}
        self.waiting = {due_id: one for one in known.sent if not one.is_confirmed for due_id in one.due_ids}
        self.used: set[UUID] = set()
        self.incoming = defaultdict(list)
        left = {-line.amount_minor for line in lines if line.amount_minor < 0}
        for line in lines if left else ():
            if line.amount_minor in left:
                self.incoming[line.amount_minor].append(line)

    def surely(self, line: Line) -> Proposal | None:
        """What needs no guess of money that came: a code that is known, a reference that is right."""
        if self.by_code and (sent := self._sent(line)) is not None:
            return self._by_code(line, sent)
        named = references_in(f"{line.reference} {line.description} {line.counterparty}", self.by_reference)
        rooms = list({self.by_reference[one].due.id: self.by_reference[one] for one in named}.values())
        if len(rooms) == 1 and rooms[0].due.most_minor and rooms[0].due.id not in self.waiting:
            return self._on_loan(line, rooms[0])
        return self._by_reference(line, rooms) if rooms else None

    def _sent(self, line: Line) -> Sent | None:
        if line.bank_id:
            code = "".join(c for c in line.bank_id.upper() if c.isalnum())
            for form in (code, code.removeprefix("0000") if len(code) == 16 else code):
                if form in self.by_code:
                    return self.by_code[form]
        said = _CODE.findall(f"{line.reference} {line.description}".upper())
        return next((self.by_code[word] for word in said if word in self.by_code), None)

    def _by_code(self, line: Line, sent: Sent) -> Proposal:
        candidate = Candidate(
            SURE, member_id=sent.member_id, payment_id=sent.payment_id, reasons=(Reason("code", SURE),)
        )
        if sent.is_confirmed or sent.payment_id in self.used:
            reasons = (Reason("code_paid"),)
            return Proposal(
                line.id, "duplicate", "submission", (Candidate(0, member_id=sent.member_id, reasons=reasons),)
            )
        if sent.amount_minor != line.amount_minor:
            verdict: Verdict = "over" if line.amount_minor > sent.amount_minor else "under"
            reasons = (*candidate.reasons, Reason("code_amount"))
            return Proposal(
                line.id, verdict, "submission", (Candidate(70, (), sent.member_id, 0, sent.payment_id, None, reasons),)
            )
        self.used.add(sent.payment_id)
        return Proposal(line.id, "sure", "submission", (candidate,))

    def _by_reference(self, line: Line, rooms: list[_Room]) -> Proposal:
        if len(rooms) == 1 and rooms[0].left == line.amount_minor:
            rooms[0].left = 0
            due = rooms[0].due
            best = Candidate(SURE, ((due.id, line.amount_minor),), due.member_id, reasons=BY_REFERENCE)
            return Proposal(line.id, "sure", "reference", (best,))
        reason = Reason("references", SURE, {"count": len(rooms)}) if len(rooms) > 1 else BY_REFERENCE[0]
        joined = self._join_waiting(line, rooms)
        if joined is not None:
            return joined
        parts, left = _take([room for room in rooms if room.left > 0], line.amount_minor)
        owner = rooms[0].due.member_id
        if not parts:
            reasons = (reason, Reason("nothing_owed"))
            kept = Candidate(SURE, (), owner, line.amount_minor, reasons=reasons)
            return Proposal(line.id, "duplicate", "reference", (kept,))
        if left:
            more, left = _take([one for one in self.by_member[owner] if one.left > 0 and one not in rooms], left)
            found = (*parts, *more)
            reasons = (reason, Reason("over_kept" if left else "over_dues", params={"count": len(found)}))
            return Proposal(line.id, "over", "reference", (Candidate(SURE, found, owner, left, reasons=reasons),))
        is_short = sum(amount for _, amount in parts) < sum(room.left for room in rooms)
        for room in rooms:
            room.left -= dict(parts).get(room.due.id, 0)
        if is_short:
            reasons = (reason, Reason("under"))
            return Proposal(line.id, "under", "reference", (Candidate(SURE, parts, owner, reasons=reasons),))
        return Proposal(line.id, "sure", "reference", (Candidate(SURE, parts, owner, reasons=(reason,)),))

    def _on_loan(self, line: Line, room: _Room) -> Proposal:
        """A loan takes any amount up to what settles it; what is more is looked at by hand."""
        part = min(room.most, line.amount_minor)
        owner, kept = room.due.member_id, line.amount_minor - part
        if not part:
            reasons = (*BY_REFERENCE, Reason("nothing_owed"))
            return Proposal(line.id, "duplicate", "reference", (Candidate(SURE, (), owner, kept, reasons=reasons),))
        parts = ((room.due.id, part),)
        if kept:
            reasons = (*BY_REFERENCE, Reason("over_kept", params={"count": 1}))
            return Proposal(line.id, "over", "reference", (Candidate(SURE, parts, owner, kept, reasons=reasons),))
        room.left, room.most = max(0, room.left - part), room.most - part
        return Proposal(line.id, "sure", "reference", (Candidate(SURE, parts, owner, reasons=BY_REFERENCE),))

    def _join_waiting(self, line: Line, rooms: list[_Room]) -> Proposal | None:
        """The due is covered by a submission whose code is another: likely mistyped by the member."""
        sent = self.waiting.get(rooms[0].due.id)
        if sent is None or rooms[0].left > 0 or sent.amount_minor != line.amount_minor or sent.payment_id in self.used:
            return None
        reasons = (Reason("reference", 80), Reason("code_differs"))
        candidate = Candidate(80, (), sent.member_id, 0, sent.payment_id, None, reasons)
        return Proposal(line.id, "likely", "reference", (candidate,))

    def out(self, line: Line) -> Proposal:
        """A reversal of something that came, a charge, or money that left for another cause."""
        words = f"{line.description} {line.counterparty}"
        came = self.incoming.get(-line.amount_minor, [])
        same = [one for one in came if line.bank_id and one.bank_id == line.bank_id and one.on <= line.on]
        if not same and _REVERSED.search(words):
            named = set(words_in(words))
            same = [one for one in came if one.on <= line.on and one.bank_id and one.bank_id.upper() in named]
        same.sort(key=lambda one: (one.on, one.bank_id, one.id.int))
        if same:
            reasons = (Reason("takes_back", 90),)
            return Proposal(line.id, "out", "reversal", (Candidate(90, pair_id=same[-1].id, reasons=reasons),))
        if names_charge(words):
            return Proposal(line.id, "out", "charge", (Candidate(85, reasons=(Reason("charge", 85),)),))
        return Proposal(line.id, "out", "none")

    def perhaps(self, line: Line) -> Proposal:
        """Suggestions, the likeliest first."""
        typed = self._mistyped(line)
        phones, names = self.payers.by_phone(line), self.payers.by_name(line)
        found = []
        for payer in {**phones, **names}:
            who = [reason for reason in (phones.get(payer), names.get(payer)) if reason]
            found += self._for_payer(line, payer, who, has_phone=payer in phones)
        found += [self._for_typo(line, room, phones, names) for room in typed]
        best = _best(found)
        if not best:
            return self._nothing(line, phones, names)
        rule = "typo" if any(reason.key == "typo" for reason in best[0].reasons) else "payer"
        is_clear = len(best) == 1 or best[0].score - best[1].score >= CLEAR_BY
        if best[0].score < LIKELY_FROM or not is_clear:
            return Proposal(line.id, "ambiguous", rule, best)
        keys = {reason.key for reason in best[0].reasons}
        verdict: Verdict = "under" if "amount_part" in keys else "over" if "amount_more" in keys else "likely"
        return Proposal(line.id, verdict, rule, best)

    def _nothing(self, line: Line, phones: dict[Payer, Reason], names: dict[Payer, Reason]) -> Proposal:
        """A member whose whole number it is but who owes nothing: it can be kept for her."""
        sole = [one for one, reason in phones.items() if reason.key == "phone"]
        if len(sole) == 1:
            reasons = (phones[sole[0]], Reason("nothing_owed"))
            kept = Candidate(KEPT, (), sole[0].member_id, line.amount_minor, reasons=reasons)
            return Proposal(line.id, "unmatched", "payer", (kept,))
        return Proposal(line.id, "unmatched" if phones or names else "unknown", "none")

    def _mistyped(self, line: Line) -> list[_Room]:
        if self.neighbours is None:
            self.neighbours = Neighbours(self.by_reference)
        near: dict[str, None] = {}
        for text in (line.reference, line.description):
            for word in words_in(text):
                near.update(dict.fromkeys(sorted(self.neighbours.of(word))))
        return [self.by_reference[one] for one in near if self.by_reference[one].left > 0]

    def _for_typo(self, line: Line, room: _Room, phones: dict[Payer, Reason], names: dict[Payer, Reason]) -> Candidate:
        part, left = _take([room], line.amount_minor)
        amount = Reason("amount", EXACT) if line.amount_minor == room.left else Reason("amount_differs", 5)
        who = [r for found in (phones, names) for one, r in found.items() if one.member_id == room.due.member_id]
        reasons = [Reason("typo", TYPO), amount, *who, *_near(line, [room])]
        return _candidate(part, room.due.member_id, left, reasons)

    def _for_payer(self, line: Line, payer: Payer, who: list[Reason], *, has_phone: bool) -> list[Candidate]:
        """The amount must fit; by phone it may also be less or more than what is owed."""
        rooms = [room for room in self.by_member.get(payer.member_id, []) if room.left > 0][:MOST_DUES]
        found = []
        for count in range(1, len(rooms) + 1):
            if sum(room.left for room in rooms[:count]) == line.amount_minor:
                amount = Reason("amount", EXACT) if count == 1 else Reason("amounts", SEVERAL, {"count": count})
                parts, _ = _take(rooms[:count], line.amount_minor)
                found.append(_candidate(parts, payer.member_id, 0, [amount, *who, *_near(line, rooms[:count])]))
        for room in rooms[1:]:
            if room.left == line.amount_minor:
                parts, _ = _take([room], line.amount_minor)
                found.append(
                    _candidate(parts, payer.member_id, 0, [Reason("amount", EXACT - 4), *who, *_near(line, [room])])
                )
        if not found and has_phone and rooms:
            parts, left = _take(rooms, line.amount_minor)
            amount = Reason("amount_more", MORE) if left else Reason("amount_part", PART)
            found.append(_candidate(parts, payer.member_id, left, [amount, *who, *_near(line, rooms[:1])]))
        return found


def _take(rooms: Sequence[_Room], amount: int) -> tuple[tuple[tuple[UUID, int], ...], int]:
    """Parts in the order of the dues, and what is left over. Nothing is taken yet."""
    parts = []
    for room in rooms:
        part = min(room.left, amount)
        if part > 0:
            parts.append((room.due.id, part))
            amount -= part
    return tuple(parts), amount


def _near(line: Line, rooms: Sequence[_Room]) -> list[Reason]:
    days = [room.due.due_on for room in rooms]
    return [Reason("near", NEAR)] if all(on - EARLY <= line.on <= on + LATE for on in days) else [Reason("far")]


def _candidate(
    parts: tuple[tuple[UUID, int], ...], member_id: UUID, credit: int, reasons: Sequence[Reason]
) -> Candidate:
    return Candidate(min(99, sum(one.points for one in reasons)), parts, member_id, credit, reasons=tuple(reasons))


def _best(found: Iterable[Candidate]) -> tuple[Candidate, ...]:
    """The likeliest of each way to settle, best first; of equal scores in the order of their dues."""
    by_parts: dict[tuple[tuple[UUID, int], ...], Candidate] = {}
    for one in found:
        known = by_parts.get(one.parts)
        if one.score >= SHOWN_FROM and (known is None or known.score < one.score):
            by_parts[one.parts] = one
    return tuple(sorted(by_parts.values(), key=lambda one: (-one.score, str(one.parts)))[:SHOWN])
