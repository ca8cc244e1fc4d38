"""Receipts as rows and as the full document on screen."""

from dataclasses import dataclass

from app.domain.receipts.views import ReceiptFor, ReceiptLine, ReceiptView
from app.kit.i18n import t
from app.kit.ids import in_fours
from app.web.presenters.amounts import exact, with_code
from app.web.presenters.dates import day, day_of, moment
from app.web.presenters.seal import seal_path


@dataclass(frozen=True)
class ReceiptLineRow:
    """A receipt in a list."""

    id: str
    number: str
    title: str
    figure: str
    detail: str
    is_reversed: bool
    state_word: str


PARTS = ("loan", "loan_interest", "loan_fee", "loan_penalty", "credit")
"""Purposes that share their title with others of one payment: the word for each tells them apart."""


def line_title(line: ReceiptLine, lang: str = "") -> str:
    """What a part of a receipt was for; of a loan's payment, principal apart from interest."""
    if line.purpose == "credit":
        return t("loan.share.credit", lang)
    return f"{line.title}: {t(f'loan.share.{line.purpose}', lang)}" if line.purpose in PARTS else line.title


def receipt_line(view: ReceiptView) -> ReceiptLineRow:
    is_reversed = view.state == "reversed"
    return ReceiptLineRow(
        id=str(view.id),
        number=view.number,
        title=", ".join(dict.fromkeys(line.title for line in view.lines)),
        figure=exact(view.amount_minor, view.currency),
        detail=_detail(view),
        is_reversed=is_reversed,
        state_word=t("receipt.reversed") if is_reversed else t("receipt.paid"),
    )


def _detail(view: ReceiptView) -> str:
    paid = f"{day(view.paid_on)}, {t('method.' + view.method)}"
    if view.reversed_at is None:
        return paid
    return t("receipt.paid_reversed", paid=paid, day=day_of(view.reversed_at))


@dataclass(frozen=True)
class GroupReceiptRow:
    """A receipt in the group's list: whose it is, and by which code it can be found."""

    line: ReceiptLineRow
    id: str
    name: str
    member_no: str
    code: str


def group_receipt_row(found: ReceiptFor) -> GroupReceiptRow:
    return GroupReceiptRow(
        line=receipt_line(found.receipt),
        id=str(found.receipt.id),
        name=found.member_name or t("receipt.member_gone"),
        member_no=found.member_no,
        code=found.receipt.provider_code or "",
    )


@dataclass(frozen=True)
class PartRow:
    title: str
    figure: str


@dataclass(frozen=True)
class ReceiptSheet:
    """All that a receipt's page shows."""

    id: str = ""
    payment_id: str = ""
    number: str = ""
    amount: str = ""
    code: str = ""
    figure: str = ""
    payer: str = ""
    member_no: str = ""
    group_name: str = ""
    paid_on: str = ""
    issued: str = ""
    method: str = ""
    provider_code: str = ""
    reference: str = ""
    seq: str = ""
    fingerprint: str = ""
    seal: str = ""
    check_code: str = ""
    check_url: str = ""
    check_place: str = ""
    is_reversed: bool = False
    reversed_note: str = ""
    reversed_reason: str = ""
    reversed_by: str = ""


def fingerprint_in_fours(hex_text: str) -> str:
    """The first 16 hex digits, in fours."""
    return " ".join(hex_text[i : i + 4].upper() for i in range(0, 16, 4))


def receipt_sheet(view: ReceiptView, *, payer: str, member_no: str, group_name: str, public_url: str) -> ReceiptSheet:
    hex_text = view.hash.hex()
    code, figure = with_code(view.amount_minor, view.currency)
    return ReceiptSheet(
        id=str(view.id),
        payment_id=str(view.payment_id),
        number=view.number,
        amount=f"{code}\u00a0{figure}",
        code=code,
        figure=figure,
        payer=payer,
        member_no=t("receipt.member_no", number=member_no),
        group_name=group_name,
        paid_on=day(view.paid_on),
        issued=moment(view.issued_at),
        method=t(f"method.{view.method}"),
        provider_code=view.provider_code or "",
        reference=in_fours(view.reference),
        seq=f"{view.seq:,}",
        fingerprint=fingerprint_in_fours(hex_text),
        seal=seal_path(hex_text[:12]),
        check_code=in_fours(view.check_code),
        check_url=f"{public_url}/c/{view.check_code}",
        check_place=t("receipt.at", place=public_url.rsplit("://", maxsplit=1)[-1] + "/c"),
        is_reversed=view.state == "reversed",
        reversed_note=t("receipt.reversed_on", moment=moment(view.reversed_at)) if view.reversed_at else "",
        reversed_reason=view.reversal.reason if view.reversal else "",
        reversed_by=view.reversal.by if view.reversal else "",
    )


def receipt_parts(view: ReceiptView) -> list[PartRow]:
    return [PartRow(title=line_title(line), figure=exact(line.amount_minor, view.currency)) for line in view.lines]
