"""A sheet of any bank as a statement: CSV of every habit, workbooks, M-Pesa's exports; pure."""

import re
from collections.abc import Callable, Sequence
from datetime import date, datetime
from itertools import accumulate, compress, count
from operator import and_, not_

from app.domain.reconciliation.bank.amounts import has_decimal_comma, money_column, money_reader, to_minor
from app.domain.reconciliation.bank.chain import Checked, Links, check_chain
from app.domain.reconciliation.bank.columns import is_mpesa
from app.domain.reconciliation.bank.days import day_first_of, instant_column, instant_reader
from app.domain.reconciliation.bank.mpesa import holds_receipt, mpesa_columns, receipt_in
from app.domain.reconciliation.bank.preamble import account_of, currency_of, is_total, stated_balance
from app.domain.reconciliation.bank.refusing import refused
from app.domain.reconciliation.bank.tables import NOWHERE, Table
from app.domain.reconciliation.bank.types import Balance, BankLine, BankStatement
from app.kit.errors import InvalidInput
from app.kit.money import exponent as exponent_of

MONEY = ("amount", "debit", "credit")
SIDES = {
    "dr": -1, "d": -1, "debit": -1, "withdrawal": -1, "out": -1, "cr": 1, "c": 1, "credit": 1, "deposit": 1, "in": 1,
}  # fmt: skip
NOTHING = frozenset({"-", "--", "na", "n/a", "nil", "null", "none"})
LONGEST = 2_000
"""Characters of what a line says in one column, or in a description that runs over several rows."""
_FORMULA = re.compile(r"""=(?!"[^"]*"$)|@\w+\(|[+\-][^|]*\|.*!""")


def side_of(flag: str) -> int | None:
    """1 for money that came, -1 for money that left."""
    return SIDES.get(flag.casefold().strip("."))


def read_sheet(table: Table, *, currency: str | None = None) -> tuple[bool, BankStatement]:
    """Whether it is M-Pesa's, and the statement. `currency` is meant where the sheet names none.

    Raises InvalidInput: bank_no_lines, and bank_formula, bank_amount, bank_date, bank_side, bank_both_sides with the
    line.
    """
    sheet = _Sheet(table, currency)
    return sheet.is_mpesa, sheet.statement()


class _Sheet:
    """One sheet while it is read, part by part: by column where every amount can be read at once, else row by row."""

    def __init__(self, table: Table, currency: str | None) -> None:
        self.table = table
        self.is_mpesa = is_mpesa(table.layout.headers)
        self.at = dict(table.layout.roles)
        if not _holds_sides(self._column(table, "flag")):
            self.at.pop("flag", None)  # kinds of transactions
        self.currency = currency_of(table.layout, table.above, self._column(table, "currency"))
        self.currency = self.currency or ("KES" if self.is_mpesa else currency)
        self.exponent = exponent_of(self.currency) if self.currency else 2
        money = (self._column(table, role)[:1_000] for role in (*MONEY, "balance"))
        self.comma = has_decimal_comma(cell for column in money for cell in column)
        self.money = money_reader(self.exponent, comma=self.comma)
        self.read_day = instant_reader(day_first_of(table.columns[self._day_at()][:2_000]))
        self.is_signed = _is_signed(self._column(table, "debit"))
        self.stated: dict[str, Balance] = {}
        self.lines: list[BankLine] = []
        self.links = Links()

    def statement(self) -> BankStatement:
        for _, cells in self.table.above:
            self._take_balance(cells, None)
        for part in self.table.parts():
            self._read_part(part)
        if not self.lines and not self.stated:
            raise refused("bank_no_lines")
        opening, closing = self.stated.get("opening"), self.stated.get("closing")
        before, after = (one.amount_minor if one else None for one in (opening, closing))
        found = Checked("unverifiable", None, before, after)
        if self.links.numbers:
            found = check_chain(self.links, before, after)
        days = [line.date for line in self.lines]
        return BankStatement(
            account=account_of(self.table.above),
            currency=self.currency,
            exponent=self.exponent,
            opening=opening or _balance(min(days, default=None), found.opening_minor),
            closing=closing or _balance(max(days, default=None), found.closing_minor),
            lines=tuple(self.lines),
            chain=found.chain,
            first_break=found.first_break,
            left_out=self.links.numbers.count(None),
        )

    def _take_balance(self, cells: Sequence[str], on: date | None) -> None:
        """Of several openings the first counts, of several closings the last."""
        if found := stated_balance(cells, on, self.exponent, comma=self.comma):
            kind, balance = found
            if kind == "closing" or kind not in self.stated:
                self.stated[kind] = balance

    def _read_part(self, part: Table) -> None:
        instants, texts = instant_column(part.columns[self._day_at()], self.read_day), self._texts(part)
        amounts, balances = self._amounts(part), self._money_column(part, "balance")
        if amounts is not None and balances is not None:
            self._read_columns(part, instants, amounts, texts, balances)
        else:
            self._read_each(part, instants, texts)

    def _read_columns(
        self,
        part: Table,
        instants: Sequence[datetime | None],
        amounts: Sequence[int | None],
        texts: Sequence[Sequence[str | None]],
        balances: list[int | None],
    ) -> None:
        """Rows together, where each amount is one: what `_read_each` says of them, much sooner."""
        others = self._others(part, instants, amounts)
        is_payment = [True] * len(amounts)
        for place in others:
            is_payment[place] = False
        is_line = list(map(and_, is_payment, self._completed(part)))
        _, *numbers = accumulate(is_line, initial=len(self.lines))
        values = instant_column(self._column(part, "value_date"), self.read_day)
        columns = (numbers, _days(instants), _days(values), amounts, *texts, balances)
        self.lines += map(BankLine._make, compress(zip(*columns, strict=True), is_line))
        before = list(numbers) if others else numbers
        for place in compress(count(), map(not_, is_line)):
            numbers[place] = balances[place] = None
        links = (numbers, amounts, balances, instants)
        self.links.extend(*((compress(column, is_payment) for column in links) if others else links))
        for place in others:
            cells = tuple(column[place] for column in part.columns)
            self._read_other(part.lines[place], cells, instants[place], before[place])

    def _others(self, part: Table, instants: Sequence[datetime | None], amounts: Sequence[int | None]) -> list[int]:
        """Where rows stand that are no payment."""
        if None not in instants and all(amounts):
            return []
        return [
            place
            for place, (at, amount) in enumerate(zip(instants, amounts, strict=True))
            if at is None or amount is None or (not amount and is_total(column[place] for column in part.columns))
        ]

    def _read_each(
        self, part: Table, instants: Sequence[datetime | None], texts: Sequence[Sequence[str | None]]
    ) -> None:
        """Row by row, up to the first that can't be read."""
        amount_of, lines = self._amount_reader(), self.lines
        value_at, balance_at = self._at("value_date"), self._at("balance")
        rows = zip(part.rows(), instants, zip(*texts, strict=True), self._completed(part), strict=True)
        for (line, cells), at, said, is_completed in rows:
            try:
                amount = amount_of(line, cells) if at else None
                if at is None or amount is None or (not amount and is_total(cells)):
                    self._read_other(line, cells, at, len(lines))
                    continue
                balance = self.money(cells[balance_at]) if is_completed else None
            except ValueError:
                raise self._unread("bank_amount", line, cells) from None
            n = len(lines) + 1 if is_completed else None
            self.links.add((n, amount, balance, at))
            if n:
                value = self.read_day(cells[value_at])
                lines.append(BankLine._make((n, at.date(), value and value.date(), amount, *said, balance)))

    def _column(self, part: Table, role: str) -> Sequence[str]:
        return part.columns[self._at(role)]

    def _day_at(self) -> int:
        return self.at.get("date", self._at("value_date"))

    def _at(self, role: str) -> int:
        return self.at.get(role, NOWHERE)

    def _completed(self, part: Table) -> list[bool]:
        """Of each row, whether it is done; only M-Pesa's exports have others."""
        if not self.is_mpesa:
            return [True] * len(part.lines)
        statuses = self._column(part, "status")
        if statuses.count("Completed") == len(statuses):
            return [True] * len(statuses)
        done = {status for status in set(statuses) if status.casefold() in ("", "completed")}
        return [status in done for status in statuses]

    def _money_column(self, part: Table, role: str) -> list[int | None] | None:
        """None where some cell is no amount."""
        return money_column(self._column(part, role), self.money, 0 if self.comma else self.exponent)

    def _amounts(self, part: Table) -> list[int | None] | None:
        """What `_amount_reader` gives for each row; None where it would refuse one."""
        if not self._is_of_two():
            found = self._money_column(part, "amount")
            return found if found is None or self._at("flag") == NOWHERE else self._flagged(part, found)
        outs, ins = self._money_column(part, "debit"), self._money_column(part, "credit")
        if outs is None or ins is None or any(out and into for out, into in zip(outs, ins, strict=True)):
            return None
        if min(filter(None, outs), default=0) < 0 and self.is_signed:
            outs = [out and abs(out) for out in outs]
        return [into if into or out is None else -out for out, into in zip(outs, ins, strict=True)]

    def _flagged(self, part: Table, amounts: Sequence[int | None]) -> list[int | None] | None:
        """With the sign that the flag says; None where some amount's flag is none."""
        flags = self._column(part, "flag")
        said = {flag: side_of(flag) for flag in set(flags)}
        sides = [said[flag] for flag in flags]
        if None in sides and any(side is None and one is not None for side, one in zip(sides, amounts, strict=True)):
            return None
        return [one if one is None or side is None else side * one for side, one in zip(sides, amounts, strict=True)]

    def _is_of_two(self) -> bool:
        """Whether money in and out stand in columns of their own."""
        debit_at, credit_at = self._at("debit"), self._at("credit")
        return not (debit_at == credit_at == NOWHERE or NOWHERE not in (self._at("amount"), self._at("flag")))

    def _read_other(self, line: int, cells: Sequence[str], at: datetime | None, before: int) -> None:
        """A row that is no payment: a balance, a sum, the rest of a narration, an end note, or a fault.

        `before`: how many lines stand above it.
        """
        if is_total(cells):
            self._take_balance(cells, at.date() if at else None)
        if at or is_total(cells):
            return
        words, filled = cells[self._at("description")], sum(map(bool, cells))
        if any(_is_amount(cells[self._at(role)]) for role in MONEY):
            if cells[self._day_at()] or words or filled > len(MONEY):
                raise self._unread("bank_date", line, cells)
        elif words and filled == 1 and before:
            last = self.lines[before - 1]
            self.lines[before - 1] = last._replace(description=f"{last.description} {words}"[:LONGEST])

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
            side = side_of(cells[flag_at])
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
        is_signed = self.is_signed
        return of_two

    def _texts(self, part: Table) -> Sequence[Sequence[str | None]]:
        """References, the bank's ids, counterparties and descriptions."""
        reference = "bill_ref" if self.is_mpesa and "bill_ref" in self.at else "reference"
        columns = [_cut(self._column(part, role)) for role in (reference, "bank_id", "counterparty", "description")]
        if self.is_mpesa:
            return mpesa_columns(*columns)
        references, ids, parties, words = map(_text_column, columns)
        if holds_receipt("\n".join(words)):
            for place, (reference, bank_id, said) in enumerate(zip(references, ids, words, strict=True)):
                is_pushed = "STK" in reference.upper()
                if (is_pushed or not bank_id) and (receipt := receipt_in(said, reference)):
                    references[place] = "" if is_pushed else reference
                    ids[place] = bank_id or receipt
        return [*map(_or_none, (references, ids, parties)), words]


def _days(instants: Sequence[datetime | None]) -> list[date | None]:
    return [at and at.date() for at in instants]


def _holds_sides(column: Sequence[str]) -> bool:
    """Whether the column says Dr and Cr."""
    words = [text for cell in column[:200] if (text := cell.casefold().strip("."))]
    return bool(words) and sum(word in SIDES for word in words) > 0.6 * len(words)


def _is_signed(outs: Sequence[str]) -> bool:
    """Whether money out is written as -500.00."""
    return any(outs) and all(cell[:1] in "-(0\u2212" for cell in outs)


def _text_column(cells: Sequence[str]) -> list[str]:
    """Each as `_text` gives it; looked at together where none needs more than a look."""
    if not any(cells):
        return list(cells)
    joined = "\n".join(cells)
    if "  " in joined or joined.count("\n") >= len(cells) or not joined.replace("\n", "").isprintable():
        return [_text(cell) for cell in cells]
    if min(map(len, cells)) > 4:
        return list(cells)
    return [cell if len(cell) > 4 or cell.casefold() not in NOTHING else "" for cell in cells]


def _cut(cells: Sequence[str]) -> Sequence[str]:
    return cells if max(map(len, cells), default=0) <= LONGEST else [cell[:LONGEST] for cell in cells]


def _or_none(cells: list[str]) -> Sequence[str | None]:
    return cells if all(cells) else [cell or None for cell in cells]


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
