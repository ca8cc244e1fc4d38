"""A loan on paper: agreement, schedule and statement are one document with other parts; its invoice is as the dues'."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.domain.loans.terms import InterestType
from app.domain.loans.views import InstalmentView, LoanView
from app.domain.reports.loan_papers import LoanPaper, LoanPayment
from app.kit.i18n import t
from app.kit.ids import in_fours
from app.web.paper.drawing import seal_image
from app.web.paper.rendering import Paper, currency_name, day, in_words, iso, moment, render
from app.web.presenters.amounts import amount, exact
from app.web.presenters.loans import as_asked, number, penalty_words, percent, rate_words

Facts = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Signed:
    """Somebody's word on the loan, with its moment."""

    name: str
    office: str
    word: str
    at: str


def loan_paper(found: LoanPaper, lang: str) -> Paper:
    """A4, any number of pages. The schedule stands in the agreement too."""
    if found.kind == "invoice":
        return _invoice(found, lang)
    loan, kind = found.loan, found.kind
    is_statement = kind == "statement"
    name = t(f"paper.loan.{kind}", lang)
    in_figures = loan.unpaid_minor if is_statement else loan.amount_minor
    rows = loan.agreed if kind == "agreement" else as_asked(loan)
    boxes = _paid_boxes(found, lang) if is_statement else _boxes(found, rows, lang)
    html = render(
        "loan.html",
        lang=lang,
        kind=kind,
        title=f"{name} {found.number}, {found.group_name}",
        made_iso=iso(found.made_at),
        made=t("paper.made", lang, moment=_moment(found, found.made_at, lang)),
        group=found.group_name,
        name=name,
        about=f"{loan.rules.name}, {number(loan.no)}",
        all_amounts=_all_amounts(loan, lang),
        who=t("paper.who", lang, name=loan.member_name, number=found.member_no),
        member_name=loan.member_name,
        member_no=t("paper.member_no_alone", lang, number=found.member_no),
        boxes=boxes,
        small_values=max(len(value) for _, value in boxes) < 15,
        words=in_words(in_figures, loan.currency, lang) if in_figures else [],
        facts=_facts(found, lang) if kind == "agreement" else [],
        plan=[] if is_statement else _plan(loan, rows, lang),
        has_paid=kind == "schedule" and loan.disbursed_on is not None,
        planned="" if loan.disbursed_on else t("paper.loan_planned", lang),
        payments=_payments(found, lang) if is_statement else None,
        totals=_paid_totals(found) if is_statement else _totals(rows, loan.currency),
        changes=_changes(loan, lang),
        signed=_signed(found, lang) if kind == "agreement" else [],
        never_holds=t("paper.never_holds", lang),
        **_proof(found, lang),
    )
    return Paper(f"{found.number}-{kind}", html, ())


def _moment(found: LoanPaper, at: datetime, lang: str) -> str:
    return moment(at, found.timezone, lang)


def _all_amounts(loan: LoanView, lang: str) -> str:
    return t(
        "report.all_amounts", lang, currency_name=currency_name(loan.currency, lang), currency=loan.currency
    )  # fmt: skip


def _boxes(found: LoanPaper, rows: Sequence[InstalmentView], lang: str) -> Facts:
    """What is lent, the first instalment, all that it costs, all that is paid back. A fee is within the signed cost.

    Of a closed loan's schedule: what it came to cost, and what was paid.
    """
    loan, money = found.loan, found.loan.currency
    first = rows[0]
    repaid = sum(row.principal_minor + row.interest_minor for row in rows)
    interest = sum(row.interest_minor for row in rows)
    signed = sum(row.interest_minor for row in loan.agreed)
    fee = found.cost.cost_minor - signed if found.cost else 0
    in_all = (t("paper.loan_in_all", lang), amount(repaid, money))
    if loan.state == "closed" and found.kind == "schedule":
        in_all = (t("paper.loan_was_paid", lang), amount(sum(row.paid_minor for row in rows), money))
    return [
        (t("paper.loan_lent", lang), amount(loan.amount_minor, money)),
        (t("paper.loan_first", lang), amount(_planned(first), money)),
        (t("paper.loan_costs", lang), amount(interest + fee, money)),
        in_all,
    ]


def _paid_boxes(found: LoanPaper, lang: str) -> Facts:
    loan, money = found.loan, found.loan.currency
    paid = sum(one.amount_minor - one.kept_minor for one in found.payments if not one.is_reversed)
    lent_on = day(loan.disbursed_on or loan.today, lang)
    return [
        (t("paper.loan_lent_on", lang, day=lent_on), amount(loan.lent_minor, money)),
        (t("paper.loan_paid", lang), amount(paid, money)),
        *_left(loan, lang),
    ]


def _left(loan: LoanView, lang: str) -> Facts:
    """What settles it and is left; of one that was written off, what is lost and may come back."""
    money = loan.currency
    if loan.state == "written_off":
        lost = sum(row.waived_minor for row in loan.instalments)
        return [
            (t("paper.loan_lost", lang, day=day(loan.closed_on or loan.today, lang)), amount(lost, money)),
            (t("paper.loan_recoverable", lang), amount(loan.recoverable_minor, money)),
        ]
    return [
        (t("paper.loan_settles", lang, day=day(loan.today, lang)), amount(loan.payoff_minor, money)),
        (t("loan.left", lang), amount(loan.unpaid_minor, money)),
    ]


def _changes(loan: LoanView, lang: str) -> list[dict[str, str]]:
    """What happened to the loan since it was signed, oldest first."""
    return [
        {
            "day": day(one.on, lang),
            "what": t(
                f"loan.history.{one.kind}",
                lang,
                no=one.other_no,
                count=one.repayments,
                first=day(one.first_on, lang) if one.first_on else "",
            ),
        }
        for one in loan.changes
    ]


def _planned(row: InstalmentView) -> int:
    return row.principal_minor + row.interest_minor


def _facts(found: LoanPaper, lang: str) -> Facts:
    """The terms in words; what doesn't apply is left out."""
    loan, rules = found.loan, found.loan.rules
    is_flat = rules.interest_type is InterestType.FLAT
    order = ", ".join(t(f"loan.share.{_PURPOSES[part.value]}", lang).lower() for part in rules.strategy.due)
    rows = [
        ("paper.for", loan.purpose),
        ("paper.loan_out", _paid_out(loan, lang)),
        ("paper.loan_interest",
         t("paper.loan_flat" if is_flat else "paper.loan_declining", lang, rate=rate_words(rules.rate_ppm))),
        ("paper.loan_fee", _fee(found, lang)),
        ("paper.loan_cost", _cost(found, lang)),
        ("paper.loan_back", t("paper.loan_last", lang, count=len(loan.agreed),
                              day=day(loan.agreed[-1].due_on, lang))),
        ("paper.loan_reference", in_fours(loan.reference)),
        ("paper.loan_order", order[:1].upper() + order[1:]),
        ("paper.loan_early", t(f"paper.loan_early.{rules.payoff.value}", lang)),
        ("paper.loan_late", penalty_words(rules, loan.currency, lang)),
        ("paper.loan_default", t("paper.loan_default_after", lang, count=rules.default_after_days)),
        ("loan.conditions", loan.conditions),
    ]  # fmt: skip
    return [(t(key, lang), value) for key, value in rows if value]


_PURPOSES = {"penalty": "loan_penalty", "fee": "loan_fee", "interest": "loan_interest", "principal": "loan"}


def _paid_out(loan: LoanView, lang: str) -> str:
    if loan.disbursed_on:
        how = t(f"method.{loan.method}", lang) if loan.method else ""
        return ", ".join(filter(None, (day(loan.disbursed_on, lang), how)))
    return t("loan.offer", lang, day=day(loan.expires_on, lang)) if loan.expires_on else ""


def _fee(found: LoanPaper, lang: str) -> str:
    """What the loan costs besides its interest."""
    loan = found.loan
    interest = sum(row.interest_minor for row in loan.agreed)
    fee = found.cost.cost_minor - interest if found.cost else loan.fee_minor
    if not loan.rules.fee_ppm or fee <= 0:
        return ""
    key = "paper.loan_fee_added" if loan.rules.is_fee_added else "paper.loan_fee_kept"
    return t(key, lang, fee=amount(fee, loan.currency))


def _cost(found: LoanPaper, lang: str) -> str:
    if found.cost is None:
        return ""
    monthly, yearly = percent(found.cost.monthly), percent(found.cost.effective_annual)
    return t("paper.loan_rates", lang, monthly=monthly, yearly=yearly)


def _plan(loan: LoanView, planned: Sequence[InstalmentView], lang: str) -> list[dict[str, str]]:
    """Every instalment, with what is lent still after it."""
    money, left, rows = loan.currency, sum(row.principal_minor for row in planned), []
    for row in planned:
        left -= row.principal_minor
        late = t("loan.penalty", lang, amount=amount(row.penalties_minor, money)) if row.penalties_minor else ""
        rows.append(
            {
                "n": f"{row.n}",
                "due": day(row.due_on, lang),
                "principal": exact(row.principal_minor, money),
                "interest": exact(row.interest_minor, money),
                "total": exact(_planned(row), money),
                "left": exact(left, money),
                "paid": exact(row.paid_minor, money) if row.paid_minor else "",
                "late": late,
            }
        )
    return rows


def _totals(rows: Sequence[InstalmentView], money: str) -> dict[str, str]:
    """Of a plan."""
    principal, interest = (sum(getattr(row, name) for row in rows) for name in ("principal_minor", "interest_minor"))
    paid = sum(row.paid_minor for row in rows)
    sums = {"principal": principal, "interest": interest, "total": principal + interest, "paid": paid}
    return {name: exact(minor, money) for name, minor in sums.items()}


def _paid_totals(found: LoanPaper) -> dict[str, str]:
    """Of what was paid and counts."""
    loan, money = found.loan, found.loan.currency
    counted = [one for one in found.payments if not one.is_reversed]
    sums = {
        "principal": sum(one.principal_minor for one in counted),
        "interest": sum(one.interest_minor for one in counted),
        "other": sum(one.fees_minor + one.penalties_minor for one in counted),
        "paid": sum(one.amount_minor - one.kept_minor for one in counted),
        "left": loan.lent_minor - sum(one.principal_minor for one in counted),
    }
    return {name: exact(minor, money) for name, minor in sums.items()}


def _payments(found: LoanPaper, lang: str) -> list[dict[str, Any]]:
    """From the money out on, with the principal that is owed after each."""
    loan, money = found.loan, found.loan.currency
    left = loan.lent_minor
    rows: list[dict[str, Any]] = []
    for one in found.payments:
        left -= 0 if one.is_reversed else one.principal_minor
        rows.append(
            {
                "day": day(one.paid_on, lang),
                "how": " ".join(filter(None, (t(f"method.{one.method}", lang), one.provider_code))),
                "note": _note(one, money, lang),
                "receipt": one.receipt_number,
                "paid": exact(one.amount_minor - one.kept_minor, money),
                "principal": exact(one.principal_minor, money) if one.principal_minor else "",
                "interest": exact(one.interest_minor, money) if one.interest_minor else "",
                "other": exact(one.fees_minor + one.penalties_minor, money)
                if one.fees_minor + one.penalties_minor
                else "",
                "left": exact(left, money),
                "is_void": one.is_reversed,
            }
        )
    out = {"day": day(loan.disbursed_on or loan.today, lang), "left": exact(loan.lent_minor, money)}
    return [out, *rows]


def _note(one: LoanPayment, money: str, lang: str) -> str:
    if one.is_reversed:
        return t("paper.loan_reversed", lang)
    return t("paper.loan_kept", lang, amount=amount(one.kept_minor, money)) if one.kept_minor else ""


def _signed(found: LoanPaper, lang: str) -> list[Signed]:
    """The borrower, who stands for it, and who approved it, in the order of their words."""
    loan, money = found.loan, found.loan.currency
    asked = t("paper.loan_asked", lang, amount=amount(loan.amount_minor, money))
    words = [(loan.sent_at, loan.member_name, t("paper.loan_borrower", lang), asked)]
    for one in loan.guarantors:
        if one.state == "agreed":
            pledge = t("loan.stands", lang, pledge=amount(one.pledge_minor, money))
            words.append((one.answered_at, one.name, t("paper.loan_guarantor", lang), pledge))
    for one in found.decision.signatures if found.decision else ():
        word = t(f"signing.choice.{one.choice}", lang) if one.choice else ""
        said = word + (f": {one.reason}" if one.reason else "")
        words.append((one.at, one.name, t(f"role.{one.office}", lang) if one.office else "", said))
    given = sorted(((at, *rest) for at, *rest in words if at is not None), key=lambda each: each[0])
    return [Signed(name, office, word, _moment(found, at, lang)) for at, name, office, word in given]


def _proof(found: LoanPaper, lang: str) -> dict[str, str]:
    """The entry of the money out."""
    if found.entry is None:
        return {"entry": "", "fingerprint": "", "seal": "", "seal_digits": ""}
    seq, digits = found.entry.seq, found.entry.hash.hex()
    return {
        "entry": t("paper.voucher_entry", lang, seq=f"{seq:,}", day=day(found.entry.effective_on, lang)),
        "fingerprint": " ".join(digits[start : start + 4] for start in range(0, len(digits), 4)),
        "seal": seal_image(digits),
        "seal_digits": digits[:12],
    }


def _invoice(found: LoanPaper, lang: str) -> Paper:
    """All that is overdue, or else the next instalment."""
    loan, money = found.loan, found.loan.currency
    until = loan.today if loan.overdue_minor else loan.next_on or loan.today
    due = [row for row in loan.instalments if row.due_on <= until and row.unpaid_minor]
    html = render(
        "invoice.html",
        lang=lang,
        kind="invoice",
        title=f"{t('paper.invoice', lang)} {found.number}, {found.group_name}",
        made_iso=iso(found.made_at),
        group=found.group_name,
        made=t("paper.made", lang, moment=_moment(found, found.made_at, lang)),
        until=f"{loan.rules.name}, {number(loan.no)}",
        place=t(f"pay.{found.way}.place", lang),
        reference=t(f"pay.{found.way}.account", lang),
        pay_to=found.pay_to,
        invoices=[
            {
                "name": loan.member_name,
                "member_no": t("paper.member_no_alone", lang, number=found.member_no),
                "total": amount(sum(row.unpaid_minor for row in due), money),
                "words": in_words(sum(row.unpaid_minor for row in due), money, lang),
                "lines": [_invoiced(row, loan, lang) for row in due],
            }
        ],
        currency=money,
        never_holds=t("paper.never_holds", lang),
    )
    return Paper(f"{found.number}-invoice", html, ())


def _invoiced(row: InstalmentView, loan: LoanView, lang: str) -> dict[str, str]:
    """An instalment, and what it is made of."""
    parts = [
        (t("loan.share.loan", lang), row.principal_minor),
        (t("loan.share.loan_interest", lang), row.interest_minor),
        (t("loan.share.loan_penalty", lang), row.penalties_minor),
        (t("paper.loan_paid", lang), -row.paid_minor),
    ]
    made_of = ", ".join(f"{label.lower()} {exact(minor, loan.currency)}" for label, minor in parts if minor)
    days_late = (loan.today - row.due_on).days
    return {
        "title": f"{t('paper.loan_instalment', lang, n=row.n, count=len(loan.instalments))}: {made_of}",
        "due_on": day(row.due_on, lang),
        "late": t("date.days_late", lang, count=days_late) if days_late > 0 else "",
        "reference": in_fours(loan.reference),
        "figure": exact(row.unpaid_minor, loan.currency),
    }
