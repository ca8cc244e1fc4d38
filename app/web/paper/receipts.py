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
from app.web.presenters.receipts import fingerprint_in_fours, line_title

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
        height_mm=_height_mm(found, lang),
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
        parts=[(line_title(line, lang), exact(line.amount_minor, view.currency)) for line in view.lines],
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


def _height_mm(found: ReceiptFor, lang: str) -> int:
    """Of the narrow page: its fixed parts, and room for as many lines as the texts of this receipt take there."""
    view = found.receipt
    payer = f"{found.member_name}, {t('paper.member_no', lang, number=found.member_no)}"
    labels = [t(f"paper.{name}", lang) for name in ("received_from", "paid", "provider_code", "reference", "issued")]
    rows = [max(_lines(labels[0], 15), _lines(payer, 32)), *(_lines(label, 15) for label in labels[1:])]
    rows += [_lines(line_title(line, lang), 28) for line in view.lines]
    proof = [t("paper.same_seal", lang), t("paper.entry", lang, seq=view.seq), t("paper.attached", lang, name=ATTACHED)]
    return 88 + 4 * sum(rows) + 2 * len(rows) + max(32, 12 + 4 * (1 + sum(_lines(text, 34) for text in proof)))


def _lines(text: str, width: int) -> int:
    return ceil(len(text) / width)
