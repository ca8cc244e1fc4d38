"""Signed statements with the look-up behind their check page, their files, and the queue of the worker."""

from procrastinate.schema import SchemaManager
from psycopg.connection import Connection

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

TABLES = """
-- what was signed: a member's account over a period, as the book stood at entry head_seq
CREATE TABLE statements (
  group_id uuid NOT NULL, id uuid NOT NULL,
  check_code text NOT NULL CHECK (check_code ~ '^[2-9A-HJ-NP-Z]{13}$'),
  member_id uuid NOT NULL, from_on date NOT NULL, until_on date NOT NULL CHECK (until_on >= from_on),
  opening_minor bigint NOT NULL, in_minor bigint NOT NULL CHECK (in_minor >= 0),
  out_minor bigint NOT NULL CHECK (out_minor >= 0), closing_minor bigint NOT NULL,
  currency char(3) NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
  exponent smallint NOT NULL CHECK (exponent BETWEEN 0 AND 4),
  lines integer NOT NULL CHECK (lines >= 0), head_seq bigint NOT NULL CHECK (head_seq >= 0), head_hash bytea NOT NULL,
  digest bytea NOT NULL CHECK (length(digest) = 32), made_at timestamptz NOT NULL, token text NOT NULL,
  PRIMARY KEY (group_id, id), CONSTRAINT statements_check_code UNIQUE (check_code),
  CONSTRAINT statements_once UNIQUE (group_id, member_id, from_on, until_on, digest),
  FOREIGN KEY (group_id, member_id) REFERENCES members (group_id, id),
  CHECK (opening_minor + in_minor - out_minor = closing_minor));
CREATE TRIGGER kept BEFORE UPDATE OR DELETE ON statements FOR EACH ROW EXECUTE FUNCTION kit.forbid();

-- made by the worker; content is sealed with the group's key and forgotten after some days
CREATE TABLE statement_files (
  group_id uuid NOT NULL, statement_id uuid NOT NULL, language text NOT NULL CHECK (language ~ '^[a-z]{2}$'),
  state text NOT NULL CHECK (state IN ('queued','ready','failed','forgotten')), asked_at timestamptz NOT NULL,
  made_at timestamptz, content bytea,
  PRIMARY KEY (group_id, statement_id, language),
  FOREIGN KEY (group_id, statement_id) REFERENCES statements (group_id, id),
  CHECK ((state = 'ready') = (content IS NOT NULL)));
CREATE TRIGGER kept BEFORE DELETE ON statement_files FOR EACH ROW EXECUTE FUNCTION kit.forbid();
"""

RIGHTS = """
GRANT SELECT, INSERT ON statements TO sanduk_app;
GRANT SELECT, INSERT, UPDATE (state, asked_at, made_at, content) ON statement_files TO sanduk_app;
GRANT SELECT (group_id, id, check_code) ON statements TO sanduk_lookup;
CREATE POLICY lookup ON statements FOR SELECT TO sanduk_lookup USING (true);
"""

LOOKUP = """
SET ROLE sanduk_lookup;
CREATE FUNCTION lookup.statement_by_check_code(p_code text) RETURNS TABLE (group_id uuid, statement_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ SELECT s.group_id, s.id FROM public.statements s WHERE s.check_code = p_code $$;
REVOKE ALL ON FUNCTION lookup.statement_by_check_code FROM PUBLIC;
GRANT EXECUTE ON FUNCTION lookup.statement_by_check_code TO sanduk_app;
RESET ROLE;
"""

# A NOTIFY inside a transaction lets the database commit one at a time: our worker looks every second instead.
QUEUE = """
DROP TRIGGER procrastinate_jobs_notify_queue_job_inserted_v1 ON procrastinate_jobs;
DROP TRIGGER procrastinate_jobs_notify_queue_job_aborted_v1 ON procrastinate_jobs;
DROP FUNCTION procrastinate_notify_queue_job_inserted_v1, procrastinate_notify_queue_abort_job_v1;
GRANT SELECT, INSERT, UPDATE, DELETE ON procrastinate_jobs, procrastinate_workers TO sanduk_app;
GRANT SELECT, INSERT ON procrastinate_events TO sanduk_app;
GRANT SELECT, INSERT, UPDATE ON procrastinate_periodic_defers TO sanduk_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO sanduk_app;
CREATE INDEX jobs_dead ON procrastinate_jobs (id DESC) WHERE status = 'failed';
"""

NO_QUEUE = r"""
DROP TABLE procrastinate_events, procrastinate_periodic_defers, procrastinate_jobs, procrastinate_workers
  CASCADE;
DO $$
DECLARE one regprocedure;
BEGIN
  FOR one IN SELECT oid FROM pg_proc
    WHERE pronamespace = 'public'::regnamespace AND proname LIKE 'procrastinate\_%' LOOP
    EXECUTE 'DROP FUNCTION ' || one;
  END LOOP;
END $$;
DROP TYPE procrastinate_job_to_defer_v1, procrastinate_job_status, procrastinate_job_event_type;
"""


def upgrade() -> None:
    op.execute(TABLES)
    for table in ("statements", "statement_files"):
        op.execute(
            f"""
            CREATE TRIGGER rot BEFORE TRUNCATE ON {table} EXECUTE FUNCTION kit.forbid();
            ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
            ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
            CREATE POLICY tenant ON {table} USING (group_id = kit.tenant()) WITH CHECK (group_id = kit.tenant());
            """
        )
    op.execute(RIGHTS)
    op.execute(LOOKUP)
    raw = op.get_bind().connection.driver_connection
    assert isinstance(raw, Connection)
    raw.execute(SchemaManager.get_schema().encode())  # of the pinned version; a new one needs a migration of its own
    op.execute(QUEUE)


def downgrade() -> None:
    op.execute(NO_QUEUE)
    op.execute("SET ROLE sanduk_lookup; DROP FUNCTION lookup.statement_by_check_code; RESET ROLE;")
    op.execute("DROP TABLE statement_files; DROP TABLE statements;")
