"""What a group's rules are, version by version; what a call's money is received for."""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE group_rules (
          group_id uuid NOT NULL REFERENCES groups, version int NOT NULL CHECK (version > 0),
          amount_minor bigint CHECK (amount_minor > 0),
          frequency text NOT NULL CHECK (frequency IN ('once','weekly','fortnightly','monthly')),
          due_day int, set_by uuid NOT NULL, set_at timestamptz NOT NULL, PRIMARY KEY (group_id, version),
          CHECK (CASE frequency WHEN 'once' THEN due_day IS NULL WHEN 'monthly' THEN due_day BETWEEN 1 AND 28
            ELSE due_day BETWEEN 1 AND 7 END));
        ALTER TABLE group_rules ENABLE ROW LEVEL SECURITY;
        ALTER TABLE group_rules FORCE ROW LEVEL SECURITY;
        CREATE POLICY tenant ON group_rules USING (group_id = kit.tenant()) WITH CHECK (group_id = kit.tenant());
        GRANT SELECT, INSERT ON group_rules TO sanduk_app;
        CREATE TRIGGER ro BEFORE UPDATE OR DELETE ON group_rules FOR EACH ROW EXECUTE FUNCTION kit.forbid();
        CREATE TRIGGER rot BEFORE TRUNCATE ON group_rules EXECUTE FUNCTION kit.forbid();
        ALTER TABLE calls ADD COLUMN purpose text NOT NULL DEFAULT 'contribution'
          CHECK (purpose IN ('contribution','savings','pot'));
        ALTER TABLE calls ALTER COLUMN purpose DROP DEFAULT;
        """
    )


def downgrade() -> None:
    op.execute("ALTER TABLE calls DROP COLUMN purpose; DROP TABLE group_rules;")
