"""The audit log as a chain per group, and the right that scheduled jobs need.

An event gets its number and hash at the commit, by a deferred trigger: the head's lock is the last that any transaction
takes, so it can't be waited for in a circle, and it is held for the commit alone. Whoever appends as before is chained
all the same.
"""

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

TABLES = """
CREATE SCHEMA audit;

-- one row per group, the nil UUID for the platform: its lock is the order of the log
CREATE TABLE audit.head (
  group_id uuid PRIMARY KEY, seq bigint NOT NULL DEFAULT 0 CHECK (seq >= 0),
  hash bytea NOT NULL DEFAULT decode(repeat('00', 32), 'hex') CHECK (length(hash) = 32)
) WITH (fillfactor = 50);

-- facts are committed to with a salt: without them the chain still holds
CREATE TABLE audit.chain (
  group_id uuid NOT NULL REFERENCES audit.head, seq bigint NOT NULL CHECK (seq > 0), event_id uuid NOT NULL,
  salt bytea NOT NULL CHECK (length(salt) = 16), facts_commit bytea NOT NULL CHECK (length(facts_commit) = 32),
  prev_hash bytea NOT NULL CHECK (length(prev_hash) = 32), hash bytea NOT NULL CHECK (length(hash) = 32),
  PRIMARY KEY (group_id, seq), CONSTRAINT chain_event_once UNIQUE (group_id, event_id),
  FOREIGN KEY (group_id, event_id) REFERENCES public.audit_events (group_id, id));
"""

# Canonical form v1: RFC 8785 JSON, keys sorted, every scalar a string. Frozen by golden vectors; never re-hash.
CANON = """
CREATE FUNCTION audit.commit_facts(p_salt bytea, p_facts jsonb) RETURNS bytea LANGUAGE sql STABLE PARALLEL SAFE
RETURN sha256('\\x01'::bytea || p_salt || convert_to('{' || coalesce((
  SELECT string_agg(to_json(f.key)::text || ':' || to_json(coalesce(f.value, ''))::text, ',' ORDER BY f.key COLLATE "C")
  FROM jsonb_each_text(p_facts) AS f(key, value)), '') || '}', 'UTF8'));

CREATE FUNCTION audit.canon(e public.audit_events, s bigint, facts bytea, prev bytea) RETURNS bytea
LANGUAGE sql STABLE PARALLEL SAFE
RETURN convert_to('{"action":'||to_json((e).action)::text||',"actor":"'||coalesce((e).actor_id::text, '')||'","at":"'||
  to_char((e).at AT TIME ZONE 'UTC','YYYY-MM-DD"T"HH24:MI:SS.US"Z"')||'","event_id":"'||(e).id||'","facts":"'||
  encode(facts,'hex')||'","group_id":"'||(e).group_id||'","prev":"'||encode(prev,'hex')||'","seq":"'||s||
  '","subject":'||to_json((e).subject)::text||',"subject_id":'||to_json(coalesce((e).subject_id, ''))::text||
  ',"v":"1"}', 'UTF8');
"""

CHAINING = """
CREATE FUNCTION audit.append(e public.audit_events) RETURNS void LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
DECLARE last audit.head; salt bytea := uuid_send(gen_random_uuid()); facts bytea; now_hash bytea;
BEGIN
  SELECT * INTO last FROM audit.head WHERE group_id = e.group_id FOR UPDATE;
  IF NOT FOUND THEN
    INSERT INTO audit.head (group_id) VALUES (e.group_id) ON CONFLICT DO NOTHING;
    SELECT * INTO last FROM audit.head WHERE group_id = e.group_id FOR UPDATE;
  END IF;
  facts := audit.commit_facts(salt, e.facts);
  now_hash := sha256(audit.canon(e, last.seq + 1, facts, last.hash));
  INSERT INTO audit.chain (group_id, seq, event_id, salt, facts_commit, prev_hash, hash)
    VALUES (e.group_id, last.seq + 1, e.id, salt, facts, last.hash, now_hash);
  UPDATE audit.head SET seq = last.seq + 1, hash = now_hash WHERE group_id = e.group_id;
END $$;

-- the transaction may have gone on to another group since: the event's own is set while it is chained
CREATE FUNCTION audit.chain_event() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE tenant text := current_setting('app.group_id', true);
BEGIN
  IF tenant IS NOT DISTINCT FROM NEW.group_id::text THEN
    PERFORM audit.append(NEW);
  ELSE
    PERFORM set_config('app.group_id', nullif(NEW.group_id, '00000000-0000-0000-0000-000000000000')::text, true);
    PERFORM audit.append(NEW);
    PERFORM set_config('app.group_id', tenant, true);
  END IF;
  RETURN NULL;
END $$;
"""

# As the owner, past the row-level security that isn't forced meanwhile; in the order in which the log is shown.
EARLIER = """
ALTER TABLE public.audit_events NO FORCE ROW LEVEL SECURITY;
DO $$
DECLARE event public.audit_events;
BEGIN
  FOR event IN SELECT * FROM public.audit_events ORDER BY group_id, id LOOP
    PERFORM audit.append(event);
  END LOOP;
END $$;
ALTER TABLE public.audit_events FORCE ROW LEVEL SECURITY;
CREATE CONSTRAINT TRIGGER chained AFTER INSERT ON public.audit_events DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION audit.chain_event();
CREATE INDEX audit_events_at ON public.audit_events (group_id, at DESC);
"""

RIGHTS = """
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA audit FROM PUBLIC;
GRANT USAGE ON SCHEMA audit TO sanduk_app;
GRANT SELECT ON audit.head, audit.chain TO sanduk_app;
-- procrastinate_defer_periodic_job_v2 forgets the defers before the newest
GRANT DELETE ON procrastinate_periodic_defers TO sanduk_app;
"""


def upgrade() -> None:
    for part in (TABLES, CANON, CHAINING, EARLIER, RIGHTS):
        op.execute(part)
    for table, change in (("head", "DELETE"), ("chain", "UPDATE OR DELETE")):
        op.execute(
            f"""
            CREATE TRIGGER ro BEFORE {change} ON audit.{table} FOR EACH ROW EXECUTE FUNCTION kit.forbid();
            CREATE TRIGGER rot BEFORE TRUNCATE ON audit.{table} EXECUTE FUNCTION kit.forbid();
            ALTER TABLE audit.{table} ENABLE ROW LEVEL SECURITY;
            ALTER TABLE audit.{table} FORCE ROW LEVEL SECURITY;
            CREATE POLICY tenant ON audit.{table}
              USING (group_id = coalesce(kit.tenant(), '00000000-0000-0000-0000-000000000000'))
              WITH CHECK (group_id = coalesce(kit.tenant(), '00000000-0000-0000-0000-000000000000'));
            """
        )


def downgrade() -> None:
    op.execute(
        """
        REVOKE DELETE ON procrastinate_periodic_defers FROM sanduk_app;
        DROP TRIGGER chained ON public.audit_events;
        DROP INDEX public.audit_events_at;
        DROP SCHEMA audit CASCADE;
        """
    )
