"""Bank files in words: how far each is, what was found, and its columns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from app.domain.groups.views import GroupView
from app.domain.ledger.recipes import MONEY_BY_METHOD
from app.domain.reconciliation.bank.views import BankFileView, BankStatementView, SheetView
from app.kit.i18n import t
from app.web.presenters.amounts import exact
from app.web.presenters.dates import day, moment

ROLES = (
    "date",
    "value_date",
    "description",
    "reference",
    "bank_id",
    "credit",
    "debit",
    "amount",
    "flag",
    "balance",
    "counterparty",
)
REFUSED: dict[str, tuple[str, ...]] = {
    "file_missing": (),
    "file_unread": (),
    "bank_empty": (),
    "bank_too_large": ("megabytes",),
}
"""Why the upload may send somebody back, with the numbers of the sentence."""
STEPS = {"": 0, "unmapped": 1, "queued": 2, "failed": 2, "read": 2, "withdrawn": 0}
TONES = {"queued": "", "unmapped": "warn", "failed": "bad", "read": "ok", "withdrawn": ""}
SAMPLES = 2


@dataclass(frozen=True)
class FileRow:
    """`step` counts the steps from 0; `share` is how much of it is read, in percent."""

    id: str = ""
    href: str = ""
    name: str = ""
    account: str = ""
    at: str = ""
    state: str = ""
    state_words: str = ""
    tone: str = ""
    detail: str = ""
    step: int = 0
    share: str = ""
    added: str = ""
    known: str = ""
    fault: str = ""


@dataclass(frozen=True)
class StatementRow:
    held_at: str
    period: str
    opening: str
    closing: str
    currency: str
    chain: str
    is_balanced: bool
    left_out: str = ""
    """Rows of the file that are no lines, in words."""


@dataclass(frozen=True)
class ColumnRow:
    """A column of a file whose header isn't understood; `role` is what it likely is."""

    name: str
    header: str
    samples: str
    role: str


@dataclass(frozen=True)
class HeaderRow:
    """A line of the file that may be its header."""

    line: str
    label: str


def file_row(view: BankFileView) -> FileRow:
    share = f"{view.done * 100 // view.lines if view.lines else 0}%"
    if view.state == "read":
        detail = t("bank.lines", added=view.added, known=view.known)
    elif view.state == "queued":
        detail = t("bank.reading", done=view.done, lines=view.lines) if view.lines else t("bank.waits")
    else:
        detail = ""
    return FileRow(
        id=str(view.id),
        href=f"/bank?file={view.id}",
        name=view.file_name,
        account=t(f"account.{view.account}"),
        at=moment(view.created_at),
        state=view.state,
        state_words=t(f"bank.state.{view.state}"),
        tone=TONES[view.state],
        detail=detail,
        step=STEPS[view.state],
        share=share,
        added=f"{view.added:,}",
        known=f"{view.known:,}",
        fault=_fault(view) if view.why and view.state == "failed" else "",
    )


def _fault(view: BankFileView) -> str:
    words = dict(view.params)
    if view.why == "bank_chain_broken" and "entry" not in words:  # kept by an earlier version
        return t("invalid.bank_chain_before", **words)
    if "on" in words:
        words["on"] = day(date.fromisoformat(str(words["on"])))
    return t(f"invalid.{view.why}", **words)


def statement_row(view: BankStatementView) -> StatementRow:
    def balance(minor: int | None) -> str:
        return t("bank.not_stated") if minor is None else exact(minor, view.currency)

    days = [day(on) for on in (view.opening_on, view.closing_on) if on]
    return StatementRow(
        held_at=view.held_at or t(f"account.{view.account}"),
        period=" – ".join(dict.fromkeys(days)),
        opening=balance(view.opening_minor),
        closing=balance(view.closing_minor),
        currency=view.currency,
        chain=t(f"bank.chain.{view.chain}"),
        is_balanced=view.chain == "ok",
        left_out=t("bank.left_out", count=view.left_out) if view.left_out else "",
    )


def other_account(view: BankFileView) -> str:
    """A warning where a file has the form of another account's; empty otherwise."""
    is_mobile = (view.format or "").startswith("mpesa")
    return t("bank.other_account") if is_mobile and view.account != MONEY_BY_METHOD["mpesa"] else ""


def other_number(found: Sequence[BankStatementView], group: GroupView) -> str:
    """A warning where a statement of mobile money is of another number than the group's; empty otherwise."""
    if group.way != "mpesa" or not group.pay_to:
        return ""
    for one in found:
        is_ours = one.account != MONEY_BY_METHOD["mpesa"] or not one.held_at.isdecimal() or one.held_at == group.pay_to
        if not is_ours:
            return t("bank.other_number", number=one.held_at, own=group.pay_to)
    return ""


def header_rows(view: SheetView) -> list[HeaderRow]:
    rows = [
        HeaderRow(str(line), t("bank.header_line", line=line, words=" · ".join(cell for cell in cells if cell)[:60]))
        for line, cells in view.rows
    ]
    return [*rows, HeaderRow("0", t("bank.no_header"))]


def column_rows(view: SheetView, line: int, roles: Mapping[str, int]) -> list[ColumnRow]:
    """With the header in `line` (0: none)."""
    header = next((cells for at, cells in view.rows if at == line), ())
    below = [cells for at, cells in view.rows if at > line]
    role_at = {column: role for role, column in roles.items()}
    width = max((len(cells) for _, cells in view.rows), default=0)
    rows = []
    for column in range(width):
        values = [cells[column].strip() for cells in below if column < len(cells) and cells[column].strip()]
        written = header[column].strip() if column < len(header) else ""
        if not written and not values:
            continue
        rows.append(
            ColumnRow(
                name=f"column-{column}",
                header=written or t("bank.column", n=column + 1),
                samples=" · ".join(value[:40] for value in values[:SAMPLES]),
                role=role_at.get(column, ""),
            )
        )
    return rows


def refusal(query: Mapping[str, str]) -> str:
    """The sentence of an upload that was refused; empty for a query that is none of ours."""
    why = query.get("refused", "")
    numbers = {name: query.get(name, "") for name in REFUSED.get(why, ())}
    if why not in REFUSED or not all(
        text.isascii() and text.isdecimal() and len(text) < 10 for text in numbers.values()
    ):
        return ""
    return t(f"invalid.{why}", **{name: int(text) for name, text in numbers.items()})
