"""Codes by a vendor, counted by who asked; old requests may be forgotten."""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        ALTER TABLE code_requests
          ADD COLUMN asker_index bytea NOT NULL DEFAULT '',
          ADD COLUMN channel text NOT NULL DEFAULT 'sms' CHECK (channel IN ('sms', 'whatsapp')),
          ADD COLUMN is_sent boolean NOT NULL DEFAULT false,
          ADD COLUMN reference text NOT NULL DEFAULT '';
        UPDATE code_requests SET is_sent = code_hash IS NOT NULL;
        CREATE INDEX code_requests_sent ON code_requests (created_at) WHERE is_sent;
        CREATE INDEX code_requests_age ON code_requests (created_at);
        -- only what is older than every limit that counts it
        CREATE POLICY forgetting ON code_requests AS RESTRICTIVE FOR DELETE
          USING (created_at < now() - interval '1 day');
        GRANT DELETE ON code_requests TO sanduk_app;
        """
    )


def downgrade() -> None:
    op.execute(
        """
        REVOKE DELETE ON code_requests FROM sanduk_app;
        DROP POLICY forgetting ON code_requests;
        DROP INDEX code_requests_age; DROP INDEX code_requests_sent;
        ALTER TABLE code_requests
          DROP COLUMN reference, DROP COLUMN is_sent, DROP COLUMN channel, DROP COLUMN asker_index;
        """
    )
