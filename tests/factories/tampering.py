"""What somebody with the whole database can do to a group's books: each function is one attack, made with care."""

from uuid import UUID

import psycopg

LINES = """SELECT string_agg('["'||line_no||'","'||account_no||'","'||currency||'","'||amount_minor||'","'||
  balance_after_minor||'"]', ',' ORDER BY line_no)
  FROM ledger.posting p WHERE p.group_id = e.group_id AND p.seq = e.seq"""
REHASH = f"""DO $$
DECLARE e ledger.journal_entry; before bytea := decode(repeat('00', 32), 'hex'); lines text; made bytea;
BEGIN
  FOR e IN SELECT * FROM ledger.journal_entry WHERE group_id = '{{group}}' ORDER BY seq LOOP
    lines := ({LINES});
    made := sha256(ledger.canon(e.group_id, e.seq, e.entry_id, e.kind, e.effective_on, e.recorded_at, e.actor,
      e.idem_key, e.reverses_seq, e.doc_commit, before, lines));
    UPDATE ledger.journal_entry SET prev_hash = before, hash = made WHERE group_id = e.group_id AND seq = e.seq;
    before := made;
  END LOOP;
  UPDATE ledger.chain_head SET hash = before WHERE group_id = '{{group}}';
END $$"""

RECORDS = (
    *("payment_lines", "payments", "receipt_counters", "loan_portions", "loan_change_items", "loan_changes"),
    *("loan_items", "loans", "welfare_claims", "bank_matches", "signatures", "proposals"),
    *("audit.chain", "audit.head", "audit_events"),
)


class Owner:
    """A superuser with every trigger and foreign key off."""

    def __init__(self, url: str, group_id: UUID) -> None:
        self.connection = psycopg.connect(url, autocommit=True)
        self.connection.execute("SET session_replication_role = replica")
        self.group_id = group_id

    def run(self, statement: str) -> None:
        self.connection.execute(statement.replace("{group}", str(self.group_id)).encode())

    def close(self) -> None:
        self.connection.close()

    def balanced_edit(self, seq: int, more_minor: int = 1) -> None:
        """Both lines of an entry carry more, and every later balance and the stored ones follow."""
        for line_no, change in ((1, more_minor), (2, -more_minor)):
            self.run(
                f"""WITH bent AS (UPDATE ledger.posting SET amount_minor = amount_minor + ({change})
                      WHERE group_id = '{{group}}' AND seq = {seq} AND line_no = {line_no} RETURNING account_no)
                    UPDATE ledger.balance b SET posted_minor = posted_minor + ({change}) FROM bent
                      WHERE b.group_id = '{{group}}' AND b.account_no = bent.account_no"""
            )
            self.run(
                f"""UPDATE ledger.posting SET balance_after_minor = balance_after_minor + ({change})
                    WHERE group_id = '{{group}}' AND seq >= {seq} AND account_no =
                      (SELECT account_no FROM ledger.posting
                       WHERE group_id = '{{group}}' AND seq = {seq} AND line_no = {line_no})"""
            )

    def rehash(self) -> None:
        """Every hash of the chain made new from what stands there now."""
        self.run(REHASH)

    def cut(self, last: int) -> None:
        """Everything after entry `last` is gone, and the head and the balances say so."""
        self.run(
            f"""UPDATE ledger.balance b SET posted_minor = coalesce((SELECT balance_after_minor FROM ledger.posting p
                  WHERE p.group_id = b.group_id AND p.account_no = b.account_no AND p.seq <= {last}
                  ORDER BY seq DESC LIMIT 1), 0) WHERE group_id = '{{group}}'"""
        )
        for table in ("posting", "entry_detail", "journal_entry"):
            self.run(f"DELETE FROM ledger.{table} WHERE group_id = '{{group}}' AND seq > {last}")
        self.run(
            f"""UPDATE ledger.chain_head h SET seq = e.seq, hash = e.hash, recorded_at = e.recorded_at
                FROM ledger.journal_entry e
                WHERE h.group_id = '{{group}}' AND e.group_id = h.group_id AND e.seq = {last}"""
        )

    def burn_evidence(self) -> None:
        """Receipts and our own checkpoints lie in the same database: they go too."""
        for table in ("receipts", "checkpoint_heads", "book_checks", "kept_heads"):
            self.run(f"DELETE FROM {table} WHERE group_id = '{{group}}'")

    def call_expenses(self) -> None:
        """Every entry is an expense by now that somebody decided alone: no payment, loan or line is left to ask."""
        mine = "WHERE group_id = '{group}'"
        for table in RECORDS:
            self.run(f"DELETE FROM {table} {mine}")
        self.run(f"UPDATE ledger.account SET code = replace(code, '1210.', '1010.') {mine}")  # nothing is lent
        self.run(f"UPDATE contributions SET paid_minor = 0, state = 'expected' {mine}")
        self.run(
            f"""UPDATE ledger.journal_entry SET kind = 'expense', reverses_seq = NULL,
                  idem_key = 'decision:' || gen_random_uuid() {mine}"""
        )
        self.run(
            f"""INSERT INTO proposals (group_id, id, kind, state, amount_minor, currency, terms, note, proposed_by,
                  proposed_at, expires_at, needed, signers, rule_version, ended_by, ended_at, entry_seq)
                SELECT group_id, substr(idem_key, 10)::uuid, kind, 'carried', p.minor, p.currency, '{{}}', '', actor,
                  recorded_at, 'infinity', 0, '{{}}', 0, actor, recorded_at, seq
                FROM ledger.journal_entry e JOIN (SELECT seq, sum(greatest(amount_minor, 0)) AS minor,
                  min(currency) AS currency FROM ledger.posting {mine} GROUP BY seq) p USING (seq) {mine}"""
        )

    def burn_everything(self) -> None:
        """The most that goes without a key: no receipt, checkpoint or trail is left, and no payment or loan."""
        self.call_expenses()
        self.burn_evidence()
        self.run("DELETE FROM checkpoint_heads; DELETE FROM checkpoints")
        self.rehash()
