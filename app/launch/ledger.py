"""`./sanduk ledger`: the books given out, checked, and their heads signed for a place outside."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import text

from app.domain.ledger.checkpoint_holding import BadCheckpoint, Claims
from app.domain.ledger.export_checking import Checked, check_export
from app.domain.ledger.export_reading import BadExport
from app.domain.ledger.views import Fault, Head
from app.kit.actor import NOBODY, Actor
from app.kit.db import UNREADABLE
from app.kit.signing import Verifier
from app.launch.evidence import read_folder, read_jwks, tell_series
from app.launch.paths import Refusal, say
from app.launch.place import answering, bring_up_to_date, open_place, opened_services, set_environment

if TYPE_CHECKING:
    from app.domain.reports.proving import CheckedBooks
    from app.kit.db import Database
    from app.wiring import Services

_EVERY = text(
    """SELECT coalesce(g.group_id, h.group_id) AS group_id, coalesce(g.code, h.group_id::text) AS code
       FROM lookup.every_group() g FULL JOIN lookup.every_head() h ON h.group_id = g.group_id ORDER BY 1"""
)
"""Books without a group, which it lost, stand under their id."""
PLATFORM = "platform"
NIL = UUID(int=0)
"""The platform's id where groups have theirs."""
WHY = {
    "gap": "an entry is missing before it",
    "chain": "it doesn't follow the entry before it",
    "hash": "it is not what its hash was made of",
    "time": "it was recorded before the entry it follows",
    "lines": "its lines are not whole",
    "running_balance": "a balance after it is not what the entries give",
    "unbalanced": "its lines don't sum to zero",
    "memo": "its memo is not the one it was committed to",
    "reversal": "it reverses what it must not, or not exactly",
    "head": "the stored head is not the last entry",
    "balance": "a stored balance is not what the entries give",
    "account": "an account is not the one that was signed",
    "period": "a closed period's balances are not what the entries give",
    "assertion": "a count stands beside a figure that the books never had",
    "group": "it is another group's",
    "receipt": "its signed receipt is missing, or says something else",
    "locked": "the books are closed up to another day than the last close says",
    "payment": "a payment says something else than its entry, or one of the two is missing",
    "origin": "no payment, loan, decision or line of a bank stands behind it, or one that says something else",
    "owed": "what a due or a loan says was paid is not what its payments gave, or not what the books hold",
    "numbers": "its number, or one before it, is missing, or the counter stands elsewhere",
    "earlier": "an earlier verification or export, or a member who kept it, saw another entry here, or more than now",
    "unreadable": "it holds what nothing of ours wrote, and can't be read",
    "accounts": "a signed checkpoint holds another account here",
    "audit": "the audit trail is not of one piece, or not what a signed checkpoint or its payment says of it",
    "closes": "a signed checkpoint holds another close of the books here",
    "counts": "a signed checkpoint holds another count here",
    "receipts": "a signed checkpoint holds receipts from here on that are gone",
    "missing": "a signed checkpoint has lost its record of this group, or of one that is gone altogether",
    "series": "our own checkpoints are not signed, or not the ones that follow one another or lie outside",
    "outside": "what lies outside is not our own row of checkpoints",
    "checkpoint": "a signed checkpoint holds another head here: this entry or one before it was changed afterwards",
    "cut": "a signed checkpoint holds entries from here on that are gone",
    "signature": "the signature fits none of the keys",
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What `verify` prints; `first_bad` is the group's code and its fault, `platform` for what is no group's.

    Of the outside checkpoints: how many numbers are `missing` between them, and when the `newest` was made.
    """

    groups: int
    entries: int
    held: int
    first_bad: tuple[str, Fault] | None
    missing: int = 0
    newest: datetime | None = None

    def report(self) -> dict[str, Any]:
        bad = self.first_bad
        return {
            "ok": bad is None,
            "groups": self.groups,
            "entries": self.entries,
            "checkpoints_held": self.held,
            "checkpoints_missing": self.missing,
            "newest_checkpoint": self.newest.isoformat() if self.newest else None,
            "first_bad": {"group": bad[0], "seq": bad[1].seq, "reason": bad[1].reason} if bad else None,
        }


def export(code: str, kind: str, data: Path | None, *, has_names: bool) -> None:
    """The group's books to stdout, in pieces. Raises Refusal (2) for an unknown code."""
    from app.domain.reports.exporting import export_books

    async def write() -> None:
        async with _opened(data) as services:
            group_id = (await _chosen(services, code))[0][0]
            if has_names:
                say("Members are named in this export: it is for who may read them, on the operator's word.")
            async with services.database.transaction(Actor(group_id=group_id), is_snapshot=True) as session:
                async for piece in export_books(session, group_id, kind, has_names=has_names):
                    sys.stdout.write(piece)
            sys.stdout.flush()

    try:
        _run(write())
    except BrokenPipeError:  # whoever reads has seen enough
        sys.stdout = None
    except UNREADABLE as error:
        msg = f"The books of {code} hold what can't be read; what was written is not whole. Ask: ./sanduk ledger verify"
        raise Refusal(msg) from error


def verify(
    group: str, file: Path | None, folder: Path | None, keys: Path | None, data: Path | None, kept: Path | None = None
) -> Verdict:
    """An export when a file is named, else the database's books. With `kept`: is that earlier export still inside?

    Raises Refusal (2) for what can't be read.
    """
    trusted = read_jwks(keys) if keys else None
    claims = read_folder(folder) if folder else None
    old = _kept(kept, trusted) if kept else None
    try:
        series = claims.series() if claims is not None else None
        found = (
            _of_export(file, group, trusted, claims, old)
            if file is not None
            else _run(_of_database(group, trusted, claims, data, old))
        )
    except BadCheckpoint as error:
        msg = f"The checkpoints in {folder} can't be used: {error}."
        raise Refusal(msg, 2) from error
    if old is not None and found.first_bad is None:
        say(f"Entry {old.head.seq} of {old.code}, the last of {kept}: still inside.")
    if claims is None or series is None:
        return found
    tell_series(claims, series)
    return replace(found, missing=len(series.missing), newest=series.newest_at)


def _kept(file: Path, trusted: Verifier | None) -> Checked:
    """An export from earlier, which must hold by itself. Raises Refusal (2)."""
    found = _read_export(file, trusted, None, None)
    if found.fault:
        msg = f"{file} can't be held against anything. {_words(found.code, found.fault)}"
        raise Refusal(msg, 2)
    return found


def _read_export(file: Path, trusted: Verifier | None, claims: Claims | None, kept: Head | None) -> Checked:
    try:
        with file.open("rb") as opened:
            return check_export(opened, trusted, claims, kept)
    except OSError as error:
        msg = f"{file} can't be read ({error.strerror})."
        raise Refusal(msg, 2) from error
    except BadExport as error:
        msg = f"{file} is no export that can be checked: {error}."
        raise Refusal(msg, 2) from error


def _of_export(file: Path, group: str, trusted: Verifier | None, claims: Claims | None, old: Checked | None) -> Verdict:
    found = _read_export(file, trusted, claims, old.head if old else None)
    if group and group != found.code:
        msg = f"{file} holds the books of {found.code}, not of {group}."
        raise Refusal(msg, 2)
    if old is not None and old.group_id != found.group_id:
        msg = f"{file} holds the books of {found.code}, what was kept those of {old.code}."
        raise Refusal(msg, 2)
    if trusted is None:
        say("Checked with the keys that the export brings. To know whose they are, name the issuer's: --keys JWKS")
    return Verdict(1, found.entries, found.held, (found.code, found.fault) if found.fault else None)


async def _of_database(
    group: str, trusted: Verifier | None, claims: Claims | None, data: Path | None, old: Checked | None
) -> Verdict:
    """Every group and the platform, or one group; each in a snapshot of its own. Goes on after a fault.

    What is wrong is recorded, as the nightly verification does, unless it was judged by keys that were named.
    """
    entries, bad = 0, None
    async with _opened(data) as services:
        verifier = trusted or services.signer
        if claims is not None and (name := claims.unsigned(verifier)):
            msg = f"{name} is signed by none of the keys"
            raise BadCheckpoint(msg)
        chosen = await _chosen(services, group)
        if group and old is not None and old.group_id != chosen[0][0]:
            msg = f"What was kept are the books of {old.code}, not of {group}."
            raise Refusal(msg, 2)
        database = services.database.with_tools(signer=verifier)
        if not group:
            bad = await _lost(database, {NIL, *(one for one, _ in chosen)}, claims)
        for group_id, code in chosen if group else [*chosen, (NIL, PLATFORM)]:
            found = await _check(database, group_id, claims, is_recorded=trusted is None)
            entries += found.head.seq
            bad = bad or ((_named(code, found.fault), found.fault) if found.fault else None)
        if old is not None and bad is None and (fault := await _departure(database, old)):
            bad = (old.code, fault)
    held = 0 if claims is None else claims.held(chosen[0][0]) if group else len(claims)
    return Verdict(len(chosen), entries, held, bad)


async def _departure(database: "Database", old: Checked) -> Fault | None:
    """Whether the last entry of an earlier export is not in the books any more, at its place."""
    from app.domain.ledger import checkpoints, service

    async with database.transaction(Actor(group_id=old.group_id)) as session:
        there = await checkpoints.hashes_at(session, old.group_id, [old.head.seq])
        last = await service.head(session, old.group_id)
    if old.head.seq == 0 or there.get(old.head.seq) == old.head.hash:
        return None
    return Fault(min(old.head.seq, last.seq + 1), "earlier")


async def _lost(database: "Database", there: set[UUID], claims: Claims | None) -> tuple[str, Fault] | None:
    """A whole group that checkpoints name, ours or those outside, and that vanished: its code went with it."""
    from app.domain.ledger import checkpoints

    if claims is not None and (gone := sorted(claims.groups - there)):
        return str(gone[0]), Fault(1, "cut")
    async with database.transaction(NOBODY) as session:
        lost = await checkpoints.find_lost(session)
    return (PLATFORM if lost[0] == NIL else str(lost[0]), lost[1]) if lost else None


def _named(code: str, fault: Fault) -> str:
    """Whose fault it is: a checkpoint that isn't signed is no group's."""
    return PLATFORM if fault.place == "checkpoint" and fault.reason != "missing" else code


async def _check(database: "Database", group_id: UUID, claims: Claims | None, *, is_recorded: bool) -> "CheckedBooks":
    from app.domain.reports import proving, verified

    actor = Actor(group_id=group_id)
    async with database.transaction(actor, is_snapshot=True) as session:
        found = await proving.check_books(session, group_id, claims)
        last = await verified.newest_check(session, group_id)
    if is_recorded and (found.fault or (last and last.fault)):
        async with database.transaction(actor) as session:
            await verified.record_check(session, group_id, found)
    return found


def checkpoint(data: Path | None) -> str:
    """Sign one over all groups now and put it outside. Says its number, groups, and whether it lies outside.

    Raises Refusal (1) over books that depart from what was signed before, here or outside. Also when the place takes
    nothing: the checkpoint is made then, and the worker goes on trying.
    """
    from app.domain.ledger import checkpoints
    from app.domain.ledger.checkpoint_ports import CannotKeep
    from app.worker.outside import put_waiting, read_newest

    async def make() -> str:
        async with _opened(data) as services:
            place = services.outside
            claims, gone = await read_newest(services.database, place, services.signer) if place else (None, 0)
            if place and gone:
                say(f"Checkpoint {gone} lay outside, and is not in {place.name}: find out where it went.")
            try:
                async with services.database.transaction(NOBODY) as session:
                    made = await checkpoints.make_checkpoint(session, goes_out=place is not None, claims=claims)
            except checkpoints.BooksDepart as error:
                codes = {NIL: PLATFORM, **dict(await _chosen(services, ""))}
                code = codes.get(error.group_id, str(error.group_id))
                msg = f"Nothing was signed. {_words(code, error.fault)} Keep the database as it is."
                raise Refusal(msg) from error
            assert made is not None
            if place is None:
                say("It lies only here. Name a place outside: SANDUK_CHECKPOINTS=/folder or s3://bucket/prefix")
                return f"checkpoint {made.number} groups {made.size - 1}\n{made.note}"
            try:
                await put_waiting(services.database, place)
            except CannotKeep as error:
                msg = f"Checkpoint {made.number} is made but does not lie outside yet: {error}."
                raise Refusal(msg) from error
            say(f"It lies in {place.name}.")
            return f"checkpoint {made.number} groups {made.size - 1}\n{made.note}"

    try:
        return _run(make())
    except (BadCheckpoint, CannotKeep) as error:
        msg = f"Nothing was signed: {error}."
        raise Refusal(msg) from error


def tell(verdict: Verdict, *, as_json: bool) -> tuple[str, int]:
    """What goes to stdout, and the exit status; words to the person on stderr."""
    if verdict.first_bad:
        code, fault = verdict.first_bad
        say(_words(code, fault))
    else:
        say("The books hold." if verdict.held else "The books hold; no outside checkpoint was asked (--checkpoints).")
    status = 1 if verdict.first_bad else 0
    if as_json:
        return json.dumps(verdict.report()) + "\n", status
    lines = ["ok" if status == 0 else "differs", f"groups {verdict.groups}", f"entries {verdict.entries}"]
    lines.append(f"checkpoints_held {verdict.held}")
    if verdict.newest:
        lines += [f"checkpoints_missing {verdict.missing}", f"newest_checkpoint {verdict.newest.isoformat()}"]
    if verdict.first_bad:
        code, fault = verdict.first_bad
        lines.append(f"first_bad {code} {fault.seq} {fault.reason}")
    return "\n".join(lines) + "\n", status


def _words(code: str, fault: Fault) -> str:
    place = f"{fault.place.capitalize()} {fault.seq}"
    return f"The books of {code} don't hold. {place}: {WHY.get(fault.reason, fault.reason)}."


@asynccontextmanager
async def _opened(data: Path | None) -> AsyncIterator["Services"]:
    with open_place(data) as place:
        set_environment(place)
        await asyncio.to_thread(bring_up_to_date, place)
        async with opened_services() as services:
            yield services


async def _chosen(services: "Services", code: str) -> list[tuple[Any, str]]:
    """Ids and codes of the groups that are meant; all without a code. Raises Refusal (2)."""
    async with services.database.transaction(NOBODY) as session:
        rows = (await session.execute(_EVERY)).all()
    found = [(row.group_id, row.code) for row in rows if not code or row.code == code]
    if code and not found:
        few = ", ".join(row.code for row in rows[:20]) or "none"
        msg = f"There is no group {code}. Groups here: {few}{' ...' if len(rows) > 20 else ''}."
        raise Refusal(msg, 2)
    return found


def _run(work: Any) -> Any:
    with answering():
        return asyncio.run(work)
