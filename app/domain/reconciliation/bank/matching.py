"""Which dues a bank's lines pay; pure, and the same whatever the order of the lines.

By the member's own submission with the provider's code, then by our reference, then by amount with phone or name near
the due's day. Only the first two can be sure. A mistyped reference is suggested, never sure; a name alone is nothing.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from functools import cached_property
from itertools import chain
from operator import attrgetter, itemgetter
from uuid import UUID

from app.domain.reconciliation.bank.facts import Candidate, Known, Line, Payer, Proposal, Reason, Sent, Verdict
from app.domain.reconciliation.bank.payers import Payers
from app.domain.reconciliation.bank.references import Neighbours, is_alone, references_in, words_in
from app.kit.memory import unwatched

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
_bank_id = attrgetter("bank_id")
_filled = tuple.__new__
"""A candidate or proposal of all its fields, in half the time of its own call, which fills in what is left out."""

Days = Mapping[date, list[Line]]


def match_lines(lines: Iterable[Line], known: Known, settled: Iterable[Line] = ()) -> list[Proposal]:
    """A proposal for each line, in the order of the lines' days and ids.

    What a sure line takes of a due is no longer there for later ones; suggestions take nothing from each other.
    `settled` are earlier lines that money which left may take back. What is taken back pays nothing.
    """
    with unwatched():
        days, left = _by_day(lines)
        matching = _Matching(known, chain(settled, *days.values()) if left else ())
        certain = {line.id: matching.out(line) for line in _in_order(left)}
        certain |= {
            one.best.pair_id: Proposal(
                one.best.pair_id, "taken_back", "reversal", (Candidate(90, pair_id=one.line_id, reasons=TAKEN_BACK),)
            )
            for one in list(certain.values())
            if one.best and one.best.pair_id
        }
        found = [
            (line, (certain.get(line.id) if certain else None) or matching.surely(line)) for line in _in_order(days)
        ]
    return [sure or matching.perhaps(line) for line, sure in found]


def names_charge(words: str) -> bool:
    """Whether the bank's words call it a charge of its own."""
    return _CHARGE.search(words) is not None


def _by_day(lines: Iterable[Line]) -> tuple[Days, Days]:
    """All lines, and those of money that left: a look at each, since many are too many to be kept at hand."""
    days, left = defaultdict[date, list[Line]](list), defaultdict[date, list[Line]](list)
    for line in lines:
        days[line.on].append(line)
        if line.amount_minor <= 0:
            left[line.on].append(line)
    return days, left


def _in_order(days: Days) -> Iterator[Line]:
    """By day, the bank's id and ours; ours only where the bank's comes twice on a day. A day is put in order when its
    first line is asked for.
    """
    for _, day in sorted(days.items(), key=itemgetter(0)):
        is_clear = len(set(map(_bank_id, day))) == len(day)
        yield from sorted(day, key=_bank_id if is_clear else lambda line: (line.bank_id, line.id.int))


class _Matching:
    """A due is known by its place in `dues`. `left` is what is still open of each while lines take from it, `most` how
    much more it takes under its reference. `lines` are those that money which left may take back.
    """

    def __init__(self, known: Known, lines: Iterable[Line]) -> None:
        self.payers = Payers(known.payers)
        self.dues = known.dues
        self.left = [due.open_minor for due in self.dues]
        self.most = [due.most_minor for due in self.dues]
        self.by_reference = {due.reference: at for at, due in enumerate(self.dues)}
        if len(self.by_reference) < len(self.dues):  # of those with one reference the last counts
            self.by_reference = {self.dues[at].reference: at for at in self._dues_in_order()}
        self.by_reference |= {old: self.by_reference[new] for old, new in known.renewed if new in self.by_reference}
        self.by_code = {one.code: one for one in sorted(known.sent, key=lambda one: one.payment_id.int) if one.code}
        self.waiting = {due_id: one for one in known.sent if not one.is_confirmed for due_id in one.due_ids}
        self.used: set[UUID] = set()
        self.incoming = defaultdict(list)
        for line in lines:
            if line.amount_minor > 0:
                self.incoming[line.amount_minor].append(line)

    def _dues_in_order(self) -> list[int]:
        return sorted(range(len(self.dues)), key=lambda at: (self.dues[at].due_on, self.dues[at].id.int))

    @cached_property
    def by_member(self) -> dict[UUID, list[int]]:
        found: dict[UUID, list[int]] = defaultdict(list)
        for at in self._dues_in_order():
            found[self.dues[at].member_id].append(at)
        return found

    @cached_property
    def neighbours(self) -> Neighbours:
        return Neighbours(self.by_reference)

    def surely(self, line: Line) -> Proposal | None:
        """What needs no guess of money that came: a code that is known, a reference that is right."""
        if self.by_code and (sent := self._sent(line)) is not None:
            return self._by_code(line, sent)
        rest = f" {line.description} {line.counterparty} "
        at = self.by_reference.get(line.reference)
        if at is not None and is_alone(line.reference, rest):
            return self._on_one(line, at)
        named = [self.by_reference[one] for one in references_in(line.reference + rest, self.by_reference)]
        places = list({self.dues[at].id: at for at in named}.values())
        if len(places) == 1:
            return self._on_one(line, places[0])
        return self._by_reference(line, places) if places else None

    def _on_one(self, line: Line, at: int) -> Proposal:
        """What a line pays that names one due: mostly just what it asks for."""
        due = self.dues[at]
        if due.most_minor and due.id not in self.waiting:
            return self._on_loan(line, at)
        if self.left[at] != line.amount_minor:
            return self._by_reference(line, [at])
        self.left[at] = 0
        parts = ((due.id, line.amount_minor),)
        best = _filled(Candidate, (SURE, parts, due.member_id, 0, None, None, BY_REFERENCE))
        return _filled(Proposal, (line.id, "sure", "reference", (best,)))

    def _sent(self, line: Line) -> Sent | None:
        if line.bank_id:
            shown = line.bank_id.upper()
            code = shown if shown.isalnum() else "".join(c for c in shown if c.isalnum())
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

    def _by_reference(self, line: Line, places: list[int]) -> Proposal:
        first, amount = places[0], line.amount_minor
        owner = self.dues[first].member_id
        reason = Reason("references", SURE, {"count": len(places)}) if len(places) > 1 else BY_REFERENCE[0]
        joined = self._join_waiting(line, first)
        if joined is not None:
            return joined
        parts, left = self._take(places, amount)
        given = dict(parts)
        if not parts:
            reasons = (reason, Reason("nothing_owed"))
            kept = Candidate(SURE, (), owner, amount, reasons=reasons)
            return Proposal(line.id, "duplicate", "reference", (kept,))
        if left:
            more, left = self._take([at for at in self.by_member[owner] if self.dues[at].id not in given], left)
            found = (*parts, *more)
            reasons = (reason, Reason("over_kept" if left else "over_dues", params={"count": len(found)}))
            return Proposal(line.id, "over", "reference", (Candidate(SURE, found, owner, left, reasons=reasons),))
        is_short = sum(given.values()) < sum(self.left[at] for at in places)
        for at in places:
            self.left[at] -= given.get(self.dues[at].id, 0)
        if is_short:
            reasons = (reason, Reason("under"))
            return Proposal(line.id, "under", "reference", (Candidate(SURE, parts, owner, reasons=reasons),))
        return Proposal(line.id, "sure", "reference", (Candidate(SURE, parts, owner, reasons=(reason,)),))

    def _on_loan(self, line: Line, at: int) -> Proposal:
        """A loan takes any amount up to what settles it; what is more is looked at by hand."""
        part = min(self.most[at], line.amount_minor)
        owner, kept = self.dues[at].member_id, line.amount_minor - part
        if not part:
            reasons = (*BY_REFERENCE, Reason("nothing_owed"))
            return Proposal(line.id, "duplicate", "reference", (Candidate(SURE, (), owner, kept, reasons=reasons),))
        parts = ((self.dues[at].id, part),)
        if kept:
            reasons = (*BY_REFERENCE, Reason("over_kept", params={"count": 1}))
            return Proposal(line.id, "over", "reference", (Candidate(SURE, parts, owner, kept, reasons=reasons),))
        self.left[at], self.most[at] = max(0, self.left[at] - part), self.most[at] - part
        return Proposal(line.id, "sure", "reference", (Candidate(SURE, parts, owner, reasons=BY_REFERENCE),))

    def _join_waiting(self, line: Line, at: int) -> Proposal | None:
        """The due is covered by a submission whose code is another: likely mistyped by the member."""
        sent = self.waiting.get(self.dues[at].id)
        if sent is None or self.left[at] > 0 or sent.amount_minor != line.amount_minor or sent.payment_id in self.used:
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
        found += [self._for_typo(line, at, phones, names) for at in typed]
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

    def _mistyped(self, line: Line) -> list[int]:
        near: dict[str, None] = {}
        for text in (line.reference, line.description):
            for word in words_in(text):
                near.update(dict.fromkeys(sorted(self.neighbours.of(word))))
        return [at for at in (self.by_reference[one] for one in near) if self.left[at] > 0]

    def _for_typo(self, line: Line, at: int, phones: dict[Payer, Reason], names: dict[Payer, Reason]) -> Candidate:
        owner = self.dues[at].member_id
        part, left = self._take([at], line.amount_minor)
        amount = Reason("amount", EXACT) if line.amount_minor == self.left[at] else Reason("amount_differs", 5)
        who = [r for found in (phones, names) for one, r in found.items() if one.member_id == owner]
        reasons = [Reason("typo", TYPO), amount, *who, *self._near(line, [at])]
        return _candidate(part, owner, left, reasons)

    def _for_payer(self, line: Line, payer: Payer, who: list[Reason], *, has_phone: bool) -> list[Candidate]:
        """The amount must fit; by phone it may also be less or more than what is owed."""
        places = [at for at in self.by_member.get(payer.member_id, []) if self.left[at] > 0][:MOST_DUES]
        found = []
        for count in range(1, len(places) + 1):
            if sum(self.left[at] for at in places[:count]) == line.amount_minor:
                amount = Reason("amount", EXACT) if count == 1 else Reason("amounts", SEVERAL, {"count": count})
                parts, _ = self._take(places[:count], line.amount_minor)
                reasons = [amount, *who, *self._near(line, places[:count])]
                found.append(_candidate(parts, payer.member_id, 0, reasons))
        for at in places[1:]:
            if self.left[at] == line.amount_minor:
                parts, _ = self._take([at], line.amount_minor)
                reasons = [Reason("amount", EXACT - 4), *who, *self._near(line, [at])]
                found.append(_candidate(parts, payer.member_id, 0, reasons))
        if not found and has_phone and places:
            parts, left = self._take(places, line.amount_minor)
            amount = Reason("amount_more", MORE) if left else Reason("amount_part", PART)
            reasons = [amount, *who, *self._near(line, places[:1])]
            found.append(_candidate(parts, payer.member_id, left, reasons))
        return found

    def _take(self, places: Iterable[int], amount: int) -> tuple[tuple[tuple[UUID, int], ...], int]:
        """Parts in the order of the dues, and what is left over. Nothing is taken yet."""
        parts = []
        for at in places:
            part = min(self.left[at], amount)
            if part > 0:
                parts.append((self.dues[at].id, part))
                amount -= part
        return tuple(parts), amount

    def _near(self, line: Line, places: Iterable[int]) -> list[Reason]:
        days = [self.dues[at].due_on for at in places]
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
