"""F11, F12: somebody with the database's own power changes what is recorded."""

import psycopg

from tests.faults.report import CLEAN, Control, Outcome
from tests.faults.site import Book, installed

QUIET = "SET session_replication_role = replica"
"""What a superuser says to make every trigger silent."""
MORE = """UPDATE ledger.posting SET amount_minor = amount_minor + sign(amount_minor) * 5,
  balance_after_minor = balance_after_minor + sign(amount_minor) * 5 WHERE group_id = %(group)s AND seq = %(seq)s"""
LATER = "UPDATE ledger.journal_entry SET effective_on = effective_on + 1 WHERE group_id = %(group)s AND seq = %(seq)s"
SWAPPED = """UPDATE ledger.posting p SET account_no = 4 - p.account_no WHERE group_id = %(group)s AND seq = %(seq)s
  AND account_no IN (1, 3)"""
MEMO = "UPDATE ledger.entry_detail SET memo = 'other' WHERE group_id = %(group)s AND seq = %(seq)s"
NEW_HASH = """UPDATE ledger.journal_entry SET hash = sha256('x') WHERE group_id = %(group)s AND seq = %(seq)s"""
EDITS = {"both lines 5 more": MORE, "another day": LATER, "another account": SWAPPED, "memo": MEMO, "hash": NEW_HASH}

CUT = """DELETE FROM ledger.posting WHERE group_id = %(group)s AND seq > %(seq)s;
DELETE FROM ledger.entry_detail WHERE group_id = %(group)s AND seq > %(seq)s;
DELETE FROM ledger.journal_entry WHERE group_id = %(group)s AND seq > %(seq)s;
UPDATE ledger.chain_head h SET seq = e.seq, hash = e.hash, recorded_at = e.recorded_at FROM ledger.journal_entry e
  WHERE h.group_id = %(group)s AND e.group_id = h.group_id AND e.seq = %(seq)s;
UPDATE ledger.balance b SET posted_minor = coalesce((SELECT sum(p.amount_minor) FROM ledger.posting p
  WHERE p.group_id = b.group_id AND p.account_no = b.account_no), 0) WHERE b.group_id = %(group)s"""

REHASH = """DO $$
DECLARE e ledger.journal_entry; lines text; before bytea; now bytea;
BEGIN
  FOR e IN SELECT * FROM ledger.journal_entry WHERE group_id = '{group}' ORDER BY seq LOOP
    before := coalesce(now, decode(repeat('00', 32), 'hex'));
    SELECT string_agg('["'||line_no||'","'||account_no||'","'||currency||'","'||amount_minor||'","'||
      balance_after_minor||'"]', ',' ORDER BY line_no) INTO lines
      FROM ledger.posting WHERE group_id = e.group_id AND seq = e.seq;
    now := sha256(ledger.canon(e.group_id, e.seq, e.entry_id, e.kind, e.effective_on, e.recorded_at, e.actor,
      e.idem_key, e.reverses_seq, e.doc_commit, before, lines));
    UPDATE ledger.journal_entry SET prev_hash = before, hash = now WHERE group_id = e.group_id AND seq = e.seq;
  END LOOP;
  UPDATE ledger.chain_head SET hash = now WHERE group_id = '{group}';
END $$"""


def edited() -> Outcome:
    """F11: a superuser's edits that still balance."""
    outcome = Outcome("F11", f"a superuser edits an entry so that it still balances, in {len(EDITS)} ways")
    with installed(durable=False) as server:
        for what, edit in EDITS.items():
            book = _filled(Book.open(server), 20)
            _harm(book, edit, seq=11)
            found = book.verify()
            wanted = f"group {str(book.group)[:8]} entry 11: "
            outcome.must(found.startswith(wanted), f"{what}: the verifier says {found}")
            outcome.acknowledged += 20
            if what.startswith("both"):
                outcome.controls.append(_sums_alone(book))
    return outcome


def _sums_alone(book: Book) -> Control:
    query = "SELECT coalesce(sum(amount_minor), 0) FROM ledger.posting WHERE group_id = %s"
    with psycopg.connect(book.admin) as connection:
        total = connection.execute(query, (book.group,)).fetchone()
    return Control("looking at sums alone", total == (0,), "debits and credits agree: nothing is seen")


def rewritten() -> Outcome:
    """F12: the tail cut off with head and balances to match, and everything hashed again after an edit."""
    outcome = Outcome("F12", "a superuser cuts the tail off, or edits and hashes everything again")
    with installed(durable=False) as server:
        for what, harm in (("cut tail", _cut), ("all hashed again", _hash_again)):
            book = _filled(Book.open(server), 20)
            shown = dict(book.stored().values())  # what receipts and checkpoints carry
            harm(book)
            there = dict(book.stored().values())
            bad = sorted(seq for seq, digest in shown.items() if there.get(seq) != digest)
            outcome.must(bad != [] and bad[0] == (18 if what == "cut tail" else 5), f"{what}: held against: {bad[:1]}")
            outcome.acknowledged += len(shown)
            alone = book.verify()
            said = f"the chain by itself is {alone}; entry {bad[0] if bad else '?'} is found by the hashes shown before"
            outcome.controls.append(Control(f"{what}, no head held outside", alone == CLEAN, said))
    return outcome


def _cut(book: Book) -> None:
    _harm(book, CUT, seq=17)


def _hash_again(book: Book) -> None:
    _harm(book, LATER, seq=5)
    with psycopg.connect(book.admin) as connection:
        connection.execute(QUIET)
        connection.execute(REHASH.format(group=book.group).encode())


def _harm(book: Book, statements: str, seq: int) -> None:
    with psycopg.connect(book.admin) as connection:
        connection.execute(QUIET)
        for statement in statements.split(";"):
            connection.execute(statement.encode(), {"group": book.group, "seq": seq})


def _filled(book: Book, entries: int) -> Book:
    with book.connect() as connection:
        for number in range(entries):
            book.post(connection, f"e{number}")
    return book
