"""`./sanduk ledger`: the books given out, checked, and their heads signed for a place outside."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from app.domain.ledger.checkpoint_holding import BadCheckpoint, Claims
from app.domain.ledger.export_checking import check_export
from app.domain.ledger.export_reading import BadExport
from app.domain.ledger.views import Fault
from app.kit.actor import NOBODY, Actor
from app.kit.notes import MAX_NOTE
from app.kit.signing import NoKeys, Verifier
from app.launch.paths import Refusal, say
from app.launch.place import answering, bring_up_to_date, open_place, opened_services, set_environment

if TYPE_CHECKING:
    from app.wiring import Services

NOTE, HEADS = ".checkpoint", ".heads"
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
    "receipt": "its signed receipt says something else",
    "checkpoint": "a signed checkpoint holds another head here: this entry or one before it was changed afterwards",
    "cut": "a signed checkpoint holds entries from here on that are gone",
    "signature": "the signature fits none of the keys",
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What `verify` prints; `first_bad` is the group's code and its fault."""

    groups: int
    entries: int
    held: int
    first_bad: tuple[str, Fault] | None

    def report(self) -> dict[str, Any]:
        bad = self.first_bad
        return {
            "ok": bad is None,
            "groups": self.groups,
            "entries": self.entries,
            "checkpoints_held": self.held,
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


def verify(group: str, file: Path | None, folder: Path | None, keys: Path | None, data: Path | None) -> Verdict:
    """An export when a file is named, else the database's books. Raises Refusal (2) for what can't be read."""
    trusted = _read_keys(keys) if keys else None
    claims = read_folder(folder) if folder else None
    try:
        if file is not None:
            return _of_export(file, group, trusted, claims)
        return _run(_of_database(group, trusted, claims, data))
    except BadCheckpoint as error:
        msg = f"The checkpoints in {folder} can't be used: {error}."
        raise Refusal(msg, 2) from error


def _of_export(file: Path, group: str, trusted: Verifier | None, claims: Claims | None) -> Verdict:
    try:
        with file.open("rb") as opened:
            found = check_export(opened, trusted, claims)
    except OSError as error:
        msg = f"{file} can't be read ({error.strerror})."
        raise Refusal(msg, 2) from error
    except BadExport as error:
        msg = f"{file} is no export that can be checked: {error}."
        raise Refusal(msg, 2) from error
    if group and group != found.code:
        msg = f"{file} holds the books of {found.code}, not of {group}."
        raise Refusal(msg, 2)
    if trusted is None:
        say("Checked with the keys that the export brings. To know whose they are, name the issuer's: --keys JWKS")
    return Verdict(1, found.entries, found.held, (found.code, found.fault) if found.fault else None)


async def _of_database(group: str, trusted: Verifier | None, claims: Claims | None, data: Path | None) -> Verdict:
    """Every group, or one; each in a snapshot of its own. Goes on after a fault, so that counts are whole."""
    from app.domain.reports.proving import check_books

    entries, bad = 0, None
    async with _opened(data) as services:
        if claims is not None and (name := claims.unsigned(trusted or services.signer)):
            msg = f"{name} is signed by none of the keys"
            raise BadCheckpoint(msg)
        chosen = await _chosen(services, group)
        for group_id, code in chosen:
            async with services.database.transaction(Actor(group_id=group_id), is_snapshot=True) as session:
                found = await check_books(session, group_id, claims)
            entries += found.head.seq
            bad = bad or ((code, found.fault) if found.fault else None)
    if claims is None:
        return Verdict(len(chosen), entries, 0, bad)
    gone = sorted(claims.groups - {group_id for group_id, _ in chosen}) if not group else []
    if gone and bad is None:
        bad = (str(gone[0]), Fault(1, "cut"))  # a whole group vanished; its code went with it
    held = claims.held(chosen[0][0]) if group else len(claims)
    return Verdict(len(chosen), entries, held, bad)


def read_folder(folder: Path) -> Claims:
    """Every checkpoint in a folder, with its heads beside it. Raises Refusal (2), naming the file."""
    claims = Claims()
    try:
        found = sorted(folder.glob(f"*{NOTE}"))
        for path in found:
            if path.stat().st_size > MAX_NOTE:
                msg = f"{path} is no checkpoint: it is too long."
                raise Refusal(msg, 2)
            with path.with_suffix(HEADS).open("rb") as heads:
                claims.add(path.name, path.read_text("utf-8"), heads)
    except (BadCheckpoint, UnicodeDecodeError) as error:
        msg = f"The checkpoints in {folder} can't be used: {error}."
        raise Refusal(msg, 2) from error
    except OSError as error:
        msg = f"{error.filename} can't be read ({error.strerror})."
        raise Refusal(msg, 2) from error
    if not found:
        msg = f"There is no checkpoint in {folder}."
        raise Refusal(msg, 2)
    return claims


def _read_keys(file: Path) -> Verifier:
    try:
        return Verifier.of_jwks(file.read_text("utf-8"))
    except (OSError, NoKeys, UnicodeDecodeError) as error:
        msg = f"{file} can't be read as a JWK set."
        raise Refusal(msg, 2) from error


def checkpoint(data: Path | None) -> str:
    """Sign one over all heads now and put it outside. Says its number, groups, and whether it lies outside.

    Raises Refusal (1) when the place takes nothing: the checkpoint is made, and the worker goes on trying.
    """
    from app.domain.ledger import checkpoints
    from app.domain.ledger.checkpoint_ports import CannotKeep
    from app.worker.outside import put_waiting

    async def make() -> str:
        async with _opened(data) as services:
            place = services.outside
            async with services.database.transaction(NOBODY) as session:
                made = await checkpoints.make_checkpoint(session, goes_out=place is not None)
            assert made is not None
            if place is None:
                say("It lies only here. Name a place outside: SANDUK_CHECKPOINTS=/folder or s3://bucket/prefix")
                return f"checkpoint {made.number} groups {made.size}\n{made.note}"
            try:
                await put_waiting(services.database, place)
            except CannotKeep as error:
                msg = f"Checkpoint {made.number} is made but does not lie outside yet: {error}."
                raise Refusal(msg) from error
            say(f"It lies in {place.name}.")
            return f"checkpoint {made.number} groups {made.size}\n{made.note}"

    return _run(make())


def tell(verdict: Verdict, *, as_json: bool) -> tuple[str, int]:
    """What goes to stdout, and the exit status; words to the person on stderr."""
    if verdict.first_bad:
        code, fault = verdict.first_bad
        say(f"The books of {code} don't hold. Entry {fault.seq}: {WHY.get(fault.reason, fault.reason)}.")
    else:
        say("The books hold." if verdict.held else "The books hold; no outside checkpoint was asked (--checkpoints).")
    status = 1 if verdict.first_bad else 0
    if as_json:
        return json.dumps(verdict.report()) + "\n", status
    lines = ["ok" if status == 0 else "differs", f"groups {verdict.groups}", f"entries {verdict.entries}"]
    lines.append(f"checkpoints_held {verdict.held}")
    if verdict.first_bad:
        code, fault = verdict.first_bad
        lines.append(f"first_bad {code} {fault.seq} {fault.reason}")
    return "\n".join(lines) + "\n", status


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
        rows = (await session.execute(text("SELECT group_id, code FROM lookup.every_group()"))).all()
    found = [(row.group_id, row.code) for row in rows if not code or row.code == code]
    if code and not found:
        few = ", ".join(row.code for row in rows[:20]) or "none"
        msg = f"There is no group {code}. Groups here: {few}{' ...' if len(rows) > 20 else ''}."
        raise Refusal(msg, 2)
    return found


def _run(work: Any) -> Any:
    with answering():
        return asyncio.run(work)
