"""A voucher on paper: one page for a file, with room for the signatures of pens."""

from app.domain.reports.vouchers import Voucher
from app.kit.i18n import t
from app.web.paper.drawing import seal_image
from app.web.paper.rendering import Paper, day, in_words, iso, moment, render
from app.web.presenters.amounts import amount
from app.web.presenters.decisions import title_of


def voucher_paper(found: Voucher, lang: str) -> Paper:
    said, entry = found.decision, found.entry
    digits, currency = entry.hash.hex(), said.currency
    back = entry.reversed_by_seq
    html = render(
        "voucher.html",
        lang=lang,
        kind="voucher",
        title=t("paper.voucher_title", lang, number=found.number, group=found.group_name),
        made_iso=iso(found.made_at),
        made=t("paper.made", lang, moment=moment(found.made_at, found.timezone, lang)),
        group=found.group_name,
        number=found.number,
        kind_word=t(f"decision.kind.{said.kind}", lang),
        what=title_of(said, lang),
        amount=amount(said.amount_minor, currency),
        words=in_words(said.amount_minor, currency, lang),
        reversed_by=t("paper.reversed_later", lang, seq=f"{back:,}") if back else "",
        facts=_facts(found, lang),
        signatures=[
            {
                "name": one.name,
                "office": t(f"role.{one.office}", lang),
                "word": t(f"signing.choice.{one.choice}", lang) + (f": {one.reason}" if one.reason else ""),
                "at": moment(one.at, found.timezone, lang),
            }
            for one in said.signatures
            if one.at is not None
        ],
        entry=t("paper.voucher_entry", lang, seq=f"{entry.seq:,}", day=day(entry.effective_on, lang)),
        fingerprint=" ".join(digits[start : start + 4] for start in range(0, len(digits), 4)),
        seal=seal_image(digits, is_bad=back is not None),
        seal_digits=digits[:12],
        never_holds=t("paper.never_holds", lang),
    )
    return Paper(found.number, html, ())


def _facts(found: Voucher, lang: str) -> list[tuple[str, str]]:
    said = found.decision
    method = said.terms.get("method", "")
    how = " ".join(filter(None, (t(f"method.{method}", lang) if method else "", said.provider_code or "")))
    ended = moment(said.ended_at, found.timezone, lang) if said.ended_at else ""
    rows = [
        ("paper.voucher_to", said.member_name),
        ("paper.voucher_asked", f"{said.proposed_by}, {moment(said.proposed_at, found.timezone, lang)}"),
        ("paper.voucher_carried", ended),
        ("paper.voucher_how", how),
        ("paper.voucher_note", said.note),
    ]
    return [(t(key, lang), value) for key, value in rows if value]
