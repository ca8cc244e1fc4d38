"""A sheet of any bank as a statement: CSV of every habit, workbooks, M-Pesa's exports; pure."""

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from itertools import accumulate, compress

from app.domain.reconciliation.bank.amounts import has_decimal_comma, money_column, money_reader, to_minor
from app.domain.reconciliation.bank.chain import Checked, Link, check_chain
from app.domain.reconciliation.bank.columns import is_mpesa
from app.domain.reconciliation.bank.days import day_first_of, instant_reader
from app.domain.reconciliation.bank.mpesa import holds_receipt, mpesa_parts, receipt_in
from app.domain.reconciliation.bank.preamble import account_of, currency_of, is_total, stated_balance
from app.domain.reconciliation.bank.refusing import refused
from app.domain.reconciliation.bank.rows import HEADER_WITHIN, Layout, Row, find_layout
from app.domain.reconciliation.bank.types import MAX_LINES, Balance, BankLine, BankStatement
from app.kit.errors import InvalidInput
from app.kit.formulas import unprotected
from app.kit.money import exponent as exponent_of

MONEY = ("amount", "debit", "credit")
SIDES = {
    "dr": -1, "d": -1, "debit": -1, "withdrawal": -1, "out": -1, "cr": 1, "c": 1, "credit": 1, "deposit": 1, "in": 1,
}  # fmt: skip
NOTHING = frozenset({"-", "--", "na", "n/a", "nil", "null", "none"})
NOWHERE = -1
"""Where a column stands that the sheet hasn't: every row ends with an empty cell."""
MOST_CELLS = 20 * MAX_LINES
LONGEST = 2_000
"""Characters of a description that runs over several rows."""
_FORMULA = re.compile(r"""=(?!"[^"]*"$)|@\w+\(|[+\-][^|]*\|.*!""")

Filled = tuple[int, tuple[str, ...]]
"""A row, its cells stripped."""
Texts = tuple[str | None, str | None, str | None, str]
"""Reference, the bank's id, counterparty, description."""


def read_sheet(
    rows: Iterable[Row], layout: Layout | None = None, *, is_cut: bool = False, currency: str | None = None
) -> tuple[bool, BankStatement]:
    """Whether it is M-Pesa's, and the statement. With `layout` the columns are as somebody said.

    `currency` is meant where the sheet names none. `is_cut`: the file ends without a line end, so that a short last row
    is one that broke off. Raises InvalidInput: bank_empty, bank_no_header, bank_no_lines, bank_truncated,
    bank_too_many_lines, and bank_formula, bank_amount, bank_date, bank_side, bank_both_sides with the line.
    """
    kept = _kept(rows)
    layout = layout or find_layout(kept)
    above = [row for row in kept if row[0] < layout.line]
    below = [row for row in kept if row[0] > layout.line]
    if is_cut and below:
        _require_whole(below, layout)
    sheet = _Sheet(layout, above, below, currency)
    return sheet.is_mpesa, sheet.statement()


def _kept(rows: Iterable[Row]) -> list[Filled]:
    """Rows with something in them, no blanks around any cell."""
    kept: list[Filled] = []
    count = 0
    for line, cells in rows:
        stripped = tuple(map(str.strip, cells))
        joined = "".join(stripped)
        if not joined:
            continue
        if "=" in joined:
            stripped = tuple(map(unprotected, stripped))  # `="0700..."`
        kept.append((line, stripped))
        count += len(stripped)
        if len(kept) > MAX_LINES + HEADER_WITHIN:
            raise refused("bank_too_many_lines", limit=MAX_LINES)
        if count > MOST_CELLS:
            raise refused("bank_heavy", line)
    if not kept:
        raise refused("bank_empty")
    return kept


def _require_whole(below: list[Filled], layout: Layout) -> None:
    """Of a file that ends in the middle of its last line, that line has fewer cells than those before."""
    line, cells = below[-1]
    usual = [len(others) for _, others in below[-6:-1]]
    if usual and len(cells) < min(usual) and min(usual) > max(layout.roles.values()):
        raise refused("bank_truncated", line)


class _Sheet:
    """One sheet while it is read: `lines` and the chain's `links` grow row by row."""

    def __init__(self, layout: Layout, above: list[Filled], below: list[Filled], currency: str | None) -> None:
        self.above = above
        self.below = _even(below, max(len(layout.headers), *(column + 1 for column in layout.roles.values())))
        self.is_mpesa = is_mpesa(layout.headers)
        self.at = dict(layout.roles)
        if not _holds_sides(self.below, self.at.get("flag", NOWHERE)):
            self.at.pop("flag", None)  # kinds of transactions
        self.currency = currency_of(layout, above, below) or ("KES" if self.is_mpesa else currency)
        self.exponent = exponent_of(self.currency) if self.currency else 2
        money = [self.at[role] for role in (*MONEY, "balance") if role in self.at]
        self.comma = has_decimal_comma(cells[i] for _, cells in self.below[:1_000] for i in money)
        self.money = money_reader(self.exponent, comma=self.comma)
        self.stated: dict[str, Balance] = {}
        self.lines: list[BankLine] = []
        self.links: list[Link] = []

    def statement(self) -> BankStatement:
        for _, cells in self.above:
            self._take_balance(cells, None)
        self._read_rows()
        if not self.lines and not self.stated:
            raise refused("bank_no_lines")
        opening, closing = self.stated.get("opening"), self.stated.get("closing")
        before, after = (one.amount_minor if one else None for one in (opening, closing))
        found = check_chain(self.links, before, after) if self.links else Checked("unverifiable", None, before, after)
        days = [line.date for line in self.lines]
        return BankStatement(
            account=account_of(self.above),
            currency=self.currency,
            exponent=self.exponent,
            opening=opening or _balance(min(days, default=None), found.opening_minor),
            closing=closing or _balance(max(days, default=None), found.closing_minor),
            lines=tuple(self.lines),
            chain=found.chain,
            first_break=found.first_break,
            left_out=sum(n is None for n, *_ in self.links),
        )

    def _take_balance(self, cells: Sequence[str], on: date | None) -> None:
        """Of several openings the first counts, of several closings the last."""
        if found := stated_balance(cells, on, self.exponent, comma=self.comma):
            kind, balance = found
            if kind == "closing" or kind not in self.stated:
                self.stated[kind] = balance

    def _read_rows(self) -> None:
        day_at = self.at.get("date", self.at.get("value_date", NOWHERE))
        read = instant_reader(day_first_of(cells[day_at] for _, cells in self.below[:2_000]))
        instants = [read(cells[day_at]) if cells[day_at] else None for _, cells in self.below]
        texts = self._texts()
        usual = self._read_usual(instants, texts, read)
        amount_of, lines, links = self._amount_reader(), self.lines, self.links
        value_at, balance_at, status_at = self._at("value_date"), self._at("balance"), self._status_at()
        rest = zip(self.below[usual:], instants[usual:], texts[usual:], strict=True)
        for (line, cells), at, said in rest:
            if at is None:
                self._read_other(line, cells, cells[day_at])
                continue
            try:
                amount = amount_of(line, cells)
                if not amount and is_total(cells):
                    self._take_balance(cells, at.date())
                    continue
                if amount is None:
                    continue
                if not _is_completed(cells[status_at]):
                    links.append((None, amount, None, at))
                    continue
                balance = self.money(cells[balance_at])
            except ValueError:
                raise self._unread("bank_amount", line, cells) from None
            value = read(cells[value_at]) if value_at != NOWHERE else None
            n = len(lines) + 1
            on = value.date() if value else None
            lines.append(BankLine._make((n, at.date(), on, amount, *said, balance)))
            links.append((n, amount, balance, at))

    def _read_usual(
        self, instants: Sequence[datetime | None], texts: Sequence[Texts], read: Callable[[str], datetime | None]
    ) -> int:
        """Read the rows down to the first that is no plain line, column by column; how many those are.

        What it reads is what reading them row by row would.
        """
        amounts, balances = self._amounts(), self._money_column("balance")
        if amounts is None or balances is None:
            return 0
        count = len(self.below)
        for place, (at, amount) in enumerate(zip(instants, amounts, strict=True)):
            if at is None or amount is None or (not amount and is_total(self.below[place][1])):
                count = place
                break
        rows = [cells for _, cells in self.below[:count]]
        at_status, at_value = self._status_at(), self._at("value_date")
        completed = [True] * count if at_status == NOWHERE else [_is_completed(cells[at_status]) for cells in rows]
        values = [None] * count if at_value == NOWHERE else [_day(read(cells[at_value])) for cells in rows]
        numbers = list(accumulate(map(int, completed)))
        days = [at.date() if at else None for at in instants[:count]]
        columns = (numbers, days, values, amounts, *zip(*texts[:count], strict=True), balances)
        self.lines = list(map(BankLine._make, compress(zip(*columns, strict=False), completed))) if count else []
        self.links = [
            (n, amount, balance, at) if is_completed else (None, amount, None, at)
            for n, amount, balance, at, is_completed in zip(
                numbers, amounts, balances, instants, completed, strict=False
            )
            if at is not None and amount is not None
        ]
        return count

    def _at(self, role: str) -> int:
        return self.at.get(role, NOWHERE)

    def _status_at(self) -> int:
        return self._at("status") if self.is_mpesa else NOWHERE

    def _money_column(self, role: str) -> list[int | None] | None:
        """None where some cell is no amount."""
        at = self._at(role)
        if at == NOWHERE:
            return list[int | None]([None]) * len(self.below)
        quick = 0 if self.comma else self.exponent
        return money_column([cells[at] for _, cells in self.below], self.money, quick)

    def _amounts(self) -> list[int | None] | None:
        """What `_amount_reader` gives for each row; None where it would refuse one, or there is a flag."""
        if not self._is_of_two():
            return self._money_column("amount") if self._at("flag") == NOWHERE else None
        outs, ins = self._money_column("debit"), self._money_column("credit")
        if outs is None or ins is None or any(out and into for out, into in zip(outs, ins, strict=True)):
            return None
        if min(filter(None, outs), default=0) < 0 and self._is_signed():
            outs = [out and abs(out) for out in outs]
        return [into if into or out is None else -out for out, into in zip(outs, ins, strict=True)]

    def _is_of_two(self) -> bool:
        """Whether money in and out stand in columns of their own."""
        debit_at, credit_at = self._at("debit"), self._at("credit")
        return not (debit_at == credit_at == NOWHERE or NOWHERE not in (self._at("amount"), self._at("flag")))

    def _is_signed(self) -> bool:
        """Whether money out is written as -500.00."""
        out_at = self._at("debit")
        return all(cells[out_at][:1] in "-(0\u2212" for _, cells in self.below)

    def _read_other(self, line: int, cells: Sequence[str], day: str) -> None:
        """A row without a day: a balance, a sum, the rest of a narration, an end note, or a fault."""
        if is_total(cells):
            self._take_balance(cells, None)
            return
        words, filled = cells[self.at.get("description", NOWHERE)], sum(map(bool, cells))
        if any(_is_amount(cells[self.at.get(role, NOWHERE)]) for role in MONEY):
            if day or words or filled > len(MONEY):
                raise self._unread("bank_date", line, cells)
        elif words and filled == 1 and self.lines:
            last = self.lines[-1]
            self.lines[-1] = last._replace(description=f"{last.description} {words}"[:LONGEST])

    def _unread(self, why: str, line: int, cells: Sequence[str]) -> InvalidInput:
        """Why a row's day or amount is none: somebody may have put a formula there. What payers write is their own."""
        places = (self._at(role) for role in ("date", "value_date", *MONEY, "balance"))
        return refused("bank_formula" if any(_FORMULA.match(cells[place]) for place in places) else why, line)

    def _amount_reader(self) -> Callable[[int, Sequence[str]], int | None]:
        """What a row's amount is: of one column with a sign or a flag, or of two. Raises ValueError."""
        amount_at, flag_at, out_at, in_at = (
            self.at.get(role, NOWHERE) for role in ("amount", "flag", "debit", "credit")
        )
        money = self.money

        def of_one(line: int, cells: Sequence[str]) -> int | None:
            found = money(cells[amount_at])
            if found is None or flag_at == NOWHERE:
                return found
            side = SIDES.get(cells[flag_at].casefold().strip("."))
            if side is None:
                raise refused("bank_side", line)
            return side * found

        def of_two(line: int, cells: Sequence[str]) -> int | None:
            out, into = money(cells[out_at]), money(cells[in_at])
            if out and into:
                raise refused("bank_both_sides", line)
            if into or out is None:
                return into
            return -abs(out) if is_signed else -out

        if not self._is_of_two():
            return of_one
        is_signed = self._is_signed()
        return of_two

    def _texts(self) -> list[Texts]:
        """Of each row."""
        roles = ("reference", "bank_id", "counterparty", "description")
        at = [self._at(role) for role in roles]
        if self.is_mpesa:
            at[0] = self.at.get("bill_ref", at[0])
            return list(map(mpesa_parts, *([cells[one] for _, cells in self.below] for one in at)))
        references, ids, parties, words = (_text_column([cells[one] for _, cells in self.below]) for one in at)
        if holds_receipt("\n".join(words)):
            for place, (reference, bank_id, said) in enumerate(zip(references, ids, words, strict=True)):
                is_pushed = "STK" in reference.upper()
                if (is_pushed or not bank_id) and (receipt := receipt_in(said, reference)):
                    references[place] = "" if is_pushed else reference
                    ids[place] = bank_id or receipt
        kept = ([text or None for text in column] for column in (references, ids, parties))
        return list(zip(*kept, words, strict=True))


def _is_completed(status: str) -> bool:
    return status == "Completed" or status.casefold() in ("", "completed")


def _day(at: datetime | None) -> date | None:
    return at.date() if at else None


def _even(rows: list[Filled], width: int) -> list[Filled]:
    """As many cells in each row as there are columns, and an empty one NOWHERE."""
    if {len(cells) for _, cells in rows} == {width}:
        return [(line, (*cells, "")) for line, cells in rows]
    return [(line, cells + ("",) * (max(width - len(cells), 0) + 1)) for line, cells in rows]


def _holds_sides(below: Sequence[Row], index: int) -> bool:
    """Whether the column says Dr and Cr."""
    words = [text for _, cells in below[:200] if (text := cells[index].casefold().strip("."))]
    return bool(words) and sum(word in SIDES for word in words) > 0.6 * len(words)


def _text_column(cells: list[str]) -> list[str]:
    """Each as `_text` gives it; looked at together where none needs more than a look."""
    joined = "\n".join(cells)
    if "  " in joined or not joined.replace("\n", "").isprintable():
        return [_text(cell) for cell in cells]
    return [cell if len(cell) > 4 or cell.casefold() not in NOTHING else "" for cell in cells]


def _text(text: str) -> str:
    if len(text) < 5 and text.casefold() in NOTHING:
        return ""
    return text if text.isprintable() and "  " not in text else " ".join(text.split())


def _is_amount(text: str) -> bool:
    try:
        return to_minor(text, 2) != 0
    except ValueError:
        return False


def _balance(on: date | None, minor: int | None) -> Balance | None:
    return Balance(on, minor) if minor is not None else None
