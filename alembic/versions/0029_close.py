"""Bank against books: a line that the books had before, and reasons for entries that no statement shows."""

from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

KINDS = "'dues','submission','income','expense','charge','reversal','ignored'"
TABLES = """
-- why an entry isn't on a statement yet; `entry_seq` 0 is what lies before the first statement. It holds for its amount
CREATE TABLE bank_reasons (
  group_id uuid NOT NULL REFERENCES groups, account text NOT NULL CHECK (account IN ('1020','1030')),
  entry_seq bigint NOT NULL CHECK (entry_seq >= 0), amount_minor bigint NOT NULL, reason_enc bytea NOT NULL,
  said_by uuid NOT NULL, said_at timestamptz NOT NULL,
  PRIMARY KEY (group_id, account, entry_seq), FOREIGN KEY (group_id, said_by) REFERENCES members (group_id, id));
ALTER TABLE bank_reasons ENABLE ROW LEVEL SECURITY;
ALTER TABLE bank_reasons FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON bank_reasons USING (group_id = kit.tenant()) WITH CHECK (group_id = kit.tenant());
GRANT SELECT, INSERT, UPDATE (amount_minor, reason_enc, said_by, said_at) ON bank_reasons TO sanduk_app;
CREATE INDEX bank_reasons_by ON bank_reasons (group_id, said_by);

-- an entry is the proof of one line
CREATE UNIQUE INDEX bank_matches_entry ON bank_matches (group_id, entry_seq)
  WHERE entry_seq IS NOT NULL AND state <> 'undone';
CREATE INDEX bank_matches_state ON bank_matches (group_id, state, id);
CREATE INDEX bank_lines_day ON bank_lines (group_id, account, booked_on);
"""


def upgrade() -> None:
    _allow(f"({KINDS},'booked'))")
    op.execute(TABLES)


def downgrade() -> None:
    op.execute("DROP INDEX bank_lines_day; DROP INDEX bank_matches_state; DROP INDEX bank_matches_entry")
    op.execute("DROP TABLE bank_reasons")
    _allow(f"({KINDS})) NOT VALID")


def _allow(kinds: str) -> None:
    """Going down, rows of a kind that is no longer known stay as they are."""
    op.execute("ALTER TABLE bank_matches DROP CONSTRAINT bank_matches_kind_check")
    op.execute(f"ALTER TABLE bank_matches ADD CONSTRAINT bank_matches_kind_check CHECK (kind IN {kinds}")
