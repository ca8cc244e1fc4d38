"""Proof: checkpoints over all heads, each group's place in them, nightly verifications, heads that members keep."""

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

# `heads` lists every group's head as text, and is there only until it lies at the outside place
CHECKPOINTS = """
CREATE TABLE checkpoints (
  number bigint PRIMARY KEY CHECK (number > 0), made_at timestamptz NOT NULL,
  size bigint NOT NULL CHECK (size >= 0), root bytea NOT NULL CHECK (length(root) = 32),
  note text NOT NULL, heads text, kept_at timestamptz, CHECK (kept_at IS NULL OR heads IS NULL));
CREATE TRIGGER signed BEFORE UPDATE OF number, made_at, size, root, note ON checkpoints
  FOR EACH ROW EXECUTE FUNCTION kit.forbid();
CREATE TRIGGER kept BEFORE DELETE ON checkpoints FOR EACH ROW EXECUTE FUNCTION kit.forbid();
CREATE TRIGGER rot BEFORE TRUNCATE ON checkpoints EXECUTE FUNCTION kit.forbid();
CREATE INDEX checkpoints_waiting ON checkpoints (number) WHERE heads IS NOT NULL;
GRANT SELECT, INSERT, UPDATE (heads, kept_at) ON checkpoints TO sanduk_app;
"""

TABLES = {
    # a group's leaf in a checkpoint; `path` is the inclusion proof, 32 bytes a step
    "checkpoint_heads": """
CREATE TABLE checkpoint_heads (
  group_id uuid NOT NULL, number bigint NOT NULL, leaf bigint NOT NULL CHECK (leaf >= 0),
  seq bigint NOT NULL CHECK (seq >= 0), hash bytea NOT NULL CHECK (length(hash) = 32),
  path bytea NOT NULL CHECK (length(path) % 32 = 0), PRIMARY KEY (group_id, number))""",
    # what a verification found; bad_seq and reason are null when the books hold
    "book_checks": """
CREATE TABLE book_checks (
  group_id uuid NOT NULL, id uuid NOT NULL, at timestamptz NOT NULL, seq bigint NOT NULL CHECK (seq >= 0),
  hash bytea NOT NULL CHECK (length(hash) = 32), checkpoints integer NOT NULL CHECK (checkpoints >= 0),
  receipts bigint NOT NULL CHECK (receipts >= 0), bad_seq bigint CHECK (bad_seq > 0),
  reason text CHECK (reason ~ '^[a-z_]{1,40}$'),
  PRIMARY KEY (group_id, id), CHECK ((bad_seq IS NULL) = (reason IS NULL)));
CREATE INDEX book_checks_newest ON book_checks (group_id, at DESC)""",
    # a head that a member keeps, to see later that it is still in the chain
    "kept_heads": """
CREATE TABLE kept_heads (
  group_id uuid NOT NULL, id uuid NOT NULL, member_id uuid NOT NULL, seq bigint NOT NULL CHECK (seq > 0),
  hash bytea NOT NULL CHECK (length(hash) = 32), at timestamptz NOT NULL,
  PRIMARY KEY (group_id, id), CONSTRAINT kept_heads_once UNIQUE (group_id, member_id, seq),
  FOREIGN KEY (group_id, member_id) REFERENCES members (group_id, id))""",
}

# two in the morning, in each group's own zone
LOOKUPS = """
GRANT USAGE ON SCHEMA ledger TO sanduk_lookup;
GRANT SELECT (group_id, seq, hash) ON ledger.chain_head TO sanduk_lookup;
GRANT SELECT (group_id, id, at, bad_seq) ON book_checks TO sanduk_lookup;
CREATE POLICY lookup ON ledger.chain_head FOR SELECT TO sanduk_lookup USING (true);
CREATE POLICY lookup ON book_checks FOR SELECT TO sanduk_lookup USING (true);
SET ROLE sanduk_lookup;
CREATE FUNCTION lookup.every_group() RETURNS TABLE (group_id uuid, code text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ SELECT g.id, g.code FROM public.groups g ORDER BY g.id $$;
CREATE FUNCTION lookup.every_head() RETURNS TABLE (group_id uuid, seq bigint, hash bytea)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ SELECT h.group_id, h.seq, h.hash FROM ledger.chain_head h ORDER BY h.group_id $$;
CREATE FUNCTION lookup.books_due(p_now timestamptz) RETURNS TABLE (group_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ SELECT g.id FROM public.groups g WHERE NOT EXISTS (
  SELECT FROM public.book_checks c WHERE c.group_id = g.id AND c.at >=
    (date_trunc('day', (p_now AT TIME ZONE g.timezone) - interval '2 hours') + interval '2 hours')
      AT TIME ZONE g.timezone) $$;
CREATE FUNCTION lookup.books_checked(p_now timestamptz) RETURNS TABLE (bad bigint, late bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ SELECT count(*) FILTER (WHERE newest.bad_seq IS NOT NULL),
    count(*) FILTER (WHERE coalesce(newest.at, g.created_at) < p_now - interval '26 hours')
  FROM public.groups g LEFT JOIN LATERAL (SELECT c.at, c.bad_seq FROM public.book_checks c
    WHERE c.group_id = g.id ORDER BY c.at DESC, c.id DESC LIMIT 1) newest ON true $$;
REVOKE ALL ON FUNCTION lookup.every_group, lookup.every_head, lookup.books_due, lookup.books_checked FROM PUBLIC;
GRANT EXECUTE ON FUNCTION lookup.every_group, lookup.every_head, lookup.books_due, lookup.books_checked TO sanduk_app;
RESET ROLE;
"""


def upgrade() -> None:
    op.execute(CHECKPOINTS)
    for name, table in TABLES.items():
        op.execute(
            f"""{table};
            CREATE TRIGGER kept BEFORE UPDATE OR DELETE ON {name} FOR EACH ROW EXECUTE FUNCTION kit.forbid();
            CREATE TRIGGER rot BEFORE TRUNCATE ON {name} EXECUTE FUNCTION kit.forbid();
            ALTER TABLE {name} ENABLE ROW LEVEL SECURITY;
            ALTER TABLE {name} FORCE ROW LEVEL SECURITY;
            CREATE POLICY tenant ON {name} USING (group_id = kit.tenant()) WITH CHECK (group_id = kit.tenant());
            GRANT SELECT, INSERT ON {name} TO sanduk_app;"""
        )
    op.execute(LOOKUPS)
    op.execute("GRANT DELETE ON procrastinate_periodic_defers TO sanduk_app")  # a schedule forgets when it last ran


def downgrade() -> None:
    op.execute(
        """
        REVOKE DELETE ON procrastinate_periodic_defers FROM sanduk_app;
        SET ROLE sanduk_lookup;
        DROP FUNCTION lookup.every_group; DROP FUNCTION lookup.every_head; DROP FUNCTION lookup.books_due;
        DROP FUNCTION lookup.books_checked;
        RESET ROLE;
        DROP POLICY lookup ON ledger.chain_head;
        REVOKE SELECT (group_id, seq, hash) ON ledger.chain_head FROM sanduk_lookup;
        REVOKE USAGE ON SCHEMA ledger FROM sanduk_lookup;
        DROP TABLE kept_heads; DROP TABLE book_checks; DROP TABLE checkpoint_heads; DROP TABLE checkpoints;
        """
    )
