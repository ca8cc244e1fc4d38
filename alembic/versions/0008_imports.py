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
          state text NOT NULL CHECK (state IN ('draft','done','discarded')),
          file_index bytea NOT NULL CHECK (length(file_index) = 32), content_enc bytea NOT NULL,
          created_by uuid NOT NULL, created_at timestamptz NOT NULL, done_at timestamptz,
          added int CHECK (added >= 0), already int CHECK (already >= 0),
          PRIMARY KEY (group_id, id), FOREIGN KEY (group_id, created_by) REFERENCES members (group_id, id),
          CHECK ((state = 'draft') = (done_at IS NULL)),
          CHECK ((state = 'done') = (added IS NOT NULL AND already IS NOT NULL)),
          CHECK ((added IS NULL) = (already IS NULL)));
        CREATE UNIQUE INDEX member_imports_draft ON member_imports (group_id, file_index) WHERE state = 'draft';
        ALTER TABLE member_imports ENABLE ROW LEVEL SECURITY;
        ALTER TABLE member_imports FORCE ROW LEVEL SECURITY;
        CREATE POLICY tenant ON member_imports
          USING (group_id = kit.tenant()) WITH CHECK (group_id = kit.tenant());
        GRANT SELECT, INSERT ON member_imports TO sanduk_app;
        GRANT UPDATE (state, content_enc, done_at, added, already) ON member_imports TO sanduk_app;
        """
    )


def downgrade() -> None:
    op.execute("DROP TABLE member_imports")
