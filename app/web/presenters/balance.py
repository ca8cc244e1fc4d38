"""Bank and books in words: the figures, what explains their difference, and what is in the way of a close."""

from dataclasses import dataclass, field

from app.domain.reconciliation.bank.balancing_views import AgreementView, ItemView
from app.domain.reconciliation.views import CloseView
from app.kit.i18n import t
from app.web.presenters.amounts import exact
from app.web.presenters.dates import day, moment
from app.web.presenters.matches import bank_line

ORDER = (
    "open",
    "accepted",
    "ignored",
    "booked",
    "before",
    "gap",
    "rest",
    "booked_early",
    "booked_late",
    "taken_back",
    "after",
)
FEW = 8
"""So many are shown at once; more open when asked for."""
MINUS = "\u2212"


@dataclass(frozen=True)
class ItemRow:
    """`href` leads to its proof; `seq` of an entry that a reason may explain, or 0 of what was there before."""

    what: str
    detail: str
    figure: str
    href: str = ""
    link: str = ""
    seq: str = ""
    reason: str = ""
    is_explained: bool = True


@dataclass(frozen=True)
class SumRow:
    """All differences of one kind; `more` says how many aren't listed."""

    what: str = ""
    title: str = ""
    note: str = ""
    figure: str = ""
    is_explained: bool = True
    listed: list[ItemRow] = field(default_factory=list)
    more: str = ""
    is_open: bool = False


@dataclass(frozen=True)
class AccountRow:
    """`ask` wants to know what the bank shows, where no statement says it."""

    account: str = ""
    title: str = ""
    currency: str = ""
    bank: str = ""
    bank_note: str = ""
    books: str = ""
    books_note: str = ""
    difference: str = ""
    unexplained: str = ""
    verdict: str = ""
    is_explained: bool = False
    ask: str = ""
    stated_label: str = ""
    sums: list[SumRow] = field(default_factory=list)
    may_open: bool = False


@dataclass(frozen=True)
class SumLine:
    """An account in one line, on the page of its lines."""

    title: str
    figures: str
    verdict: str
    is_explained: bool


@dataclass(frozen=True)
class ClosedRow:
    month: str
    by: str
    href: str
    entry: str


def signed(minor: int, currency: str) -> str:
    """`+ 500.00`, `− 500.00`, `0.00`."""
    sign = "+ " if minor > 0 else f"{MINUS} " if minor < 0 else ""
    return sign + exact(abs(minor), currency)


def account_row(view: AgreementView) -> AccountRow:
    bank_note = t(f"balance.source.{view.source}", day=day(view.bank_on)) if view.bank_on else t("balance.no_word")
    open_minor = sum(one.amount_minor for one in view.items if not one.is_explained)
    return AccountRow(
        account=view.account,
        title=t(f"account.{view.account}"),
        currency=view.currency,
        bank="–" if view.bank_minor is None else exact(view.bank_minor, view.currency),
        bank_note=bank_note,
        books=exact(view.books_minor, view.currency),
        books_note=t("balance.books_note", code=view.account),
        difference="–" if view.bank_minor is None else signed(view.difference_minor, view.currency),
        unexplained=signed(open_minor, view.currency),
        verdict=_verdict(view),
        is_explained=view.is_explained,
        ask=t("balance.ask", day=day(view.day)) if view.source == "count" or not view.is_said else "",
        stated_label=t("counts.stated", currency=view.currency),
        sums=[_sum(what, view) for what in ORDER if what in view.sums],
        may_open=view.may_open,
    )


def _verdict(view: AgreementView) -> str:
    if view.bank_on is None and not view.is_said:
        return t("balance.no_figure")
    if any(not one.is_explained for one in view.items):
        return t("balance.left")
    return t("balance.all_explained") if view.is_said else t("balance.explained_to", day=day(view.bank_on))


def sum_line(view: AgreementView) -> SumLine:
    """Explained as far as the bank has spoken: the month need not be over."""
    row = account_row(view)
    is_explained = view.bank_on is not None and all(one.is_explained for one in view.items)
    open_minor = sum(one.amount_minor for what, one in view.sums.items() if what in ("open", "accepted"))
    figures = t("balance.line_books", books=row.books)
    if view.bank_minor is not None:
        figures = t("balance.line", bank=row.bank, books=row.books, difference=row.difference)
    verdict = row.verdict
    if not is_explained and open_minor == view.difference_minor:
        verdict = t("balance.by_lines")
    return SumLine(row.title, figures, verdict, is_explained)


def _sum(what: str, view: AgreementView) -> SumRow:
    found, items = view.sums[what], [one for one in view.items if one.what == what]
    is_explained = all(one.is_explained for one in items)
    return SumRow(
        what=what,
        title=t(f"balance.what.{what}", count=found.count),
        note=t(f"balance.why.{what}"),
        figure=signed(found.amount_minor, view.currency),
        is_explained=is_explained,
        listed=[_item(one, view.currency) for one in items],
        more=t("balance.more", count=found.count - len(items)) if found.count > len(items) else "",
        is_open=not is_explained and found.count <= FEW,
    )


def _item(one: ItemView, currency: str) -> ItemRow:
    what, detail, href, link = "", day(one.on), "", ""
    if one.line is not None:
        line = bank_line(one.line)
        what, detail = line.who, ", ".join(filter(None, (line.day, line.code)))
        href, link = f"/matching?line={line.id}", t("balance.to_line")
    if one.seq and one.kind:
        what = what or t(f"entry.{one.kind}")
        href, link = f"/books?entry={one.seq}", t("matching.entry", seq=one.seq)
    if one.what in ("accepted", "ignored") and one.line is not None:
        href = f"/matching?tab={one.what}&line={one.line.id}"
    needs = one.what in ("booked", "before")
    return ItemRow(
        what=what or t(f"balance.item.{one.what}"),
        detail=detail,
        figure=signed(one.amount_minor, currency),
        href=href,
        link=link,
        seq=str(one.seq) if needs else "",
        reason=one.reason,
        is_explained=one.is_explained,
    )


def closed_row(view: CloseView) -> ClosedRow:
    return ClosedRow(
        month=day(view.through),
        by=t("balance.closed_by", name=view.by, moment=moment(view.recorded_at)),
        href=f"/books?entry={view.seq}" if view.seq else "",
        entry=t("matching.entry", seq=view.seq) if view.seq else "",
    )
