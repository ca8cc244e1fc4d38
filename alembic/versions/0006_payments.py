"""Payments: what members say they paid, cash that was taken, and what became of each."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE payments (
          group_id uuid NOT NULL, id uuid NOT NULL, member_id uuid NOT NULL,
          state text NOT NULL CHECK (state IN ('submitted','withdrawn','rejected','confirmed','reversed')),
          source text NOT NULL CHECK (source IN ('member','treasurer')),
          method text NOT NULL CHECK (method IN ('mpesa','cash','bank')),
          provider_code text CHECK (provider_code ~ '^[A-Z0-9]{1,35}$'),
          amount_minor bigint NOT NULL CHECK (amount_minor > 0), currency char(3) NOT NULL, paid_on date NOT NULL,
          submitted_by uuid NOT NULL, submitted_at timestamptz NOT NULL,
          decided_by uuid, decided_at timestamptz, reason text CHECK (length(reason) BETWEEN 1 AND 500),
          entry_seq bigint, reversed_seq bigint, reversed_by uuid, reversed_at timestamptz,
          reversal_reason text CHECK (length(reversal_reason) BETWEEN 1 AND 500),
          submit_key text NOT NULL CHECK (length(submit_key) BETWEEN 1 AND 128), submit_fingerprint bytea NOT NULL,
          decision_key text CHECK (length(decision_key) BETWEEN 1 AND 128),
          reversal_key text CHECK (length(reversal_key) BETWEEN 1 AND 128),
          PRIMARY KEY (group_id, id), UNIQUE (group_id, submit_key),
          FOREIGN KEY (group_id, member_id) REFERENCES members (group_id, id),
          CHECK (method = 'cash' OR provider_code IS NOT NULL),
          CHECK (state IN ('submitted') OR (decided_by IS NOT NULL AND decided_at IS NOT NULL)),
          CHECK (state <> 'rejected' OR reason IS NOT NULL),
          CHECK ((state IN ('confirmed','reversed')) = (entry_seq IS NOT NULL)),
          CHECK ((state = 'reversed') = (reversed_seq IS NOT NULL)),
          CHECK (state <> 'reversed' OR (reversal_reason IS NOT NULL AND reversed_by IS NOT NULL)));
        -- a provider's code pays once; it is free again after reject, withdraw and reverse
        CREATE UNIQUE INDEX payments_code ON payments (group_id, method, provider_code)
          WHERE state IN ('submitted','confirmed') AND provider_code IS NOT NULL;
        CREATE INDEX payments_waiting ON payments (group_id, submitted_at, id) WHERE state = 'submitted';
        CREATE INDEX payments_by_member ON payments (group_id, member_id, submitted_at DESC);

        CREATE TABLE payment_lines (
          group_id uuid NOT NULL, payment_id uuid NOT NULL, line_no smallint NOT NULL CHECK (line_no BETWEEN 1 AND 50),
          kind text NOT NULL, claim_id uuid NOT NULL, amount_minor bigint NOT NULL CHECK (amount_minor > 0),
          PRIMARY KEY (group_id, payment_id, line_no), UNIQUE (group_id, payment_id, kind, claim_id),
          FOREIGN KEY (group_id, payment_id) REFERENCES payments (group_id, id));
        CREATE INDEX payment_lines_claim ON payment_lines (group_id, claim_id);
        CREATE TRIGGER ro BEFORE UPDATE OR DELETE ON payment_lines FOR EACH ROW EXECUTE FUNCTION kit.forbid();
        """
    )
    for table in ("payments", "payment_lines"):
        op.execute(
            f"""
            ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
            ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
            CREATE POLICY tenant ON {table} USING (group_id = kit.tenant()) WITH CHECK (group_id = kit.tenant());
            """
        )
    op.execute(
        "GRANT SELECT, INSERT, UPDATE ON payments TO sanduk_app; GRANT SELECT, INSERT ON payment_lines TO sanduk_app"
    )


def downgrade() -> None:
    op.execute("DROP TABLE payment_lines; DROP TABLE payments;")
