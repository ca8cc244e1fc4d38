"""Bank statements: the files that came, their lines once each, and what was decided about a line."""

from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

TABLES = """
-- a file of one of the group's money accounts; its bytes are sealed, and gone once they are read
CREATE TABLE bank_files (
  group_id uuid NOT NULL REFERENCES groups, id uuid NOT NULL,
  account text NOT NULL CHECK (account IN ('1020','1030')),
  file_index bytea NOT NULL CHECK (length(file_index) = 32),
  name_enc bytea NOT NULL, content_enc bytea,
  state text NOT NULL CHECK (state IN ('queued','unmapped','failed','read')),
  why text CHECK (length(why) BETWEEN 1 AND 60), params jsonb NOT NULL DEFAULT '{}',
  format text, lines int NOT NULL DEFAULT 0 CHECK (lines >= 0), done int NOT NULL DEFAULT 0 CHECK (done >= 0),
  added int NOT NULL DEFAULT 0 CHECK (added BETWEEN 0 AND done),
  created_by uuid NOT NULL, created_at timestamptz NOT NULL, read_at timestamptz,
  PRIMARY KEY (group_id, id), CONSTRAINT bank_files_once UNIQUE (group_id, account, file_index),
  FOREIGN KEY (group_id, created_by) REFERENCES members (group_id, id),
  CHECK ((state IN ('failed','unmapped')) = (why IS NOT NULL)),
  CHECK ((state = 'read') = (read_at IS NOT NULL)),
  CHECK (state <> 'read' OR content_enc IS NULL));
CREATE INDEX bank_files_newest ON bank_files (group_id, id DESC);

CREATE TABLE bank_statements (
  group_id uuid NOT NULL, id uuid NOT NULL, file_id uuid NOT NULL, n int NOT NULL CHECK (n >= 1),
  account text NOT NULL, currency char(3) NOT NULL CHECK (currency ~ '^[A-Z]{3}$'), held_enc bytea,
  opening_on date, opening_minor bigint, closing_on date, closing_minor bigint,
  lines int NOT NULL CHECK (lines >= 0), chain text NOT NULL CHECK (chain IN ('ok','unverifiable')),
  PRIMARY KEY (group_id, id), UNIQUE (group_id, file_id, n),
  FOREIGN KEY (group_id, file_id) REFERENCES bank_files (group_id, id));
CREATE INDEX bank_statements_closing ON bank_statements (group_id, account, closing_on DESC);
CREATE TRIGGER kept BEFORE UPDATE OR DELETE ON bank_statements FOR EACH ROW EXECUTE FUNCTION kit.forbid();

-- `fingerprint` is a blind index of what makes a line itself, with its place among truly equal ones of its file
CREATE TABLE bank_lines (
  group_id uuid NOT NULL, id uuid NOT NULL, statement_id uuid NOT NULL, account text NOT NULL,
  n int NOT NULL CHECK (n >= 1), booked_on date NOT NULL, value_on date, amount_minor bigint NOT NULL,
  currency char(3) NOT NULL, balance_minor bigint, words_enc bytea NOT NULL,
  fingerprint bytea NOT NULL CHECK (length(fingerprint) = 32),
  state text NOT NULL CHECK (state IN ('open','nothing','accepted','settled','ignored')),
  CHECK ((state = 'nothing') = (amount_minor = 0)),
  PRIMARY KEY (group_id, id), CONSTRAINT bank_lines_once UNIQUE (group_id, fingerprint),
  FOREIGN KEY (group_id, statement_id) REFERENCES bank_statements (group_id, id));
CREATE INDEX bank_lines_queue ON bank_lines (group_id, account, booked_on, id) WHERE state = 'open';
CREATE INDEX bank_lines_listed ON bank_lines (group_id, statement_id, n);
CREATE INDEX bank_lines_accepted ON bank_lines (group_id, booked_on, id) WHERE state = 'accepted';

-- how the columns of a header that wasn't understood are to be read, by the account and the header's own words
CREATE TABLE bank_layouts (
  group_id uuid NOT NULL REFERENCES groups, account text NOT NULL, header_index bytea NOT NULL,
  line int NOT NULL CHECK (line >= 0), roles jsonb NOT NULL, set_by uuid NOT NULL, set_at timestamptz NOT NULL,
  PRIMARY KEY (group_id, account, header_index));

-- what a treasurer decided about a line; suggestions are worked out afresh each time and stand nowhere
CREATE TABLE bank_matches (
  group_id uuid NOT NULL, id uuid NOT NULL, line_id uuid NOT NULL,
  kind text NOT NULL CHECK (kind IN ('dues','submission','income','expense','charge','reversal','ignored')),
  state text NOT NULL CHECK (state IN ('accepted','undone','confirmed')),
  rule text NOT NULL, score smallint NOT NULL CHECK (score BETWEEN 0 AND 100),
  payment_id uuid, pair_id uuid, note_enc bytea, entry_seq bigint,
  accept_key text NOT NULL CHECK (length(accept_key) BETWEEN 1 AND 128), accept_print bytea NOT NULL,
  accepted_by uuid NOT NULL, accepted_at timestamptz NOT NULL, undone_by uuid, undone_at timestamptz,
  confirmed_by uuid, confirmed_at timestamptz, confirm_key text CHECK (length(confirm_key) BETWEEN 1 AND 128),
  PRIMARY KEY (group_id, id), UNIQUE (group_id, accept_key),
  FOREIGN KEY (group_id, line_id) REFERENCES bank_lines (group_id, id),
  FOREIGN KEY (group_id, pair_id) REFERENCES bank_lines (group_id, id),
  FOREIGN KEY (group_id, payment_id) REFERENCES payments (group_id, id),
  CHECK ((state = 'undone') = (undone_by IS NOT NULL AND undone_at IS NOT NULL)),
  CHECK ((state = 'confirmed') = (confirmed_by IS NOT NULL AND confirmed_at IS NOT NULL AND confirm_key IS NOT NULL)));
CREATE UNIQUE INDEX bank_matches_live ON bank_matches (group_id, line_id) WHERE state <> 'undone';
CREATE INDEX bank_matches_pair ON bank_matches (group_id, pair_id) WHERE pair_id IS NOT NULL;

-- a part of a line: on a due (`claim_id` of `kind`), or kept for the member (`kind` credit)
CREATE TABLE bank_match_parts (
  group_id uuid NOT NULL, match_id uuid NOT NULL, part_no smallint NOT NULL CHECK (part_no BETWEEN 1 AND 50),
  member_id uuid NOT NULL, kind text NOT NULL CHECK (kind IN ('contribution','credit')), claim_id uuid NOT NULL,
  amount_minor bigint NOT NULL CHECK (amount_minor > 0), payment_id uuid,
  PRIMARY KEY (group_id, match_id, part_no), UNIQUE (group_id, match_id, kind, claim_id),
  FOREIGN KEY (group_id, match_id) REFERENCES bank_matches (group_id, id),
  FOREIGN KEY (group_id, member_id) REFERENCES members (group_id, id),
  FOREIGN KEY (group_id, payment_id) REFERENCES payments (group_id, id));
CREATE INDEX bank_match_parts_claim ON bank_match_parts (group_id, claim_id);
"""

ALL = ("bank_files", "bank_statements", "bank_lines", "bank_layouts", "bank_matches", "bank_match_parts")
RIGHTS = """
GRANT SELECT, INSERT, UPDATE (content_enc, state, why, params, format, lines, done, added, read_at)
  ON bank_files TO sanduk_app;
GRANT SELECT, INSERT ON bank_statements TO sanduk_app;
GRANT SELECT, INSERT, UPDATE (state) ON bank_lines TO sanduk_app;
GRANT SELECT, INSERT, UPDATE (line, roles, set_by, set_at) ON bank_layouts TO sanduk_app;
GRANT SELECT, INSERT,
  UPDATE (state, undone_by, undone_at, confirmed_by, confirmed_at, confirm_key, payment_id, entry_seq)
  ON bank_matches TO sanduk_app;
GRANT SELECT, INSERT, UPDATE (payment_id) ON bank_match_parts TO sanduk_app;
"""
SOURCES = {True: "'member','treasurer','statement'", False: "'member','treasurer'"}


def upgrade() -> None:
    op.execute(TABLES)
    for table in ALL:
        op.execute(
            f"""
            ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
            ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
            CREATE POLICY tenant ON {table} USING (group_id = kit.tenant()) WITH CHECK (group_id = kit.tenant());
            """
        )
    op.execute(RIGHTS)
    _allow(SOURCES[True])
    # a line that pays for several members has one provider's code: the first of their payments carries it
    op.execute("ALTER TABLE payments DROP CONSTRAINT payments_check")
    op.execute(
        "ALTER TABLE payments ADD CONSTRAINT payments_check"
        " CHECK (method = 'cash' OR provider_code IS NOT NULL OR source = 'statement')"
    )


def downgrade() -> None:
    op.execute("ALTER TABLE payments DROP CONSTRAINT payments_check")
    op.execute(
        "ALTER TABLE payments ADD CONSTRAINT payments_check"
        " CHECK (method = 'cash' OR provider_code IS NOT NULL) NOT VALID"
    )
    _allow(SOURCES[False])
    for table in reversed(ALL):
        op.execute(f"DROP TABLE {table}")


def _allow(sources: str) -> None:
    """Rows of a source that is no longer known stay as they are."""
    op.execute("ALTER TABLE payments DROP CONSTRAINT payments_source_check")
    op.execute(f"ALTER TABLE payments ADD CONSTRAINT payments_source_check CHECK (source IN ({sources})) NOT VALID")
