"""RFC 6962's tree, by the reference values of Certificate Transparency; the checkpoint's text and its signature."""

from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.ledger.checkpoint_holding import BadCheckpoint, Claims
from app.domain.ledger.checkpoint_notes import Checkpoint, note_hash, origin_of, read_note
from app.domain.ledger.checkpoint_tree import Tree, leaf_hash, node_hash, root_from
from app.domain.ledger.standing import AUDIT, COUNTS, LISTS, Mark, Standing, read_record, record_of, running
from app.domain.ledger.views import Head
from app.kit import notes
from app.kit.signing import Signer


def v1(group_id: UUID, head: Head) -> bytes:
    return record_of(group_id, Standing(head))


LEAVES = [
    bytes.fromhex(one)
    for one in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
ROOTS = (
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)


def root_of(hashes: list[bytes]) -> bytes:
    """The definition in the RFC, word for word: split at the largest power of two below the size."""
    if len(hashes) == 1:
        return hashes[0]
    half = 1 << ((len(hashes) - 1).bit_length() - 1)
    return node_hash(root_of(hashes[:half]), root_of(hashes[half:]))


@pytest.mark.parametrize("size", range(9))
def test_the_roots_are_those_of_the_reference(size: int) -> None:
    tree = Tree([leaf_hash(one) for one in LEAVES[:size]])
    assert tree.root.hex() == ROOTS[size]


@given(st.lists(st.binary(max_size=8), min_size=1, max_size=80), st.data())
def test_every_leaf_has_a_proof_and_no_other_has_it(records: list[bytes], data: st.DataObject) -> None:
    tree = Tree([leaf_hash(one) for one in records])
    assert tree.root == root_of([leaf_hash(one) for one in records])
    leaf = data.draw(st.integers(0, len(records) - 1))
    path = tree.path(leaf)
    assert root_from(records[leaf], leaf, tree.size, path) == tree.root
    assert root_from(records[leaf] + b"!", leaf, tree.size, path) != tree.root
    assert root_from(records[leaf], leaf, tree.size, path + bytes(32)) is None
    if path:
        assert root_from(records[leaf], leaf, tree.size, path[32:]) is None
    assert root_from(records[leaf], tree.size, tree.size, path) is None


@pytest.fixture
def signer(tmp_path: Path) -> Signer:
    return Signer.load(tmp_path, issuer="https://sanduk.example", may_create=True)


HEAD = Head(41, bytes(range(32)))
GROUP = UUID("01920000-0000-7000-8000-000000000001")


def checkpoint(signer: Signer, records: list[bytes], number: int = 1) -> tuple[Checkpoint, str]:
    tree = Tree([leaf_hash(one) for one in records])
    at = datetime(2026, 11, 21, 2, tzinfo=UTC)
    made = Checkpoint(
        origin_of(signer.issuer), number, at, tree.size, tree.root, note_hash("x") if number > 1 else None
    )
    return made, notes.sign_note(signer, made.origin, made.text)


def test_a_note_says_what_was_signed_and_only_that(signer: Signer, tmp_path: Path) -> None:
    made, note = checkpoint(signer, [v1(GROUP, HEAD)], 2)
    lines = note.splitlines()
    assert lines[:2] == ["sanduk.example/heads", "1"]
    assert lines[3:5] == ["number 2", "at 2026-11-21T02:00:00Z"]
    assert lines[6] == ""
    assert lines[7].startswith("\u2014 sanduk.example/heads ")
    assert read_note(note) == made
    assert notes.is_note_signed(signer, made.origin, note)
    assert not notes.is_note_signed(signer, "other.example/heads", note)
    assert not notes.is_note_signed(signer, made.origin, note.replace("number 2", "number 3"))
    other = Signer.load(tmp_path / "other", may_create=True)
    assert not notes.is_note_signed(other, made.origin, note)
    assert notes.verifier_key(made.origin, signer.public_key).startswith("sanduk.example/heads+")


def test_another_signature_beside_ours_does_not_matter(signer: Signer, tmp_path: Path) -> None:
    made, note = checkpoint(signer, [])
    witness = Signer.load(tmp_path / "witness", may_create=True)
    more = notes.sign_note(witness, "witness.example/w1", made.text).rpartition("\n\n")[2]
    both = note + more
    assert notes.is_note_signed(signer, made.origin, both)
    assert notes.is_note_signed(witness, "witness.example/w1", both)
    assert read_note(both) == made


@pytest.mark.parametrize(
    "text",
    ["", "x", "a\n1\n\n", "a b\n1\nAAAA\n\n\u2014 a b AAAA\n", "\n\n\n", "\u2014 a AAAA\n"],
)
def test_what_is_no_note_is_none(signer: Signer, text: str) -> None:
    assert read_note(text) is None
    assert not notes.is_note_signed(signer, "a", text)


def test_a_text_that_is_no_text_of_lines_is_not_signed(signer: Signer) -> None:
    for text in ("no end", "empty\n\nline\n"):
        with pytest.raises(ValueError, match="note's text"):
            notes.sign_note(signer, "sanduk.example/heads", text)
    with pytest.raises(ValueError, match="whole lines"):
        signer.sign_text("eyJ.e30")


def test_claims_are_what_the_signed_root_holds(signer: Signer) -> None:
    records = [v1(UUID(int=n), Head(n, bytes([n]) * 32)) for n in range(5)]
    _, note = checkpoint(signer, records)
    claims = Claims()
    claims.add("1.checkpoint", note, [one + b"\n" for one in records])
    claims.add("2.checkpoint", checkpoint(signer, records, 2)[1], [one + b"\n" for one in records])
    assert [(one.number, one.mark) for one in claims.of(UUID(int=3))] == [(1, Mark(3, bytes([3]) * 32))]
    assert claims.held(UUID(int=3)) == 2
    assert claims.of(UUID(int=0)) == []
    assert claims.unsigned(signer) == ""
    _, third = checkpoint(signer, records, 3)
    for bent in (records[:-1], [*records[:-1], v1(UUID(int=4), Head(4, bytes(32)))], [b"{}"], [*records, records[0]]):
        with pytest.raises(BadCheckpoint, match=r"3\.checkpoint"):
            claims.add("3.checkpoint", third, bent)


def row(signer: Signer, numbers: list[int], *, before: dict[int, bytes | None] | None = None) -> Claims:
    """Empty checkpoints of these numbers, each over the one before it."""
    claims, last = Claims(), None
    for number in range(1, max(numbers) + 1):
        at = datetime(2026, 11, number, 2, tzinfo=UTC)
        previous = (before or {}).get(number, note_hash(last) if last else None)
        made = Checkpoint(origin_of(signer.issuer), number, at, 0, Tree([]).root, previous)
        last = notes.sign_note(signer, made.origin, made.text)
        if number in numbers:
            claims.add(f"{number}.checkpoint", last, [])
    return claims


def test_checkpoints_follow_one_another(signer: Signer, tmp_path: Path) -> None:
    whole = row(signer, [1, 2, 3]).series()
    assert whole is not None
    assert (whole.first, whole.last, whole.missing) == (1, 3, ())
    assert whole.newest_at == datetime(2026, 11, 3, 2, tzinfo=UTC)
    gap = row(signer, [2, 5]).series()
    assert gap is not None
    assert gap.missing == (3, 4)
    with pytest.raises(BadCheckpoint, match="does not follow 1"):
        row(signer, [1, 2], before={2: note_hash("other")}).series()
    claims = row(signer, [1])
    copied = checkpoint(signer, [])[1]
    with pytest.raises(BadCheckpoint, match="two checkpoints with the number 1"):
        claims.add("copy.checkpoint", copied, [])
    stranger = Signer.load(tmp_path / "other", issuer="https://other.example", may_create=True)
    claims.add("3.checkpoint", checkpoint(stranger, [], 3)[1], [])
    with pytest.raises(BadCheckpoint, match=r"is of other\.example/heads"):
        claims.series()
    twice = row(signer, [1])
    twice.add("again", checkpoint_text(signer), [])
    assert (len(twice), twice.copies) == (1, 1)


def checkpoint_text(signer: Signer) -> str:
    made = Checkpoint(origin_of(signer.issuer), 1, datetime(2026, 11, 1, 2, tzinfo=UTC), 0, Tree([]).root, None)
    return notes.sign_note(signer, made.origin, made.text)


def test_a_record_says_how_far_each_list_had_grown() -> None:
    """Frozen: records lie signed at outside places."""
    lists = tuple((what, Mark(n, bytes([n]) * 32 if n < 5 else bytes(32))) for n, what in enumerate(LISTS, 1))
    record = record_of(GROUP, Standing(HEAD, lists))
    digests = [f'["{n}","{bytes([n] * 32).hex()}"]' for n in range(1, 5)]
    assert record.decode() == (
        f'{{"accounts":{digests[0]},"audit":{digests[1]},"closes":{digests[2]},"counts":{digests[3]},'
        f'"group":"{GROUP}","hash":"{HEAD.hash.hex()}","receipts":"5","seq":"41","v":"2"}}'
    )
    assert read_record(record.decode()) == (GROUP, Standing(HEAD, lists))
    assert read_record(v1(GROUP, HEAD).decode()) == (GROUP, Standing(HEAD))
    for bent in (record.decode() + " ", record.decode().replace('"2"}', '"3"}'), "", "{}"):
        assert read_record(bent) is None
    assert dict(Standing(HEAD, lists).marks())[AUDIT] == Mark(2, b"\2" * 32)


def test_a_list_that_grew_begins_as_it_did() -> None:
    lines = ["a 1", "b 2", "c 3"]
    assert running(lines)[:2] == running(lines[:2])
    assert running(["a 1", "b 3"])[1] != running(lines)[1]
    assert running([]) == []
    assert COUNTS in LISTS


def test_the_origin_is_the_address_without_its_scheme() -> None:
    assert origin_of("https://sanduk.example") == "sanduk.example/heads"
    assert origin_of("https://x.example/books/") == "x.example/books/heads"
    assert origin_of("") == "sanduk/heads"
