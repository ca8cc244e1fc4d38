"""A receipt on paper: A4, or one narrow page to share from a phone."""

from math import ceil
from typing import Literal

from app.domain.receipts.views import ReceiptFor
from app.domain.reports.ports import Attachment
from app.kit.i18n import t
from app.kit.ids import in_fours
from app.web.paper.drawing import qr_image, rosette_image, seal_image
from app.web.paper.rendering import Paper, day, in_words, iso, moment, place_of, render
from app.web.presenters.amounts import exact, with_code
from app.web.presenters.receipts import fingerprint_in_fours

Size = Literal["a4", "phone"]
ATTACHED = "receipt.jws"


def receipt_paper(found: ReceiptFor, size: Size, lang: str, public_url: str) -> Paper:
    """All that the receipt's page shows, the amount in words too; the token is attached."""
    view = found.receipt
    digits = view.hash.hex()
    code, figure = with_code(view.amount_minor, view.currency)
    is_bank = view.method == "bank"
    html = render(
        "receipt.html",
        lang=lang,
        kind=size,
        title=t("paper.receipt_title", lang, number=view.number, group=found.group_name),
        made_iso=iso(view.issued_at),
        never_holds=t("paper.never_holds", lang),
        height_mm=_height_mm(found),
        group=found.group_name,
        number=view.number,
        reversed_on=moment(view.reversed_at, found.timezone, lang) if view.reversed_at else "",
        code=code,
        figure=figure,
        words=in_words(view.amount_minor, view.currency, lang),
        payer=found.member_name,
        member_no=found.member_no,
        paid=t("paper.paid_value", lang, day=day(view.paid_on, lang), method=t(f"method.{view.method}", lang)),
        provider_label=t("paper.bank_reference" if is_bank else "paper.provider_code", lang),
        provider_code=view.provider_code or "",
        reference=in_fours(view.reference),
        issued=moment(view.issued_at, found.timezone, lang),
        parts=[(line.title, exact(line.amount_minor, view.currency)) for line in view.lines],
        seal=seal_image(digits, is_bad=view.state == "reversed"),
        seal_digits=digits[:12],
        rosette=rosette_image(digits),
        qr=qr_image(f"{public_url}/c/{view.check_code}"),
        check_url=f"{public_url}/c/{view.check_code}",
        check_code=in_fours(view.check_code),
        place=place_of(public_url, "/c"),
        seq=f"{view.seq:,}",
        fingerprint=fingerprint_in_fours(digits),
    )
    token = Attachment(ATTACHED, view.token.encode(), t("paper.receipt_title", lang, number=view.number, group=""))
    return Paper(view.number, html, (token,))


def _height_mm(found: ReceiptFor) -> int:
    """Room on the narrow page for what varies: long titles take several lines, and there may be several."""
    lines = sum(ceil(len(line.title) / 32) for line in found.receipt.lines)
    return 151 + 6 * lines + 4 * ceil(len(found.member_name + found.member_no) / 36)
