"""What stands around the entries, held against them: what each was posted for, who owes what, receipts.

Each question answers with the lowest number that doesn't hold. One query each, whatever the size of the books.
"""

from uuid import UUID

from sqlalchemy import text

from app.domain.ledger.standing import AUDIT
from app.domain.ledger.views import Fault, Head
from app.domain.reports import owed
from app.domain.reports.origins import ENTRIES, KEYS, ORIGIN, PLACES, QUESTIONS
from app.kit.db import Session

PAYMENT, RECEIPT, NUMBERS, MEMO, EARLIER = "payment", "receipt", "numbers", "memo", "earlier"
"""Reasons: a payment and its entry differ; a receipt and its entry or payment differ; a receipt's number is missing;
an erasure of what was not erased; the books were longer, or other, when they were verified before."""

# An entry names its payment in the key that is part of its hash. Its day is the payment's; where the books of that day
# were closed by then, the first that was open.
_PAYMENTS = """, decided AS (
  SELECT p.*, (SELECT coalesce(sum(l.amount_minor), 0) FROM payment_lines l
    WHERE l.group_id = p.group_id AND l.payment_id = p.id) AS settled
  FROM payments p WHERE p.group_id = :group_id AND p.state IN ('confirmed', 'reversed'))
SELECT min(coalesce(e.seq, d.entry_seq, 1)) FROM decided d
FULL JOIN (SELECT * FROM entries WHERE what = 'payment') e ON e.id = d.id::text
LEFT JOIN ledger.journal_entry back ON back.group_id = :group_id AND back.reverses_seq = e.seq
WHERE d.id IS NULL OR e.seq IS NULL OR d.entry_seq IS DISTINCT FROM e.seq
  OR (d.amount_minor, d.settled, d.currency, d.decided_by) IS DISTINCT FROM (e.amount, e.amount, e.currency, e.actor)
  OR e.effective_on <> coalesce((SELECT max(p.through) + 1 FROM ledger.period p
    WHERE p.group_id = :group_id AND p.seq < e.seq AND p.through >= d.paid_on), d.paid_on)
  OR d.reversed_seq IS DISTINCT FROM back.seq OR (d.state = 'reversed') <> (back.seq IS NOT NULL)
  OR back.idem_key <> 'reverse:' || d.id OR d.reversed_by IS DISTINCT FROM back.actor
  OR d.member_id::text <> ALL (e.owners)
  OR CASE d.method WHEN 'kept' THEN '2030.' || d.member_id ELSE coalesce(CAST(:places AS jsonb) ->> d.method, '') END
    <> ALL (e.codes)
  OR (d.method = 'kept' AND e.codes && ARRAY(SELECT jsonb_each_text.value FROM jsonb_each_text(CAST(:places AS jsonb))))
"""
_RECEIPTS = """
SELECT min(coalesce(r.seq, p.entry_seq)) FROM
  (SELECT * FROM receipts WHERE group_id = :group_id) r FULL JOIN
  (SELECT * FROM payments WHERE group_id = :group_id AND state IN ('confirmed', 'reversed')) p
    ON p.id = r.payment_id AND p.entry_seq = r.seq
LEFT JOIN ledger.journal_entry back ON back.group_id = :group_id AND back.reverses_seq = r.seq
WHERE r.id IS NULL OR p.id IS NULL OR r.member_id <> p.member_id OR r.amount_minor <> p.amount_minor
  OR (r.currency, r.paid_on, r.method, r.provider_code)
    IS DISTINCT FROM (p.currency, p.paid_on, p.method, p.provider_code)
  OR (r.state = 'reversed') <> (back.seq IS NOT NULL) OR r.reversed_seq IS DISTINCT FROM back.seq
  OR r.reversed_at IS DISTINCT FROM back.recorded_at
"""
# numbers go up by one without a gap, and the counter stands at the last
_NUMBERS = """
SELECT min(n) FROM (
  SELECT n FROM (SELECT n, row_number() OVER (ORDER BY n) AS place FROM receipts WHERE group_id = :group_id) r
    WHERE n <> place
  UNION ALL SELECT (SELECT count(*) FROM receipts WHERE group_id = :group_id) + 1
    WHERE coalesce((SELECT last_n FROM receipt_counters WHERE group_id = :group_id), 0)
      <> coalesce((SELECT max(n) FROM receipts WHERE group_id = :group_id), 0)) wrong
"""
_ERASURES = """
SELECT min(greatest(x.seq, 1)) FROM ledger.erasure x WHERE x.group_id = :group_id AND (
  EXISTS (SELECT FROM ledger.entry_detail d WHERE d.group_id = :group_id AND d.seq = x.seq)
  OR NOT EXISTS (SELECT FROM ledger.journal_entry e WHERE e.group_id = :group_id AND e.seq = x.seq))
"""
# what earlier nights and members saw: an entry that is another or gone, receipts or checkpoints that were more
_EARLIER = """
SELECT min(seq) FROM (
  SELECT c.seq FROM (
    SELECT seq, hash FROM book_checks WHERE group_id = :group_id AND bad_seq IS NULL AND seq > 0
    UNION SELECT seq, hash FROM kept_heads WHERE group_id = :group_id) c
  LEFT JOIN ledger.journal_entry e ON e.group_id = :group_id AND e.seq = c.seq
  WHERE e.hash IS DISTINCT FROM c.hash
  UNION ALL SELECT greatest(seq, 1) FROM book_checks WHERE group_id = :group_id AND bad_seq IS NULL
    AND (receipts > (SELECT count(*) FROM receipts WHERE group_id = :group_id)
      OR checkpoints > (SELECT count(*) FROM checkpoint_heads WHERE group_id = :group_id))) wrong
"""
_QUESTIONS = (
    (text(ENTRIES + _PAYMENTS), PAYMENT),
    (text(KEYS), ORIGIN),
    *((text(ENTRIES + question), ORIGIN) for question in QUESTIONS),
    (text(owed.LINES), PAYMENT),
    *((text(question), owed.OWED) for question in (owed.DUES, owed.ITEMS, owed.LENT)),
    (text(_RECEIPTS), RECEIPT),
    (text(_NUMBERS), NUMBERS),
    (text(_ERASURES), MEMO),
    (text(_EARLIER), EARLIER),
    (text(owed.LOG), AUDIT),
)


async def find_contradiction(session: Session, group_id: UUID, head: Head) -> Fault | None:
    """The lowest entry that something around it speaks against; of the rest the first."""
    faults = []
    for question, reason in _QUESTIONS:
        if (number := await session.scalar(question, {"group_id": group_id, "places": PLACES})) is not None:
            number = min(number, head.seq + 1) if reason == EARLIER else number
            faults.append(Fault(max(number, 1), reason))
    return min(faults, key=lambda one: (one.place != "entry", one.seq), default=None)
