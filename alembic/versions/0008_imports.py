"""Members' lists on their way in; their content is sealed with the group's key."""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE member_imports (
          group_id uuid NOT NULL REFERENCES groups, id uuid NOT NULL,
          state text NOT NULL CHECK (state IN ('draft','done')), content_enc bytea NOT NULL,
          created_by uuid NOT NULL, created_at timestamptz NOT NULL, done_at timestamptz,
          added int CHECK (added >= 0), already int CHECK (already >= 0),
          PRIMARY KEY (group_id, id), FOREIGN KEY (group_id, created_by) REFERENCES members (group_id, id),
          CHECK ((state = 'done') = (done_at IS NOT NULL AND added IS NOT NULL AND already IS NOT NULL)));
        ALTER TABLE member_imports ENABLE ROW LEVEL SECURITY;
        ALTER TABLE member_imports FORCE ROW LEVEL SECURITY;
        CREATE POLICY tenant ON member_imports
          USING (group_id = kit.tenant()) WITH CHECK (group_id = kit.tenant());
        GRANT SELECT, INSERT, UPDATE ON member_imports TO sanduk_app;
        """
    )


def downgrade() -> None:
    op.execute("DROP TABLE member_imports")
