"""What members paid and still owe, held against the payments, the books and the log; questions as in `origins`."""

OWED = "owed"
"""Reason: what a due or a loan says of its payments is not what they gave, or not what the books hold."""

# what a payment settles is its own member's
LINES = """
SELECT min(p.entry_seq) FROM payment_lines l
JOIN payments p ON p.group_id = :group_id AND p.id = l.payment_id AND p.entry_seq IS NOT NULL
LEFT JOIN contributions c ON c.group_id = :group_id AND l.kind = 'contribution' AND c.id = l.claim_id
LEFT JOIN loans o ON o.group_id = :group_id AND l.kind = 'loan' AND o.id = l.claim_id
WHERE l.group_id = :group_id AND p.member_id IS DISTINCT FROM
  CASE l.kind WHEN 'contribution' THEN c.member_id WHEN 'loan' THEN o.member_id WHEN 'credit' THEN l.claim_id END
"""
DUES = """
SELECT min(coalesce(s.first, (SELECT h.seq FROM ledger.chain_head h WHERE h.group_id = :group_id), 1))
FROM contributions c CROSS JOIN LATERAL (
  SELECT sum(l.amount_minor) FILTER (WHERE p.state = 'confirmed') AS paid, min(p.entry_seq) AS first
  FROM payment_lines l JOIN payments p ON p.group_id = :group_id AND p.id = l.payment_id
  WHERE l.group_id = :group_id AND l.claim_id = c.id AND l.kind = 'contribution') s
WHERE c.group_id = :group_id AND c.paid_minor <> coalesce(s.paid, 0)
"""
# of each item of a loan, what payments gave to it and what a later loan settled
ITEMS = """
SELECT min(coalesce(l.entry_seq, 1)) FROM loan_items i
LEFT JOIN loans l ON l.group_id = :group_id AND l.id = i.loan_id
WHERE i.group_id = :group_id AND i.paid_minor <>
  (SELECT coalesce(sum(g.amount_minor), 0) FROM loan_portions g
   JOIN payments p ON p.group_id = :group_id AND p.id = g.payment_id AND p.state = 'confirmed'
   WHERE g.group_id = :group_id AND g.loan_id = i.loan_id AND g.item_no = i.item_no)
  + (SELECT coalesce(sum(k.paid_minor), 0) FROM loan_change_items k
     WHERE k.group_id = :group_id AND k.loan_id = i.loan_id AND k.item_no = i.item_no)
"""
# the principal that runs is what the books say is lent to the member
LENT = """
SELECT min(coalesce(owed.first, (SELECT min(x.seq) FROM ledger.posting x
  WHERE x.group_id = :group_id AND x.account_no = books.account_no), 1))
FROM (SELECT l.member_id, sum(i.due_minor - i.paid_minor - i.waived_minor) AS minor, min(l.entry_seq) AS first
  FROM loans l JOIN loan_items i ON i.group_id = :group_id AND i.loan_id = l.id AND i.part = 'principal'
  WHERE l.group_id = :group_id AND l.state = 'active' GROUP BY l.member_id) owed
FULL JOIN (SELECT a.code, a.account_no, b.posted_minor AS minor FROM ledger.account a
  JOIN ledger.balance b ON b.group_id = :group_id AND b.account_no = a.account_no
  WHERE a.group_id = :group_id AND a.code LIKE '1210.%') books ON books.code = '1210.' || owed.member_id
WHERE coalesce(owed.minor, 0) <> coalesce(books.minor, 0)
"""
# the log's lines of payments: each is there, of that amount, and what was done to it was done by whom the log names
LOG = """
SELECT min(k.seq) FROM audit_events a JOIN audit.chain k ON k.group_id = :group_id AND k.event_id = a.id
LEFT JOIN payments p ON p.group_id = :group_id AND p.id =
  CASE WHEN a.subject_id ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN a.subject_id::uuid END
WHERE a.group_id = :group_id AND a.subject = 'payment' AND (p.id IS NULL
  OR a.facts ->> 'amount_minor' <> p.amount_minor::text
  OR a.actor_id IS DISTINCT FROM CASE a.action
    WHEN 'payment.submitted' THEN p.submitted_by
    WHEN 'payment.reversed' THEN CASE WHEN p.state = 'reversed' THEN p.reversed_by END
    WHEN 'payment.rejected' THEN CASE WHEN p.state = 'rejected' THEN p.decided_by END
    WHEN 'payment.withdrawn' THEN CASE WHEN p.state = 'withdrawn' THEN p.decided_by END
    ELSE CASE WHEN p.state IN ('confirmed', 'reversed') THEN p.decided_by END END)
"""
