"""Books verified: the last verification, the head in words, and what was kept, as ready texts."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from app.domain.ledger.checkpoint_holding import CUT
from app.domain.reports.verified import BookCheck, BooksVerified, KeptHead
from app.kit.i18n import t
from app.web.presenters.dates import day, moment


@dataclass(frozen=True)
class VerifiedSheet:
    """`kind` is ok, bad or nothing (not verified yet). `words` stand for the books up to entry `seq`."""

    kind: str = ""
    title: str = ""
    text: str = ""
    newer: str = ""
    seq: str = ""
    hash: str = ""
    short: str = ""
    words: str = ""
    spoken: tuple[str, ...] = ()
    outside: str = ""


@dataclass(frozen=True)
class KeptRow:
    """`is_inside`: it is still in the chain; else `note` says where the books depart from it."""

    title: str
    words: str
    note: str
    is_inside: bool


def found_of(last: BookCheck | None) -> BookCheck | None:
    """What was found: a night over books without an entry has verified nothing."""
    return last if last and (last.head.seq or last.fault) else None


def title_of(last: BookCheck | None, zone: ZoneInfo, now: datetime) -> str:
    """`Books verified today, 02:00, to entry 144`."""
    last = found_of(last)
    if last is None:
        return t("verified.not_yet")
    if last.fault is not None:
        is_entry = last.fault.place == "entry"
        return t("verified.bad", seq=f"{last.fault.seq:,}") if is_entry else t("verified.bad_around")
    at, seq = last.at.astimezone(zone), f"{last.head.seq:,}"
    if at.date() == now.astimezone(zone).date():
        return t("verified.today", time=f"{at:%H:%M}", seq=seq)
    return t("verified.on", moment=moment(last.at, zone), seq=seq)


def kind_of(last: BookCheck | None) -> str:
    last = found_of(last)
    return "" if last is None else "bad" if last.fault else "ok"


def verified_sheet(view: BooksVerified, now: datetime) -> VerifiedSheet:
    zone, last = ZoneInfo(view.timezone), found_of(view.last)
    head = view.now.head
    since = head.seq - last.head.seq if last and not last.fault else 0
    return VerifiedSheet(
        kind=kind_of(last),
        title=title_of(last, zone, now),
        text=_text(last),
        newer=t("verified.newer", count=since) if since > 0 else "",
        seq=f"{head.seq:,}" if head.seq else "",
        hash=head.hash.hex(),
        short=" ".join(head.hash.hex()[i : i + 4] for i in range(0, 16, 4)),
        words=" ".join(view.now.words),
        spoken=view.now.words,
        outside=_outside(view, zone),
    )


def checks_of(view: BooksVerified) -> list[str]:
    """What was compared, a line each; nothing where something is wrong or not verified yet."""
    last = found_of(view.last)
    if last is None or last.fault is not None:
        return []
    lines = [t("verified.chain", count=last.head.seq), t("verified.balances")]
    if last.receipts:
        lines.append(t("verified.receipts", count=last.receipts))
    if last.checkpoints:
        lines.append(t("verified.checkpoints", count=last.checkpoints))
    return lines


def _text(last: BookCheck | None) -> str:
    if last is None:
        return t("verified.not_yet_text")
    if last.fault is not None:
        return t("verified.bad_text", reason=t(f"verified.reason.{last.fault.reason}"))
    return t("verified.ok_text", entries=last.head.seq, count=f"{last.head.seq:,}")


def _outside(view: BooksVerified, zone: ZoneInfo) -> str:
    found = view.outside
    if found is None:
        return t("verified.no_checkpoint")
    if found.kept_at is None:
        return t("verified.inside_only", number=found.number, moment=moment(found.made_at, zone))
    return t("verified.outside", number=found.number, moment=moment(found.kept_at, zone), seq=f"{found.seq:,}")


def kept_row(kept: KeptHead, zone: ZoneInfo) -> KeptRow:
    note = ""
    if kept.fault is not None:
        key = "verified.kept_cut" if kept.fault.reason == CUT else "verified.kept_changed"
        note = t(key, seq=f"{kept.fault.seq:,}")
    return KeptRow(
        title=t("verified.kept_entry", seq=f"{kept.kept.head.seq:,}", day=day(kept.at.astimezone(zone).date())),
        words=" ".join(kept.kept.words),
        note=note,
        is_inside=kept.fault is None,
    )
