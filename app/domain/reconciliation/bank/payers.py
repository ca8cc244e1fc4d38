"""Who a line's payer may be, by phone and name; pure. A name alone never decides anything."""

import re
from collections.abc import Iterable

from rapidfuzz import fuzz, utils

from app.domain.reconciliation.bank.facts import Line, Payer, Reason

FULL_PHONE, MASKED_ALONE, MASKED_SHARED, NAME_MOST, NAME_INITIAL = 35, 22, 10, 25, 7
NAME_FROM = 70
"""Likeness of 100 below which names count as different."""
_NUMBER = re.compile(r"(?<![A-Z0-9*])\+?(\d[\d*\u2022xX#]{6,14})(?![A-Z0-9*])", re.IGNORECASE)
_MASK = re.compile(r"[*\u2022xX#]+")
_LETTERS = re.compile(r"[^\W\d_]+(?:['\u2019-][^\W\d_]+)*")
_NOISE = frozenset({
    "pay", "bill", "paybill", "online", "from", "acc", "account", "customer", "transfer", "funds", "received",
    "merchant", "payment", "mpesa", "pesa", "upi", "imps", "neft", "rtgs", "cr", "dr", "by", "to", "the", "of", "for",
    "mr", "mrs", "ms", "bank", "ltd", "stk", "push", "deposit", "cash", "credit",
})  # fmt: skip
"""Words of the bank's own around a name."""


class Payers:
    """A group's members, to be recognised."""

    def __init__(self, payers: Iterable[Payer]) -> None:
        self.all = sorted(payers, key=lambda one: str(one.member_id))
        self._by_phone = {one.phone.lstrip("+"): one for one in self.all if one.phone}
        self._names = {one.member_id: utils.default_process(one.name) for one in self.all}

    def by_phone(self, line: Line) -> dict[Payer, Reason]:
        """Members whose number stands in the line: whole, or with its middle hidden."""
        found: dict[Payer, Reason] = {}
        for match in _NUMBER.finditer(f"{line.counterparty} {line.description}"):
            shown = match[1]
            hidden = _MASK.search(shown)
            if hidden is None:
                if one := self._whole(shown):
                    found[one] = Reason("phone", FULL_PHONE, {"ends": shown[-3:]})
                continue
            start, end = shown[: hidden.start()].lstrip("0"), shown[hidden.end() :]
            if len(end) < 2 or not end.isdecimal():
                continue
            fits = [one for number, one in self._by_phone.items() if number.endswith(end) and _begins(number, start)]
            points = MASKED_ALONE if len(fits) == 1 else MASKED_SHARED
            for one in fits[:10]:
                found.setdefault(one, Reason("phone_masked", points, {"ends": end}))
        return found

    def _whole(self, shown: str) -> Payer | None:
        """`254722...`, or as it is dialled at home, `0722...`."""
        if one := self._by_phone.get(shown):
            return one
        home = shown.lstrip("0")
        if len(home) < 8 or home == shown:
            return None
        fits = [one for number, one in self._by_phone.items() if number.endswith(home)]
        return fits[0] if len(fits) == 1 else None

    def by_name(self, line: Line) -> dict[Payer, Reason]:
        """Members whose name is like the payer's, each with its points."""
        said = " ".join(
            word
            for word in _LETTERS.findall(utils.default_process(line.counterparty or line.description))
            if word not in _NOISE
        )
        if not said:
            return {}
        found = {}
        for one in self.all:
            if reason := _likeness(said, self._names[one.member_id]):
                found[one] = reason
        return found


def _begins(number: str, start: str) -> bool:
    """The digits before the mask, with the country's code or without."""
    return not start or number.startswith(start) or number[3:].startswith(start)


def _likeness(said: str, name: str) -> Reason | None:
    if not name:
        return None
    like = max(fuzz.token_sort_ratio(said, name), fuzz.token_set_ratio(said, name) if " " in said else 0)
    if like >= NAME_FROM:
        return Reason("name", round(NAME_MOST * (like - 60) / 40), {"percent": round(like)})
    first, *rest = said.split()
    own = name.split()
    for word in rest:
        if len(word) == 1 or len(first) == 1:
            whole, letter = (first, word) if len(word) == 1 else (word, first)
            if whole in own and any(other != whole and other.startswith(letter) for other in own):
                return Reason("name_initial", NAME_INITIAL)
    return None
