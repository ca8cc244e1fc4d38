"""What each entry was posted for: its key, which is part of its hash, names a record, and that says the same.

A payment (`payment:`, and `reverse:` for its negation), a loan that was paid out (`loan:`), a decision that was carried
(`decision:`), a line of a bank's statement (`bank:`), and what an account held at first (`bank:opening:`). KEYS,
and each of QUESTIONS put behind ENTRIES, answers with the lowest entry that doesn't hold, there or named by a record.
"""

import json

from app.domain.ledger.recipes import MONEY_BY_METHOD

ORIGIN = "origin"
"""Reason: nothing stands behind an entry, or what stands there says something else."""
PLACES = json.dumps(dict(MONEY_BY_METHOD))
"""The parameter `places` of the questions: where money of each method lies."""

ENTRIES = """
WITH entries AS (
  SELECT e.seq, e.kind, e.effective_on, e.actor, split_part(e.idem_key, ':', 1) AS what,
    substr(e.idem_key, strpos(e.idem_key, ':') + 1) AS id, moved.*
  FROM ledger.journal_entry e CROSS JOIN LATERAL (
    SELECT sum(greatest(p.amount_minor, 0)) AS amount, min(p.currency) AS currency,
      array_agg(coalesce(a.code, '')) AS codes, array_agg(coalesce(split_part(a.code, '.', 2), '')) AS owners
    FROM ledger.posting p LEFT JOIN ledger.account a ON a.group_id = p.group_id AND a.account_no = p.account_no
    WHERE p.group_id = e.group_id AND p.seq = e.seq) moved
  WHERE e.group_id = :group_id)
"""
"""Every entry with what its key names, what it moves, and the codes and members of the accounts it stands on."""

# a key that names nothing of ours; a negation that no payment knows of
KEYS = """
SELECT min(e.seq) FROM ledger.journal_entry e WHERE e.group_id = :group_id
AND CASE WHEN split_part(e.idem_key, ':', 1) IN ('payment', 'loan', 'decision', 'bank') THEN e.reverses_seq IS NOT NULL
  ELSE NOT EXISTS (SELECT FROM payments p WHERE p.group_id = :group_id AND p.id =
      CASE WHEN e.idem_key ~ '^reverse:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN substr(e.idem_key, 9)::uuid END
    AND p.reversed_seq = e.seq AND p.reversed_by = e.actor) END
"""
_LOANS = """
SELECT min(coalesce(e.seq, l.entry_seq)) FROM (SELECT * FROM entries WHERE what = 'loan') e
FULL JOIN (SELECT * FROM loans WHERE group_id = :group_id AND entry_seq IS NOT NULL) l ON l.id::text = e.id
LEFT JOIN loan_changes c ON c.group_id = :group_id AND c.new_loan_id = l.id
LEFT JOIN LATERAL (SELECT sum(x.amount_minor) FILTER (WHERE a.code = '1210.' || l.member_id) AS owed,
    sum(x.amount_minor) FILTER (WHERE a.code = '4030.' || l.member_id) AS fees
  FROM ledger.posting x JOIN ledger.account a ON a.group_id = :group_id AND a.account_no = x.account_no
  WHERE x.group_id = :group_id AND x.seq = e.seq) moved ON true
WHERE l.id IS NULL OR e.seq IS NULL OR l.entry_seq <> e.seq
  OR (l.disbursed_on, l.disbursed_by, l.currency) IS DISTINCT FROM (e.effective_on, e.actor, e.currency)
  OR e.kind <> CASE WHEN l.replaces_id IS NULL THEN 'loan_lent' ELSE 'loan_refinanced' END
  OR l.replaces_id IS DISTINCT FROM c.loan_id
  OR coalesce(moved.owed, 0) IS DISTINCT FROM l.lent_minor - coalesce(c.principal_minor, 0)
  OR coalesce(moved.fees, 0) IS DISTINCT FROM - l.fee_minor - coalesce(c.fees_minor, 0)
  OR (l.replaces_id IS NULL AND coalesce(CAST(:places AS jsonb) ->> l.method, '') <> ALL (e.codes))
"""
_DECISIONS = """
SELECT min(seq) FROM (
  SELECT coalesce(e.seq, p.entry_seq) AS seq FROM (SELECT * FROM entries WHERE what = 'decision') e
  FULL JOIN (SELECT * FROM proposals WHERE group_id = :group_id AND entry_seq IS NOT NULL AND kind <> 'reversal') p
    ON p.id::text = e.id
  LEFT JOIN loans l ON l.group_id = :group_id AND l.id = p.subject_id
  LEFT JOIN loan_changes c ON c.group_id = :group_id AND c.proposal_id = p.id
  LEFT JOIN welfare_claims w ON w.group_id = :group_id AND w.id = p.subject_id
  WHERE p.id IS NULL OR e.seq IS NULL OR p.entry_seq <> e.seq OR p.state <> 'carried'
    OR (p.ended_by, p.currency) IS DISTINCT FROM (e.actor, e.currency)
    OR (p.kind <> 'loan_reschedule' AND p.amount_minor <> e.amount)
    OR coalesce(w.member_id, p.member_id)::text <> ALL (e.owners)
    OR (CAST(:places AS jsonb) ->> (p.terms ->> 'method')) <> ALL (e.codes)
    OR coalesce(CASE p.kind
      WHEN 'withdrawal' THEN right(e.kind, 9) = '_paid_out'
      WHEN 'expense' THEN e.kind = p.kind
      WHEN 'transfer' THEN e.kind = p.kind AND e.codes @> ARRAY[p.terms ->> 'source', p.terms ->> 'target']
      WHEN 'welfare_payout' THEN e.kind = p.kind AND (w.entry_seq, w.paid_minor) = (
        SELECT min(o.entry_seq), sum(o.amount_minor) FROM proposals o WHERE o.group_id = :group_id
          AND o.kind = p.kind AND o.subject_id = w.id AND o.entry_seq IS NOT NULL)
      WHEN 'loan_write_off' THEN e.kind = 'loan_written_off' AND l.state = 'written_off'
        AND l.closed_on = e.effective_on
      WHEN 'loan_reschedule' THEN e.kind = 'loan_capitalised' AND (c.entry_seq, c.interest_minor) = (e.seq, e.amount)
      END, false) = false
  UNION ALL SELECT p.entry_seq FROM proposals p WHERE p.group_id = :group_id AND p.kind = 'reversal'
    AND p.entry_seq IS NOT NULL AND NOT EXISTS (SELECT FROM payments y WHERE y.group_id = :group_id
      AND y.id = p.subject_id AND y.reversed_seq = p.entry_seq AND y.reversed_by = p.ended_by)
  UNION ALL SELECT w.entry_seq FROM welfare_claims w WHERE w.group_id = :group_id AND w.entry_seq IS NOT NULL
    AND NOT EXISTS (SELECT FROM proposals p WHERE p.group_id = :group_id AND p.subject_id = w.id
      AND p.kind = 'welfare_payout' AND p.entry_seq = w.entry_seq)) wrong
"""
_BANK = """
SELECT min(coalesce(e.seq, m.entry_seq)) FROM (
  SELECT * FROM entries WHERE what = 'bank' AND id NOT LIKE 'opening:%') e
FULL JOIN (SELECT m.*, l.account, l.currency, abs(l.amount_minor) AS amount FROM bank_matches m
  LEFT JOIN bank_lines l ON l.group_id = :group_id AND l.id = m.line_id
  WHERE m.group_id = :group_id AND m.entry_seq IS NOT NULL AND m.kind IN ('income', 'expense', 'charge')) m
  ON m.id::text = e.id
WHERE m.id IS NULL OR e.seq IS NULL OR m.entry_seq <> e.seq OR m.state <> 'confirmed'
  OR (m.confirmed_by, m.currency, m.amount) IS DISTINCT FROM (e.actor, e.currency, e.amount)
  OR e.kind <> CASE m.kind WHEN 'charge' THEN 'bank_charge' ELSE 'other_' || m.kind END OR m.account <> ALL (e.codes)
"""
_OPENINGS = """
SELECT min(e.seq) FROM entries e WHERE e.what = 'bank' AND e.id LIKE 'opening:%' AND NOT (
  e.kind = 'opening_balance' AND e.codes @> ARRAY[substr(e.id, 9), '3010'] AND EXISTS (
    SELECT FROM audit_events a WHERE a.group_id = :group_id AND a.action = 'bank.opened'
      AND a.subject_id = substr(e.id, 9) AND a.actor_id = e.actor AND a.facts ->> 'amount_minor' = e.amount::text))
"""
QUESTIONS = (_LOANS, _DECISIONS, _BANK, _OPENINGS)
