"""The books as plain text: for hledger and Debian's ledger (one file for both), for beancount, and as CSV.

Amounts are exact, in the currency's own decimals. Each file ends with every account's balance as an assertion, so that
those programs themselves see a changed amount. A member's account carries her id, or what `names` calls her besides.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Protocol

from app.domain.ledger.canon import instant
from app.domain.ledger.export_records import AccountView
from app.domain.ledger.views import EntryLine, EntryView
from app.kit.money import exponent
from app.kit.sheets import neutral

ROOTS = {"A": "Assets", "L": "Liabilities", "E": "Equity", "I": "Income", "X": "Expenses"}
CSV_HEADS = (
    *("seq", "entry_id", "recorded_at", "effective_on", "kind", "reverses_seq", "actor", "hash"),
    *("line", "account", "class", "currency", "amount", "amount_minor", "balance_after_minor", "member"),
)


class Journal(Protocol):
    """Text in three parts. `names` maps a member's id to what she is called."""

    def head(self, accounts: Sequence[AccountView], first: date | None) -> str: ...

    def entry(self, entry: EntryView) -> str: ...

    def tail(self, balances: Mapping[int, int], last: date | None) -> str: ...


def decimal(minor: int, currency: str) -> str:
    """`-12345` KES as `-123.45`: no grouping, always the currency's decimals."""
    digits = exponent(currency)
    text = str(abs(minor)).rjust(digits + 1, "0")
    whole, fraction = (text[:-digits], text[-digits:]) if digits else (text, "")
    return f"{'-' if minor < 0 else ''}{whole}{'.' if digits else ''}{fraction}"


def account_name(account: AccountView) -> str:
    """`Income:4010:M-<member id>`: every part begins with a capital or a digit, as beancount demands."""
    control, _, member = account.code.partition(".")
    return f"{ROOTS[account.class_]}:{control}{f':M-{member}' if member else ''}"


def _member(account: AccountView) -> str:
    return account.code.partition(".")[2]


def _plain(text: str) -> str:
    """A name as it can stand in a comment or between quotation marks."""
    return " ".join("".join(c if c.isprintable() and c not in '"\\' else " " for c in text).split())


class _Named:
    def __init__(self, code: str, names: Mapping[str, str]) -> None:
        self.code, self.names = code, names
        self.accounts: dict[int, AccountView] = {}

    def _keep(self, accounts: Sequence[AccountView]) -> list[str]:
        """The currencies, in order."""
        self.accounts = {one.account_no: one for one in accounts}
        return sorted({one.currency for one in accounts})

    def _called(self, account: AccountView) -> str:
        return _plain(self.names.get(_member(account), ""))


class PlainJournal(_Named):
    """For `hledger --strict` and `ledger --strict --pedantic` alike."""

    def head(self, accounts: Sequence[AccountView], first: date | None) -> str:  # noqa: ARG002
        lines = [f"; Sanduk, the books of group {self.code}; debit positive", "tag hash", "tag recorded", ""]
        for currency in self._keep(accounts):
            lines += [f"commodity {currency}", f"    format {currency} {decimal(10**6, currency)}"]
        for account in accounts:
            called = self._called(account)
            lines += [f"account {account_name(account)}", *([f"    ; {called}"] if called else [])]
        return "\n".join([*lines, "", ""])

    def entry(self, entry: EntryView) -> str:
        lines = [
            f"{entry.effective_on} * ({entry.seq}) {_kind(entry)}",
            f"    ; hash: {entry.hash.hex()}",
            f"    ; recorded: {instant(entry.recorded_at)}",
            *(f"    {self._name(line)}  {line.currency} {_amount(line)}" for line in entry.lines),
        ]
        return "\n".join([*lines, "", ""])

    def tail(self, balances: Mapping[int, int], last: date | None) -> str:
        if last is None:
            return ""
        lines = [f"{last} * balances of all accounts after the last entry"]
        for no, minor in sorted(balances.items()):
            account = self.accounts[no]
            nothing, stated = decimal(0, account.currency), decimal(minor, account.currency)
            lines.append(f"    {account_name(account)}  {account.currency} {nothing} = {account.currency} {stated}")
        return "\n".join([*lines, ""])

    def _name(self, line: EntryLine) -> str:
        return account_name(self.accounts[line.account_no])


class Beancount(_Named):
    """For `bean-check`."""

    def head(self, accounts: Sequence[AccountView], first: date | None) -> str:
        lines = [f'option "title" "Sanduk, the books of group {self.code}"']
        lines += [f'option "operating_currency" "{currency}"' for currency in self._keep(accounts)]
        day = first or date(1970, 1, 1)
        for account in accounts:
            called = self._called(account)
            lines += [
                f"{day} open {account_name(account)} {account.currency}",
                *([f'  member: "{called}"'] if called else []),
            ]
        return "\n".join([*lines, "", ""])

    def entry(self, entry: EntryView) -> str:
        lines = [
            f'{entry.effective_on} * "{_kind(entry)}"',
            f"  seq: {entry.seq}",
            f'  hash: "{entry.hash.hex()}"',
            f'  recorded: "{instant(entry.recorded_at)}"',
        ]
        for line in entry.lines:
            lines.append(f"  {account_name(self.accounts[line.account_no])}  {_amount(line)} {line.currency}")
        return "\n".join([*lines, "", ""])

    def tail(self, balances: Mapping[int, int], last: date | None) -> str:
        """Beancount asserts the beginning of a day; its usual tolerance of a unit is taken away."""
        if last is None:
            return ""
        day, lines = last + timedelta(days=1), []
        for no, minor in sorted(balances.items()):
            account = self.accounts[no]
            stated = decimal(minor, account.currency)
            lines.append(f"{day} balance {account_name(account)}  {stated} ~ 0 {account.currency}")
        return "\n".join([*lines, ""])


class Csv(_Named):
    """A row a line of an entry, RFC 4180; no cell begins as a formula does."""

    def head(self, accounts: Sequence[AccountView], first: date | None) -> str:  # noqa: ARG002
        self._keep(accounts)
        return _row(CSV_HEADS)

    def entry(self, entry: EntryView) -> str:
        common = (
            *(entry.seq, entry.entry_id, instant(entry.recorded_at), entry.effective_on, entry.kind),
            *("" if entry.reverses_seq is None else entry.reverses_seq, entry.actor, entry.hash.hex()),
        )
        return "".join(_row((*common, *self._line(line))) for line in entry.lines)

    def _line(self, line: EntryLine) -> tuple[object, ...]:
        account = self.accounts[line.account_no]
        called = self._called(account)
        return (
            *(line.line_no, account.code, account.class_, line.currency, _amount(line)),
            *(line.amount_minor, line.balance_after_minor),
            neutral(called),
        )

    def tail(self, balances: Mapping[int, int], last: date | None) -> str:  # noqa: ARG002
        return ""


def _amount(line: EntryLine) -> str:
    return decimal(line.amount_minor, line.currency)


def _kind(entry: EntryView) -> str:
    return entry.kind if entry.reverses_seq is None else f"{entry.kind} of {entry.reverses_seq}"


def _row(values: Sequence[object]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow(values)
    return out.getvalue()


FORMATS: Mapping[str, type[PlainJournal] | type[Beancount] | type[Csv]] = {
    "hledger": PlainJournal,
    "beancount": Beancount,
    "csv": Csv,
}
