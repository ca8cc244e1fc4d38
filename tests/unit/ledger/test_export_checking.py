"""An export checked by itself: what is bent is named by group and seq, what is no export by its place."""

import io
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.ledger import canon, export_reading, verifying
from app.domain.ledger.checkpoint_holding import CHECKPOINT, CUT, RECEIPT, SIGNATURE, BadCheckpoint, Claims
from app.domain.ledger.checkpoint_notes import Checkpoint, origin_of
from app.domain.ledger.checkpoint_tree import Tree, leaf_hash
from app.domain.ledger.export_checking import ACCOUNT, GROUP, MAX_ACCOUNTS, Checked, check_export
from app.domain.ledger.export_reading import BadExport, Reader
from app.domain.ledger.standing import ACCOUNTS, LISTS, RECEIPTS, Mark, Standing, line_of, record_of, running
from app.domain.ledger.views import Fault, Head
from app.kit import notes
from app.kit.signing import Signer, Verifier
from tests.factories import exports

AMOUNTS = [500, 700, 900, 1100]
Bend = Callable[[dict[str, Any]], Any]


@pytest.fixture(scope="module")
def signer(tmp_path_factory: pytest.TempPathFactory) -> Signer:
    return Signer.load(tmp_path_factory.mktemp("keys"), issuer="https://sanduk.example", may_create=True)


def check(document: str | dict[str, Any], trusted: Verifier | None = None, claims: Claims | None = None) -> Checked:
    text = document if isinstance(document, str) else json.dumps(document, ensure_ascii=False)
    return check_export(io.BytesIO(text.encode()), trusted, claims)


def made(signer: Signer, **more: Any) -> dict[str, Any]:
    entries = exports.make_entries(AMOUNTS, reversed_seqs=(2,))
    return json.loads(exports.make_document(signer, entries, **more))


def outside(signer: Signer, *heads: Head) -> Claims:
    """A checkpoint for each head, as they would lie in a folder."""
    claims = Claims()
    for number, head in enumerate(heads, 1):
        records = [v1(UUID(int=1), Head(3, bytes(32))), v1(exports.GROUP, head)]
        tree = Tree([leaf_hash(one) for one in records])
        at = datetime(2026, 11, number, tzinfo=UTC)
        point = Checkpoint(origin_of(signer.issuer), number, at, tree.size, tree.root, None)
        claims.add(f"{number}.checkpoint", notes.sign_note(signer, point.origin, point.text), records)
    return claims


def v1(group_id: UUID, head: Head) -> bytes:
    return record_of(group_id, Standing(head))


def head_at(document: dict[str, Any], seq: int) -> Head:
    return Head(seq, bytes.fromhex(document["entries"][seq - 1]["hash"]))


def test_a_whole_export_holds_however_it_is_spaced(signer: Signer, monkeypatch: pytest.MonkeyPatch) -> None:
    text = exports.make_document(signer, exports.make_entries(AMOUNTS, reversed_seqs=(2,)), has_memo=True)
    wanted = Checked(exports.GROUP, exports.CODE, head_at(json.loads(text), 5), 0, 0, None)
    assert check(text) == wanted
    assert check(json.dumps(json.loads(text), indent=4)) == wanted
    for chunk in (1, 7, 64):
        monkeypatch.setattr(export_reading, "CHUNK", chunk)
        assert check(text) == wanted
    assert check(text, trusted=signer).fault is None


def test_what_was_kept_is_still_inside_or_not(signer: Signer) -> None:
    document = made(signer)
    text, old = json.dumps(document, ensure_ascii=False).encode(), head_at(document, 3)
    for kept, wanted in (
        (old, None),
        (Head(3, bytes(32)), Fault(3, "earlier")),
        (Head(6, old.hash), Fault(6, "earlier")),
        (Head(0, bytes(32)), None),
    ):
        assert check_export(io.BytesIO(text), None, None, kept).fault == wanted


def test_empty_books_hold(signer: Signer) -> None:
    assert check(exports.make_document(signer, [])).fault is None


def line(document: dict[str, Any], seq: int, number: int = 0) -> list[str]:
    return document["entries"][seq - 1]["entry"]["lines"][number]


def entry(document: dict[str, Any], seq: int) -> dict[str, Any]:
    return document["entries"][seq - 1]["entry"]


def balanced_edit(document: dict[str, Any]) -> None:
    line(document, 2)[3], line(document, 2, 1)[3] = "701", "-701"


BENT: list[tuple[Bend, Fault]] = [
    (balanced_edit, Fault(2, verifying.HASH)),
    (lambda d: entry(d, 3).update(effective_on="2020-01-01"), Fault(3, verifying.HASH)),
    (lambda d: d["entries"][3].update(hash="00" * 32), Fault(4, verifying.HASH)),
    (lambda d: entry(d, 1).update(prev="11" * 32), Fault(1, verifying.CHAIN)),
    (lambda d: d["entries"].pop(2), Fault(3, verifying.GAP)),
    (lambda d: d["entries"].pop(), Fault(5, verifying.HEAD)),
    (lambda d: d["entries"].insert(1, d["entries"][0]), Fault(2, verifying.GAP)),
    (lambda d: entry(d, 2).update(group_id=str(UUID(int=5))), Fault(2, GROUP)),
    (lambda d: d["head"].update(hash="00" * 32), Fault(5, verifying.HEAD)),
    (lambda d: d["head"].update(seq="9"), Fault(6, verifying.HEAD)),
    (lambda d: d["head"].update(token="a.b.c"), Fault(5, SIGNATURE)),
    (lambda d: d["accounts"][1].update(code="2010.x"), Fault(5, ACCOUNT)),
    (lambda d: d["group"].update(code="ABCDEF"), Fault(5, SIGNATURE)),
    (lambda d: d["entries"][1].update(receipt="a.b.c"), Fault(2, RECEIPT)),
    # with all hashes made new, only the content speaks
    (lambda d: (line(d, 3).__setitem__(3, "901"), exports.rehashed(d)), Fault(3, verifying.RUNNING_BALANCE)),
    (
        lambda d: (line(d, 4).__setitem__(3, "2000"), line(d, 4).__setitem__(4, "4100"), exports.rehashed(d)),
        Fault(4, verifying.UNBALANCED),
    ),
    (lambda d: (line(d, 1).__setitem__(0, "2"), exports.rehashed(d)), Fault(1, verifying.LINES)),
    (lambda d: (line(d, 1).__setitem__(2, "UGX"), exports.rehashed(d)), Fault(1, ACCOUNT)),
    (lambda d: (entry(d, 5).update(reverses="3"), exports.rehashed(d)), Fault(5, verifying.REVERSAL)),
    (lambda d: (entry(d, 5).update(reverses="9"), exports.rehashed(d)), Fault(5, verifying.REVERSAL)),
    (
        lambda d: (entry(d, 2).update(recorded_at=entry(d, 1)["recorded_at"]), exports.rehashed(d)),
        Fault(2, verifying.TIME),
    ),
    (exports.rehashed, Fault(5, "none")),  # nothing was changed: the same hashes come out
]


@pytest.mark.parametrize(("bend", "fault"), BENT)
def test_what_is_bent_is_named(signer: Signer, bend: Bend, fault: Fault) -> None:
    document = made(signer)
    bend(document)
    found = check(document)
    assert found.fault == (None if fault.reason == "none" else fault)
    assert found.code in (exports.CODE, "ABCDEF")


def test_a_memo_is_held_against_its_commitment(signer: Signer) -> None:
    document = made(signer, has_memo=True)
    document["entries"][1]["memo"] = "dinner"
    assert check(document).fault == Fault(2, verifying.MEMO)


def test_a_file_takes_no_more_memory_than_a_record(signer: Signer) -> None:
    """Neither by blanks, nor by members nobody asked for, nor by accounts that no group has."""
    assert check(" " * 30_000_000 + json.dumps(made(signer))).fault is None
    many = "".join(f'"m{number}":1,' for number in range(200))
    with pytest.raises(BadExport, match="too many members"):
        check("{" + many + '"n":1}')
    accounts = ",".join(
        f'{{"no":"{number}","code":"1","class":"A","currency":"KES"}}' for number in range(MAX_ACCOUNTS + 1)
    )
    with pytest.raises(BadExport, match="more than 100,000 accounts"):
        check(f'{{"accounts":[{accounts}]}}')


def test_an_erased_memo_is_told_from_a_lost_one(signer: Signer) -> None:
    """With names an export carries memos: where one is gone it says that it was erased."""
    document = made(signer, has_memo=True)
    document = {**{name: document[name] for name in list(document)[:5]}, "members": {}, **document}
    assert check(document).fault is None
    for part in ("memo", "salt"):
        del document["entries"][1][part]
    assert check(document).fault == Fault(2, verifying.MEMO)
    document["entries"][1]["erased"] = "yes"
    assert check(document).fault is None


def test_it_agrees_with_the_checker_of_the_database() -> None:
    """Two implementations, one truth: on the same entries both say the same."""
    entries = exports.make_entries(AMOUNTS, reversed_seqs=(1, 3))
    assert verifying.Checker().take_all(entries) is None
    assert all(canon.entry_hash(one) == one.hash for one in entries)


def test_a_full_rehash_is_found_by_an_outside_checkpoint(signer: Signer) -> None:
    document = made(signer)
    claims = outside(signer, head_at(document, 2), head_at(document, 5))
    assert check(document, claims=claims) == Checked(exports.GROUP, exports.CODE, head_at(document, 5), 2, 0, None)
    entry(document, 3).update(effective_on="2020-01-01")
    exports.rehashed(document)
    assert check(document).fault == Fault(5, SIGNATURE)  # the owner of the database has no signing key
    assert check(document, claims=claims).fault == Fault(5, CHECKPOINT)


def test_an_owner_with_the_signing_key_is_found_too(signer: Signer) -> None:
    document = made(signer)
    claims = outside(signer, head_at(document, 2), head_at(document, 4))
    forged = json.loads(exports.make_document(signer, exports.make_entries(AMOUNTS, salt="new")))
    assert check(forged).fault is None
    assert check(forged, claims=claims).fault == Fault(2, CHECKPOINT)


def test_a_cut_tail_is_found_by_an_outside_checkpoint(signer: Signer) -> None:
    claims = outside(signer, head_at(made(signer), 4))
    short = exports.make_document(signer, exports.make_entries(AMOUNTS[:2]))
    assert check(short).fault is None
    assert check(short, claims=claims).fault == Fault(3, CUT)


def test_two_checkpoints_that_differ_on_one_entry_are_a_fault(signer: Signer) -> None:
    document = made(signer)
    claims = outside(signer, head_at(document, 2), Head(2, bytes(32)))
    assert check(document, claims=claims).fault == Fault(2, CHECKPOINT)


def test_an_exports_own_checkpoint_is_part_of_the_check(signer: Signer) -> None:
    document = made(signer)
    head = head_at(document, 3)
    records = [v1(UUID(int=1), Head(3, bytes(32))), v1(exports.GROUP, head)]
    tree = Tree([leaf_hash(one) for one in records])
    point = Checkpoint(origin_of(signer.issuer), 1, datetime(2026, 11, 1, tzinfo=UTC), 2, tree.root, None)
    own = {
        "note": notes.sign_note(signer, point.origin, point.text),
        "leaf": "1",
        "seq": "3",
        "hash": head.hash.hex(),
        "path": tree.path(1).hex(),
    }
    document["checkpoint"] = own
    assert check(document).fault is None
    for bend in ({"leaf": "0"}, {"path": ""}, {"seq": "2"}, {"note": own["note"].replace("number 1", "number 2")}):
        document["checkpoint"] = own | bend
        assert check(document).fault == Fault(1, SIGNATURE), bend
    document["checkpoint"] = own
    forged = json.loads(exports.make_document(signer, exports.make_entries(AMOUNTS, salt="new"), checkpoint=own))
    assert check(forged).fault == Fault(3, CHECKPOINT)


def test_accounts_and_receipts_that_a_checkpoint_counted_are_still_there(signer: Signer) -> None:
    """Two codes swapped and signed anew, or every receipt left out: the entries are as they were."""
    document = made(signer)
    lines = [line_of(*(one[part] for part in ("no", "code", "class", "currency"))) for one in document["accounts"]]
    for accounts, receipts, wanted in (
        (lines, 0, None),
        (lines[:1], 0, None),
        (lines[::-1], 0, Fault(2, ACCOUNTS)),
        ([*lines, "3 5010 X KES"], 0, Fault(3, ACCOUNTS)),
        (lines, 1, Fault(1, RECEIPTS)),
    ):
        marks = {what: Mark(0, bytes(32)) for what in LISTS}
        marks |= {ACCOUNTS: Mark(len(accounts), running(accounts)[-1]), RECEIPTS: Mark(receipts, bytes(32))}
        record = record_of(exports.GROUP, Standing(head_at(document, 3), tuple(marks.items())))
        tree = Tree([leaf_hash(record)])
        point = Checkpoint(origin_of(signer.issuer), 1, datetime(2026, 11, 1, tzinfo=UTC), 1, tree.root, None)
        note = notes.sign_note(signer, point.origin, point.text)
        claims = Claims()
        claims.add("1.checkpoint", note, [record])
        assert check(document, claims=claims).fault == wanted
        own = {"note": note, "leaf": "0", "record": record.decode(), "path": ""}
        assert check(document | {"checkpoint": own}).fault == wanted


def test_keys_that_are_given_decide(signer: Signer, tmp_path: Path) -> None:
    other = Signer.load(tmp_path, issuer=signer.issuer, may_create=True)
    forged = json.loads(exports.make_document(other, exports.make_entries(AMOUNTS)))
    assert check(forged).fault is None
    assert check(forged, trusted=signer).fault == Fault(4, SIGNATURE)
    claims = outside(signer, head_at(forged, 4))
    assert check(forged, claims=claims).fault == Fault(4, SIGNATURE)
    with pytest.raises(BadCheckpoint, match=r"1\.checkpoint is signed by none of the keys"):
        check(forged, trusted=other, claims=claims)


def whole(signer: Signer) -> str:
    return exports.make_document(signer, exports.make_entries(AMOUNTS))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "does not begin as a JSON object"),
        ("[]", "does not begin as a JSON object"),
        ("{", "cut off"),
        ("{}", "no whole export"),
        ('{"a":1}', "no whole export"),
        ('{"a":1} x', "more follows"),
        ('{"a":NaN}', "NaN"),
        ('{"a":1.5}', "1.5"),
        ('{"a":' + "[" * 100_000, "too deep|cut off|recursion"),
        ('{"a":' + "9" * 5000 + "}", "what no export holds"),
        ("{1:2}", "no JSON|no name"),
        ('{"sanduk_export":2,"entries":[]}', "no export of books"),
        ('{"sanduk_export":1,"entries":[]}', "holds what no export holds"),
        ('{"accounts":{}}', "is no list"),
        ('{"keys":5,"group":7,"entries":[1,2]}', "no export of books"),
        ("\ufeff{}", "does not begin"),
    ],
)
def test_what_is_no_export_is_said_with_its_place(text: str, words: str) -> None:
    with pytest.raises(BadExport, match=words):
        check(text)


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(BadExport, match="UTF-8"):
        check_export(io.BytesIO(b'{"a":"\xff"}'), None, None)


def test_a_file_cut_anywhere_is_refused_or_found(signer: Signer) -> None:
    """Never a traceback: every beginning of a good file is a bad one."""
    text = whole(signer)
    for end in range(0, len(text) - 2, 37):
        with pytest.raises(BadExport):
            check(text[:end])


@given(st.data())
def test_a_changed_symbol_never_passes_or_breaks_us(data: st.DataObject) -> None:
    """One symbol of the entries or the head put in another's place is a fault or no export."""
    signer = _SIGNERS[0]
    text = _SIGNERS[1]
    at = data.draw(st.integers(text.index('"entries"'), len(text) - 2))
    symbol = data.draw(st.sampled_from('0123456789abcdef",:[]{}-xZ\\'))
    bent = text[:at] + symbol + text[at + 1 :]
    if bent == text:
        return
    try:
        found = check(bent, trusted=signer)
    except BadExport:
        return
    assert found.fault is not None


_SIGNERS: tuple[Any, str]


@pytest.fixture(autouse=True, scope="module")
def _one_text(signer: Signer) -> None:
    global _SIGNERS  # noqa: PLW0603
    _SIGNERS = (signer, whole(signer))


def test_records_with_wrong_parts_name_their_place(signer: Signer) -> None:
    for bend in (
        lambda r: r.pop("hash"),
        lambda r: r.update(hash=5),
        lambda r: r["entry"].pop("idem"),
        lambda r: r["entry"].update(more="x"),
        lambda r: r["entry"].update(seq="one"),
        lambda r: r["entry"].update(seq="02"),
        lambda r: r["entry"].update(recorded_at="now"),
        lambda r: r["entry"].update(lines=5),
        lambda r: r["entry"]["lines"][0].__setitem__(3, 700),
        lambda r: r.update(salt="xx"),
        lambda r: r.update(entry=None),
    ):
        document = made(signer)
        bend(document["entries"][1])
        with pytest.raises(BadExport, match="record 2 of “entries”"):
            check(document)


def test_a_record_without_end_is_refused_before_it_fills_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export_reading, "CHUNK", 1000)
    monkeypatch.setattr(export_reading, "MAX_RECORD", 5000)
    endless = io.BytesIO(b'{"a":"' + b"x" * 100_000)
    with pytest.raises(BadExport):
        list(Reader(endless).members())
    assert endless.tell() < 10_000


@pytest.mark.parametrize("between", ["null", "[]", "0"])
def test_nothing_between_the_entries_makes_them_begin_again(signer: Signer, between: str) -> None:
    """A reader of the file would meet the bent entries first."""
    document = made(signer)
    bent = json.loads(json.dumps(document["entries"]))
    for one in bent:
        one["entry"]["lines"][0][3] = "999"
    document["entries"] = [*bent, "BETWEEN", *document["entries"]]
    text = json.dumps(document).replace('"BETWEEN"', between)
    assert check(text).fault == Fault(1, verifying.HASH)
    document["entries"] = ["BETWEEN", *made(signer)["entries"]]
    with pytest.raises(BadExport):
        check(json.dumps(document).replace('"BETWEEN"', between))


def test_a_name_stands_once(signer: Signer) -> None:
    text = json.dumps(made(signer))
    entries = text[text.index('"entries"') : text.index(', "head"')]
    for twice in (
        text.replace(entries, f"{entries}, {entries}"),
        text.replace('"hash":', '"hash": "0", "hash":', 1),
        text.replace('"group":', '"group": {}, "group":', 1),
    ):
        with pytest.raises(BadExport, match="twice"):
            check(twice)
