"""Files of reports; what late payment costs, fines and reminders; from trying a group out to the real thing."""

from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

REPORTS = """
-- made by the worker; content is sealed with the group's key and forgotten after a day
CREATE TABLE report_files (
  group_id uuid NOT NULL REFERENCES groups, report_id uuid NOT NULL, language text NOT NULL
    CHECK (language ~ '^[a-z]{2}$'), kind text NOT NULL CHECK (kind ~ '^[a-z]{1,20}$'),
  query text NOT NULL CHECK (length(query) <= 400),
  state text NOT NULL CHECK (state IN ('queued','ready','failed','forgotten')), asked_at timestamptz NOT NULL,
  made_at timestamptz, content bytea,
  PRIMARY KEY (group_id, report_id, language), CHECK ((state = 'ready') = (content IS NOT NULL)));
CREATE TRIGGER kept BEFORE DELETE ON report_files FOR EACH ROW EXECUTE FUNCTION kit.forbid();
CREATE TRIGGER rot BEFORE TRUNCATE ON report_files EXECUTE FUNCTION kit.forbid();
ALTER TABLE report_files ENABLE ROW LEVEL SECURITY;
ALTER TABLE report_files FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON report_files USING (group_id = kit.tenant()) WITH CHECK (group_id = kit.tenant());
GRANT SELECT, INSERT, UPDATE (state, asked_at, made_at, content) ON report_files TO sanduk_app;

-- who owes what since when, without reading what was paid long ago; dues and receipts of some days
CREATE INDEX contributions_open ON contributions (group_id, due_on, id) WHERE state IN ('expected', 'part_paid');
CREATE INDEX contributions_due ON contributions (group_id, due_on);
CREATE INDEX receipts_by_day ON receipts (group_id, paid_on DESC, n DESC);
"""

NO_REPORTS = """
DROP INDEX receipts_by_day; DROP INDEX contributions_due; DROP INDEX contributions_open;
DROP TABLE report_files;
"""


FINES = """
CREATE TABLE late_rules (
  group_id uuid NOT NULL REFERENCES groups, version int NOT NULL CHECK (version > 0),
  fine text NOT NULL CHECK (fine IN ('none','amount','share')),
  amount_minor bigint NOT NULL CHECK ((fine = 'amount') = (amount_minor > 0)),
  rate_ppm int NOT NULL CHECK (rate_ppm BETWEEN 0 AND 1000000), CHECK ((fine = 'share') = (rate_ppm > 0)),
  grace_days int NOT NULL CHECK (grace_days BETWEEN 0 AND 90),
  every_days int NOT NULL CHECK (every_days BETWEEN 0 AND 90), steps int NOT NULL CHECK (steps BETWEEN 1 AND 12),
  CHECK (every_days > 0 OR steps = 1), before_days int NOT NULL CHECK (before_days BETWEEN 0 AND 30),
  on_due boolean NOT NULL, after_days int NOT NULL CHECK (after_days BETWEEN 0 AND 90),
  title text NOT NULL CHECK (length(title) <= 30), set_by uuid NOT NULL, set_at timestamptz NOT NULL,
  PRIMARY KEY (group_id, version));
CREATE TRIGGER ro BEFORE UPDATE OR DELETE ON late_rules FOR EACH ROW EXECUTE FUNCTION kit.forbid();

-- a fine is a due of a call of its own: one call for each contribution and step
ALTER TABLE calls ADD COLUMN fined_call_id uuid, ADD COLUMN fine_step int CHECK (fine_step BETWEEN 1 AND 12),
  ADD FOREIGN KEY (group_id, fined_call_id) REFERENCES calls (group_id, id),
  ADD CHECK ((fined_call_id IS NULL) = (fine_step IS NULL)),
  DROP CONSTRAINT calls_purpose_check,
  ADD CONSTRAINT calls_purpose_check CHECK (purpose IN ('contribution','savings','pot','fine')),
  ADD CHECK ((purpose = 'fine') = (fined_call_id IS NOT NULL));
CREATE UNIQUE INDEX calls_fine_once ON calls (group_id, fined_call_id, fine_step) WHERE fined_call_id IS NOT NULL;

-- never twice
CREATE TABLE reminders (
  group_id uuid NOT NULL, due_id uuid NOT NULL, step text NOT NULL CHECK (step IN ('before','on','after')),
  at timestamptz NOT NULL, PRIMARY KEY (group_id, due_id, step),
  FOREIGN KEY (group_id, due_id) REFERENCES contributions (group_id, id));
CREATE TRIGGER ro BEFORE UPDATE OR DELETE ON reminders FOR EACH ROW EXECUTE FUNCTION kit.forbid();

CREATE TABLE due_looks (group_id uuid PRIMARY KEY REFERENCES groups, through date NOT NULL);
GRANT UPDATE (through) ON due_looks TO sanduk_app;
GRANT SELECT ON due_looks TO sanduk_lookup;
CREATE POLICY lookup ON due_looks FOR SELECT TO sanduk_lookup USING (current_user = 'sanduk_lookup');
SET ROLE sanduk_lookup;
CREATE FUNCTION lookup.dues_unseen(p_now timestamptz) RETURNS TABLE (group_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ SELECT g.id FROM public.groups g LEFT JOIN public.due_looks d ON d.group_id = g.id
  WHERE g.cleared_at IS NULL AND (d.through IS NULL OR d.through < (p_now AT TIME ZONE g.timezone)::date) $$;
REVOKE ALL ON FUNCTION lookup.dues_unseen FROM PUBLIC;
GRANT EXECUTE ON FUNCTION lookup.dues_unseen TO sanduk_app;
RESET ROLE;
"""

PRACTICE = """
ALTER TABLE groups ADD COLUMN live_at timestamptz, ADD COLUMN cleared_at timestamptz,
  ADD COLUMN clears_id uuid UNIQUE REFERENCES groups,
  ADD CONSTRAINT groups_live_or_cleared CHECK (live_at IS NULL OR cleared_at IS NULL);
GRANT UPDATE (live_at, cleared_at) ON groups TO sanduk_app;
-- what counts keeps counting: groups of before this are live
ALTER TABLE groups NO FORCE ROW LEVEL SECURITY;
UPDATE groups SET live_at = created_at;
ALTER TABLE groups FORCE ROW LEVEL SECURITY;

CREATE FUNCTION forbid_unlive() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  IF (OLD.live_at IS NOT NULL AND NEW.live_at IS DISTINCT FROM OLD.live_at)
     OR (OLD.cleared_at IS NOT NULL AND NEW.cleared_at IS DISTINCT FROM OLD.cleared_at) THEN
    RAISE EXCEPTION 'a group goes live once, or is cleared once' USING ERRCODE = '23514';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER live_once BEFORE UPDATE OF live_at, cleared_at ON groups
  FOR EACH ROW EXECUTE FUNCTION forbid_unlive();

-- whatever the services do: nothing is written any more into what is practice
CREATE FUNCTION forbid_in_cleared() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  IF EXISTS (SELECT FROM public.groups g WHERE g.id = NEW.group_id AND g.cleared_at IS NOT NULL) THEN
    RAISE EXCEPTION 'the group was for practice and is closed' USING ERRCODE = 'GR001';
  END IF;
  RETURN NEW;
END $$;

SET ROLE sanduk_lookup;
DROP FUNCTION lookup.my_places();
CREATE FUNCTION lookup.my_places() RETURNS TABLE (group_id uuid, member_id uuid, name text, short_name text, code text,
  roles text[], is_practice boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS
$$ SELECT g.id, m.id, g.name, g.short_name, g.code, ARRAY(
     SELECT r.role FROM public.role_grants r
     WHERE r.group_id = m.group_id AND r.member_id = m.id AND r.ended_at IS NULL), g.cleared_at IS NOT NULL
   FROM public.members m JOIN public.groups g ON g.id = m.group_id
   WHERE m.person_id = kit.me() AND m.state = 'active' ORDER BY g.cleared_at IS NOT NULL, g.name, g.id $$;
REVOKE ALL ON FUNCTION lookup.my_places FROM PUBLIC;
GRANT EXECUTE ON FUNCTION lookup.my_places TO sanduk_app;
RESET ROLE;
"""
LOANS = """
SET ROLE sanduk_lookup;
CREATE OR REPLACE FUNCTION lookup.loans_due(p_now timestamptz) RETURNS TABLE (group_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ SELECT g.id FROM public.groups g WHERE {cleared}EXISTS (
  SELECT FROM public.loans l WHERE l.group_id = g.id AND l.state = 'active'
    AND l.looked_on < (p_now AT TIME ZONE g.timezone)::date) $$;
RESET ROLE;
"""
"""Loans of a group that was cleared are looked after no more."""
CLOSED = {
    "payments": "INSERT OR UPDATE",
    "contributions": "INSERT OR UPDATE",
    "proposals": "INSERT OR UPDATE",
    "signatures": "INSERT",
    "calls": "INSERT",
    "members": "INSERT",
    "member_requests": "INSERT",
    "meetings": "INSERT",
    "bank_matches": "INSERT OR UPDATE",
    "welfare_claims": "INSERT OR UPDATE",
    "loans": "INSERT OR UPDATE",
    "ledger.journal_entry": "INSERT",
}
"""What a practice group that was cleared takes no more."""

NO_PRACTICE = """
SET ROLE sanduk_lookup;
DROP FUNCTION lookup.my_places();
CREATE FUNCTION lookup.my_places()
  RETURNS TABLE (group_id uuid, member_id uuid, name text, short_name text, code text, roles text[])
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS
  $$ SELECT g.id, m.id, g.name, g.short_name, g.code, ARRAY(
       SELECT r.role FROM public.role_grants r
       WHERE r.group_id = m.group_id AND r.member_id = m.id AND r.ended_at IS NULL)
     FROM public.members m JOIN public.groups g ON g.id = m.group_id
     WHERE m.person_id = kit.me() AND m.state = 'active' ORDER BY g.name, g.id $$;
REVOKE ALL ON FUNCTION lookup.my_places FROM PUBLIC;
GRANT EXECUTE ON FUNCTION lookup.my_places TO sanduk_app;
RESET ROLE;
DROP FUNCTION forbid_in_cleared;
DROP TRIGGER live_once ON groups; DROP FUNCTION forbid_unlive;
ALTER TABLE groups DROP COLUMN clears_id, DROP COLUMN cleared_at, DROP COLUMN live_at;
"""

NO_FINES = """
SET ROLE sanduk_lookup; DROP FUNCTION lookup.dues_unseen; RESET ROLE;
DROP TABLE due_looks; DROP TABLE reminders;
ALTER TABLE calls DROP COLUMN fine_step, DROP COLUMN fined_call_id CASCADE;
ALTER TABLE calls DROP CONSTRAINT calls_purpose_check,
  ADD CONSTRAINT calls_purpose_check CHECK (purpose IN ('contribution','savings','pot'));
DROP TABLE late_rules;
"""
TABLES = ("late_rules", "reminders", "due_looks")


def upgrade() -> None:
    op.execute(REPORTS)
    op.execute(PRACTICE)
    op.execute(LOANS.format(cleared="g.cleared_at IS NULL AND "))
    for table, change in CLOSED.items():
        op.execute(
            f"CREATE TRIGGER open_group BEFORE {change} ON {table} FOR EACH ROW EXECUTE FUNCTION forbid_in_cleared()"
        )
    op.execute(FINES)
    for table in TABLES:
        op.execute(
            f"""
            ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
            ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
            CREATE POLICY tenant ON {table} USING (group_id = kit.tenant()) WITH CHECK (group_id = kit.tenant());
            CREATE TRIGGER rot BEFORE TRUNCATE ON {table} EXECUTE FUNCTION kit.forbid();
            GRANT SELECT, INSERT ON {table} TO sanduk_app;
            """
        )


def downgrade() -> None:
    op.execute(NO_FINES)
    for table in CLOSED:
        op.execute(f"DROP TRIGGER open_group ON {table}")
    op.execute(LOANS.format(cleared=""))
    op.execute(NO_PRACTICE)
    op.execute(NO_REPORTS)
