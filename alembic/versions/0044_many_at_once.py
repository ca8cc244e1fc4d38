"""Many confirmations at once: their receipts' numbers are taken in one step, their events are chained in one, and what
a payment gave to a loan may be kept before the payment is.

Numbers still go up without a gap: at commit every number of the step has its receipt. The first event of a transaction
whose turn it is to be chained takes the later ones with it, in the order of their ids, so that the log's head is locked
and written once; the turns of those find them chained.
"""

from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None

STEPS = """
CREATE OR REPLACE FUNCTION next_receipt_number() RETURNS trigger LANGUAGE plpgsql
  SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF NEW.last_n <= coalesce(OLD.last_n, 0) THEN
    RAISE EXCEPTION 'receipt numbers go up' USING ERRCODE = 'RC001';
  END IF;
  RETURN NEW;
END $$;
CREATE OR REPLACE FUNCTION receipt_number_used() RETURNS trigger LANGUAGE plpgsql
  SET search_path = pg_catalog, pg_temp AS $$
DECLARE before bigint := coalesce(OLD.last_n, 0);
BEGIN
  IF NEW.last_n - before <> (
      SELECT count(*) FROM public.receipts WHERE group_id = NEW.group_id AND n > before AND n <= NEW.last_n) THEN
    RAISE EXCEPTION 'of receipt numbers % to % of % one was left out', before + 1, NEW.last_n, NEW.group_id
      USING ERRCODE = 'RC002';
  END IF;
  RETURN NULL;
END $$;
"""
ONE_BY_ONE = """
CREATE OR REPLACE FUNCTION next_receipt_number() RETURNS trigger LANGUAGE plpgsql
  SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF NEW.last_n <> (CASE TG_OP WHEN 'INSERT' THEN 1 ELSE OLD.last_n + 1 END) THEN
    RAISE EXCEPTION 'receipt numbers go up by one' USING ERRCODE = 'RC001';
  END IF;
  RETURN NEW;
END $$;
CREATE OR REPLACE FUNCTION receipt_number_used() RETURNS trigger LANGUAGE plpgsql
  SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM public.receipts WHERE group_id = NEW.group_id AND n = NEW.last_n) THEN
    RAISE EXCEPTION 'receipt number % of % was left out', NEW.last_n, NEW.group_id USING ERRCODE = 'RC002';
  END IF;
  RETURN NULL;
END $$;
"""
# With the event the later ones of its own transaction, whose rows are as young as the transaction or younger: what was
# brought in without the trigger stays outside, and is found as unchained.
APPENDED_TOGETHER = """
CREATE OR REPLACE FUNCTION audit.append(e public.audit_events) RETURNS void LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
DECLARE last audit.head; event public.audit_events; salt bytea; facts bytea; link bytea;
BEGIN
  IF EXISTS (SELECT FROM audit.chain WHERE group_id = e.group_id AND event_id = e.id) THEN
    RETURN;
  END IF;
  SELECT * INTO last FROM audit.head WHERE group_id = e.group_id FOR UPDATE;
  IF NOT FOUND THEN
    INSERT INTO audit.head (group_id) VALUES (e.group_id) ON CONFLICT DO NOTHING;
    SELECT * INTO last FROM audit.head WHERE group_id = e.group_id FOR UPDATE;
  END IF;
  FOR event IN
    SELECT * FROM public.audit_events a WHERE a.group_id = e.group_id AND a.id >= e.id
      AND age(a.xmin) <= age(pg_current_xact_id()::xid)
      AND NOT EXISTS (SELECT FROM audit.chain c WHERE c.group_id = a.group_id AND c.event_id = a.id)
    ORDER BY a.id
  LOOP
    salt := uuid_send(gen_random_uuid());
    facts := audit.commit_facts(salt, event.facts);
    link := sha256(audit.canon(event, last.seq + 1, facts, last.hash));
    INSERT INTO audit.chain (group_id, seq, event_id, salt, facts_commit, prev_hash, hash)
      VALUES (event.group_id, last.seq + 1, event.id, salt, facts, last.hash, link);
    last.seq := last.seq + 1;
    last.hash := link;
  END LOOP;
  UPDATE audit.head SET seq = last.seq, hash = last.hash WHERE group_id = e.group_id;
END $$;
"""
APPENDED_ALONE = """
CREATE OR REPLACE FUNCTION audit.append(e public.audit_events) RETURNS void LANGUAGE plpgsql
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
"""
PAYMENT = "loan_portions_group_id_payment_id_fkey"


def upgrade() -> None:
    op.execute(STEPS)
    op.execute(APPENDED_TOGETHER)
    op.execute("ALTER TRIGGER one_by_one ON receipt_counters RENAME TO goes_up")
    op.execute(f"ALTER TABLE loan_portions ALTER CONSTRAINT {PAYMENT} DEFERRABLE INITIALLY DEFERRED")


def downgrade() -> None:
    op.execute(f"ALTER TABLE loan_portions ALTER CONSTRAINT {PAYMENT} NOT DEFERRABLE")
    op.execute("ALTER TRIGGER goes_up ON receipt_counters RENAME TO one_by_one")
    op.execute(APPENDED_ALONE)
    op.execute(ONE_BY_ONE)
