"""A sheet of any bank as a statement: CSV of every habit, workbooks, M-Pesa's exports; pure."""

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date

from app.domain.reconciliation.bank.amounts import has_decimal_comma, to_minor
from app.domain.reconciliation.bank.chain import Checked, Link, check_chain
from app.domain.reconciliation.bank.columns import is_mpesa
from app.domain.reconciliation.bank.days import day_first_of, instant_reader
from app.domain.reconciliation.bank.mpesa import mpesa_parts, receipt_in
from app.domain.reconciliation.bank.preamble import account_of, currency_of, is_total, stated_balance
from app.domain.reconciliation.bank.refusing import refused
from app.domain.reconciliation.bank.rows import HEADER_WITHIN, Layout, Row, find_layout
from app.domain.reconciliation.bank.types import MAX_LINES, Balance, BankLine, BankStatement
from app.kit.formulas import unprotected
from app.kit.money import exponent as exponent_of

MONEY = ("amount", "debit", "credit")
SIDES = {
    "dr": -1, "d": -1, "debit": -1, "withdrawal": -1, "out": -1, "cr": 1, "c": 1, "credit": 1, "deposit": 1, "in": 1,
}  # fmt: skip
NOTHING = frozenset({"-", "--", "na", "n/a", "nil", "null", "none"})
NOWHERE = -1
"""Where a column stands that the sheet hasn't: every row ends with an empty cell."""
LONGEST = 2_000
"""Characters of a description that runs over several rows."""
_FORMULA = re.compile(r"""=(?!"[^"]*"$)|@\w+\(|[+\-][^|]*\|.*!""")

Filled = tuple[int, list[str]]
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
    for line, cells in rows:
        joined = "\n".join(cells)
        if not joined or joined.isspace():
            continue
        stripped = [cell.strip() for cell in cells]
        if "=" in joined or "@" in joined or "|" in joined:
            stripped = _plain(line, stripped)
        kept.append((line, stripped))
        if len(kept) > MAX_LINES + HEADER_WITHIN:
            raise refused("bank_too_many_lines", limit=MAX_LINES)
    if not kept:
        raise refused("bank_empty")
    return kept


def _plain(line: int, cells: list[str]) -> list[str]:
    """Cells that a spreadsheet protects (`="0700..."`) as what they say. Raises InvalidInput(bank_formula)."""
    if any(cell[:1] in ("=", "@", "+", "-") and _FORMULA.match(cell) for cell in cells):
        raise refused("bank_formula", line)
    return [unprotected(cell) for cell in cells]


def _require_whole(below: list[Filled], layout: Layout) -> None:
    """Of a file that ends in the middle of its last line, that line has fewer cells than those before."""
    line, cells = below[-1]
    usual = [len(others) for _, others in below[-6:-1]]
    if usual and len(cells) < min(usual) and min(usual) > max(layout.roles.values()):
        raise refused("bank_truncated", line)


class _Sheet:
    """One sheet while it is read: `lines` and the chain's `links` grow row by row."""

    def __init__(self, layout: Layout, above: list[Filled], below: list[Filled], currency: str | None) -> None:
        self.above, self.below = above, below
        _even(below, max(len(layout.headers), *(column + 1 for column in layout.roles.values())))
        self.is_mpesa = is_mpesa(layout.headers)
        self.at = dict(layout.roles)
        if not _holds_sides(self.below, self.at.get("flag", NOWHERE)):
            self.at.pop("flag", None)  # kinds of transactions
        self.currency = currency_of(layout, above, below) or ("KES" if self.is_mpesa else currency)
        self.exponent = exponent_of(self.currency) if self.currency else 2
        money = [self.at[role] for role in (*MONEY, "balance") if role in self.at]
        self.comma = has_decimal_comma(cells[i] for _, cells in self.below[:1_000] for i in money)
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
        )

    def _take_balance(self, cells: Sequence[str], on: date | None) -> None:
        """Of several openings the first counts, of several closings the last."""
        if found := stated_balance(cells, on, self.exponent, comma=self.comma):
            kind, balance = found
            if kind == "closing" or kind not in self.stated:
                self.stated[kind] = balance

    def _read_rows(self) -> None:
        day_at = self.at.get("date", self.at.get("value_date", NOWHERE))
        value_at, balance_at = (self.at.get(role, NOWHERE) for role in ("value_date", "balance"))
        status_at = self.at.get("status", NOWHERE) if self.is_mpesa else NOWHERE
        read = instant_reader(day_first_of(cells[day_at] for _, cells in self.below[:2_000]))
        amount_of, texts_of, lines, links = self._amount_reader(), self._text_reader(), self.lines, self.links
        for line, cells in self.below:
            day = cells[day_at]
            at = read(day) if day else None
            if at is None:
                self._read_other(line, cells, day)
                continue
            amount = amount_of(line, cells)
            if not amount and is_total(cells):
                self._take_balance(cells, at.date())
                continue
            if amount is None:
                continue
            if cells[status_at].casefold() not in ("", "completed"):
                links.append(Link(None, amount, None, at))
                continue
            balance = self._amount(line, cells[balance_at])
            value = read(cells[value_at]) if value_at != NOWHERE else None
            n = len(lines) + 1
            reference, bank_id, party, words = texts_of(cells)
            on = value.date() if value else None
            lines.append(BankLine(n, at.date(), on, amount, reference, bank_id, party, words, balance))
            links.append(Link(n, amount, balance, at))

    def _read_other(self, line: int, cells: Sequence[str], day: str) -> None:
        """A row without a day: a balance, a sum, the rest of a narration, an end note, or a fault."""
        if is_total(cells):
            self._take_balance(cells, None)
            return
        words, filled = cells[self.at.get("description", NOWHERE)], sum(map(bool, cells))
        if any(_is_amount(cells[self.at.get(role, NOWHERE)]) for role in MONEY):
            if day or words or filled > len(MONEY):
                raise refused("bank_date", line)
        elif words and filled == 1 and self.lines:
            last = self.lines[-1]
            self.lines[-1] = last._replace(description=f"{last.description} {words}"[:LONGEST])

    def _amount(self, line: int, text: str) -> int | None:
        if not text or text in ("-", "--"):
            return None
        try:
            return to_minor(text, self.exponent, comma=self.comma)
        except ValueError:
            raise refused("bank_amount", line) from None

    def _amount_reader(self) -> Callable[[int, Sequence[str]], int | None]:
        """What a row's amount is: of one column with a sign or a flag, or of two."""
        amount_at, flag_at, out_at, in_at = (
            self.at.get(role, NOWHERE) for role in ("amount", "flag", "debit", "credit")
        )

        def of_one(line: int, cells: Sequence[str]) -> int | None:
            found = self._amount(line, cells[amount_at])
            if found is None or flag_at == NOWHERE:
                return found
            side = SIDES.get(cells[flag_at].casefold().strip("."))
            if side is None:
                raise refused("bank_side", line)
            return side * found

        def of_two(line: int, cells: Sequence[str]) -> int | None:
            out, into = self._amount(line, cells[out_at]), self._amount(line, cells[in_at])
            if out and into:
                raise refused("bank_both_sides", line)
            if into or out is None:
                return into
            return -abs(out) if is_signed else -out

        if out_at == in_at == NOWHERE or NOWHERE not in (amount_at, flag_at):
            return of_one
        is_signed = all(cells[out_at][:1] in "-(0\u2212" for _, cells in self.below)  # money out written as -500.00
        return of_two

    def _text_reader(self) -> Callable[[Sequence[str]], Texts]:
        at = [self.at.get(role, NOWHERE) for role in ("reference", "bank_id", "counterparty", "description")]
        reference_at, id_at, party_at, words_at = at
        account_at = self.at.get("bill_ref", reference_at)

        def of_mpesa(cells: Sequence[str]) -> Texts:
            return mpesa_parts(cells[account_at], cells[id_at], cells[party_at], cells[words_at])

        def of_bank(cells: Sequence[str]) -> Texts:
            reference, bank_id, counterparty, words = (_text(cells[i]) for i in at)
            is_pushed = "STK" in reference.upper()
            if (is_pushed or not bank_id) and (receipt := receipt_in(words, reference)):
                reference, bank_id = "" if is_pushed else reference, bank_id or receipt
            return reference or None, bank_id or None, counterparty or None, words

        return of_mpesa if self.is_mpesa else of_bank


def _even(rows: list[Filled], width: int) -> None:
    """As many cells in each row as there are columns, and an empty one NOWHERE."""
    for _, cells in rows:
        if len(cells) < width:
            cells.extend([""] * (width - len(cells)))
        cells.append("")


def _holds_sides(below: Sequence[Row], index: int) -> bool:
    """Whether the column says Dr and Cr."""
    words = [text for _, cells in below[:200] if (text := cells[index].casefold().strip("."))]
    return bool(words) and sum(word in SIDES for word in words) > 0.6 * len(words)


def _text(text: str) -> str:
    return "" if text.casefold() in NOTHING else " ".join(text.split())


def _is_amount(text: str) -> bool:
    try:
        return to_minor(text, 2) != 0
    except ValueError:
        return False


def _balance(on: date | None, minor: int | None) -> Balance | None:
    return Balance(on, minor) if minor is not None else None
