"""A bank's file may be taken back: its lines stay, out of the queue, and may come again."""

from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        ALTER TABLE bank_files
          DROP CONSTRAINT bank_files_state_check, DROP CONSTRAINT bank_files_check2, DROP CONSTRAINT bank_files_check3,
          DROP CONSTRAINT bank_files_once,
          ADD CONSTRAINT bank_files_state_check
            CHECK (state IN ('queued','unmapped','failed','read','withdrawn')),
          ADD CONSTRAINT bank_files_check2
            CHECK (read_at IS NOT NULL AND state IN ('read','withdrawn') OR read_at IS NULL AND state <> 'read'),
          ADD CONSTRAINT bank_files_check3 CHECK (state NOT IN ('read','withdrawn') OR content_enc IS NULL);
        CREATE UNIQUE INDEX bank_files_once ON bank_files (group_id, account, file_index) WHERE state <> 'withdrawn';
        ALTER TABLE bank_lines
          DROP CONSTRAINT bank_lines_state_check, DROP CONSTRAINT bank_lines_check, DROP CONSTRAINT bank_lines_once,
          ADD CONSTRAINT bank_lines_state_check
            CHECK (state IN ('open','nothing','accepted','settled','ignored','withdrawn')),
          ADD CONSTRAINT bank_lines_check
            CHECK (state = 'withdrawn' OR (state = 'nothing') = (amount_minor = 0));
        CREATE UNIQUE INDEX bank_lines_once ON bank_lines (group_id, fingerprint) WHERE state <> 'withdrawn';
        """
    )


def downgrade() -> None:
    """Refused while a file stands as taken back."""
    op.execute(
        """
        DROP INDEX bank_lines_once;
        ALTER TABLE bank_lines
          DROP CONSTRAINT bank_lines_state_check, DROP CONSTRAINT bank_lines_check,
          ADD CONSTRAINT bank_lines_state_check
            CHECK (state IN ('open','nothing','accepted','settled','ignored')),
          ADD CONSTRAINT bank_lines_check CHECK ((state = 'nothing') = (amount_minor = 0)),
          ADD CONSTRAINT bank_lines_once UNIQUE (group_id, fingerprint);
        DROP INDEX bank_files_once;
        ALTER TABLE bank_files
          DROP CONSTRAINT bank_files_state_check, DROP CONSTRAINT bank_files_check2, DROP CONSTRAINT bank_files_check3,
          ADD CONSTRAINT bank_files_state_check CHECK (state IN ('queued','unmapped','failed','read')),
          ADD CONSTRAINT bank_files_check2 CHECK ((state = 'read') = (read_at IS NOT NULL)),
          ADD CONSTRAINT bank_files_check3 CHECK (state <> 'read' OR content_enc IS NULL),
          ADD CONSTRAINT bank_files_once UNIQUE (group_id, account, file_index);
        """
    )
