"""Calls on the members, and the dues they make."""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE calls (
          group_id uuid NOT NULL, id uuid NOT NULL, title text NOT NULL CHECK (length(title) BETWEEN 1 AND 80),
          amount_minor bigint NOT NULL CHECK (amount_minor > 0), currency char(3) NOT NULL, due_on date NOT NULL,
          opened_by uuid NOT NULL, opened_at timestamptz NOT NULL,
          PRIMARY KEY (group_id, id), FOREIGN KEY (group_id) REFERENCES groups (id));
        CREATE INDEX calls_newest ON calls (group_id, opened_at DESC);

        CREATE TABLE contributions (
          group_id uuid NOT NULL, id uuid NOT NULL, call_id uuid NOT NULL, member_id uuid NOT NULL,
          reference text NOT NULL UNIQUE CHECK (reference ~ '^[2-9A-HJ-NP-Z]{8}$'),
          amount_minor bigint NOT NULL CHECK (amount_minor > 0), currency char(3) NOT NULL,
          paid_minor bigint NOT NULL DEFAULT 0 CHECK (paid_minor BETWEEN 0 AND amount_minor), due_on date NOT NULL,
          state text NOT NULL DEFAULT 'expected'
            CHECK (state IN ('expected','part_paid','confirmed','waived','cancelled')),
          PRIMARY KEY (group_id, id), UNIQUE (group_id, call_id, member_id),
          FOREIGN KEY (group_id, call_id) REFERENCES calls (group_id, id),
          FOREIGN KEY (group_id, member_id) REFERENCES members (group_id, id),
          CHECK ((state = 'expected') <= (paid_minor = 0)),
          CHECK ((state = 'part_paid') <= (paid_minor > 0 AND paid_minor < amount_minor)),
          CHECK ((state = 'confirmed') <= (paid_minor = amount_minor)));
        CREATE INDEX contributions_by_member ON contributions (group_id, member_id, due_on);
        """
    )
    for table in ("calls", "contributions"):
        op.execute(
            f"""
            ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
            ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
            CREATE POLICY tenant ON {table} USING (group_id = kit.tenant()) WITH CHECK (group_id = kit.tenant());
            """
        )
    op.execute(
        """
        GRANT SELECT, INSERT ON calls TO sanduk_app;
        GRANT SELECT, INSERT ON contributions TO sanduk_app;
        GRANT UPDATE (paid_minor, state) ON contributions TO sanduk_app;
        """
    )


def downgrade() -> None:
    op.execute("DROP TABLE contributions; DROP TABLE calls;")
