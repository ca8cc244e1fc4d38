"""The public check's answer as its page shows it: a sentence first, then what to compare."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from app.domain.receipts.views import CheckResult, PublicReceipt
from app.kit.i18n import t
from app.kit.ids import in_fours
from app.web.presenters.amounts import with_code
from app.web.presenters.dates import ZONE, day
from app.web.presenters.seal import seal_path

SIGNED = ("signature", "record")
"""Why a receipt is invalid though its code may be right: nothing to type again."""


@dataclass(frozen=True)
class Fact:
    """A line of the receipt. `parts` are shown with gaps that are not copied."""

    label: str
    parts: tuple[str, ...]
    is_mono: bool = False


@dataclass(frozen=True)
class CheckSheet:
    """`tone` is ok, bad or warn; `asks_again` shows the form with `given` in it, and `problem` at the field.

    `is_number`: what was typed is a receipt's number, which is no mistake to explain. `not_proof` and `another`
    are keys of messages, `compare` the ends of such keys.
    """

    tone: str
    title: str
    note: str
    checked: str
    given: str = ""
    asks_again: bool = False
    problem: str = ""
    is_unknown: bool = False
    is_number: bool = False
    is_reversed: bool = False
    amount_code: str = ""
    amount: str = ""
    facts: tuple[Fact, ...] = ()
    seal: str = ""
    seal_digits: str = ""
    json_url: str = ""
    amount_label: str = ""
    compare: tuple[str, ...] = ("amount", "date", "seal")
    not_proof: str = "check.not_proof_note"
    another: str = "check.another"


def check_sheet(result: CheckResult, now: datetime) -> CheckSheet:
    if result.receipt is not None:
        return _known(result.receipt, now)
    checked = checked_at(now, ZONE)
    if result.state == "unknown":
        note = t("check.unknown_note") if result.given else t("check.unknown_token")
        return CheckSheet(
            tone="warn",
            title=t("check.unknown"),
            note=note,
            checked=checked,
            given=in_fours(result.given),
            asks_again=bool(result.given),
            is_unknown=True,
        )
    if result.why == "number":
        note = t("check.number_note", number=result.given)
        return CheckSheet("warn", t("check.number"), note, checked, asks_again=True, is_number=True)
    if result.why in SIGNED:
        return CheckSheet("bad", t(f"check.{result.why}"), t(f"check.{result.why}_note"), checked)
    return CheckSheet(
        tone="warn",
        title=t("check.wrong_code"),
        note=t("check.wrong_code_note"),
        checked=checked,
        given=in_fours(result.given),
        asks_again=True,
        problem=_problem(result),
    )


def _known(receipt: PublicReceipt, now: datetime) -> CheckSheet:
    is_reversed = receipt.reversed_at is not None
    code, figure = with_code(receipt.amount_minor, receipt.currency)
    state = "reversed" if is_reversed else "valid"
    return CheckSheet(
        tone="bad" if is_reversed else "ok",
        title=t(f"check.{state}"),
        note=t(f"check.{state}_note", day=_local_day(receipt.reversed_at, receipt.timezone)),
        checked=checked_at(now, ZoneInfo(receipt.timezone)),
        is_reversed=is_reversed,
        amount_label=t("check.amount"),
        amount_code=code,
        amount=figure,
        facts=tuple(_facts(receipt)),
        seal=seal_path(receipt.hash),
        seal_digits=receipt.hash[:12],
        json_url=f"/c/{receipt.check_code}.json",
    )


def _facts(receipt: PublicReceipt) -> list[Fact]:
    facts = [Fact(t("check.paid_on"), (day(receipt.paid_on),))]
    if receipt.reversed_at is not None:
        facts.append(Fact(t("check.reversed_on"), (_local_day(receipt.reversed_at, receipt.timezone),)))
    facts.append(Fact(t("check.receipt"), (receipt.number,), is_mono=True))
    facts.append(Fact(t("check.group"), (receipt.group_name,)))
    facts.append(Fact(t("check.member"), (member_shown(receipt.member_initials, receipt.member_no),)))
    if receipt.provider_code:
        facts.append(Fact(t(f"check.code_{receipt.method}"), (receipt.provider_code,), is_mono=True))
    else:
        facts.append(Fact(t("check.method"), (t(f"method.{receipt.method}"),)))
    facts.append(fingerprint_fact(receipt.hash))
    return facts


def fingerprint_fact(digits: str) -> Fact:
    """Of 64 hex digits the first 16, in fours."""
    return Fact(t("check.fingerprint"), tuple(digits[i : i + 4].upper() for i in range(0, 16, 4)), is_mono=True)


def member_shown(initials: str | None, number: str | None) -> str:
    """Without initials the member was erased."""
    if initials is None:
        return t("check.member_erased")
    return t("check.member_value", initials=initials, number=number or "")


def _problem(result: CheckResult) -> str:
    if result.why == "length":
        return t("check.why_length", count=len(result.given))
    if result.why == "symbol":
        return t("check.why_symbol", symbols=", ".join(result.wrong_symbols))
    suggestion = t("check.suggestion", code=in_fours(result.suggestion)) if result.suggestion else ""
    return f"{t('check.why_typing')} {suggestion}".strip()


def checked_at(now: datetime, zone: ZoneInfo) -> str:
    """With the zone's short name: strangers read it too."""
    local = now.astimezone(zone)
    return t("check.checked", day=day(local.date()), time=f"{local:%H:%M %Z}")


def _local_day(at: datetime | None, zone: str) -> str:
    return day(at.astimezone(ZoneInfo(zone)).date()) if at else ""
