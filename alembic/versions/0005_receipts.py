"""Receipts: numbered per group without gaps, signed, kept for ever; and the look-up behind the public check page."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

TABLES = """
-- the last number given; changed only by who holds the ledger's head of the group
CREATE TABLE receipt_counters (
  group_id uuid PRIMARY KEY, last_n bigint NOT NULL CHECK (last_n > 0));

CREATE TABLE receipts (
  group_id uuid NOT NULL, id uuid NOT NULL, n bigint NOT NULL CHECK (n > 0),
  number text NOT NULL CHECK (number ~ '^[2-9A-HJ-NP-Z]{6}-[0-9]{6,}$'),
  check_code text NOT NULL CHECK (check_code ~ '^[2-9A-HJ-NP-Z]{13}$'),
  member_id uuid NOT NULL, payment_id uuid NOT NULL,
  seq bigint NOT NULL, hash bytea NOT NULL CHECK (length(hash) = 32),
  amount_minor bigint NOT NULL CHECK (amount_minor > 0), currency char(3) NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
  exponent smallint NOT NULL CHECK (exponent BETWEEN 0 AND 4),
  lines jsonb NOT NULL CHECK (jsonb_typeof(lines) = 'array' AND jsonb_array_length(lines) > 0),
  paid_on date NOT NULL, issued_at timestamptz NOT NULL, method text NOT NULL,
  provider_code text, reference text NOT NULL, token text NOT NULL,
  state text NOT NULL DEFAULT 'issued' CHECK (state IN ('issued','reversed')),
  reversed_seq bigint, reversed_at timestamptz,
  PRIMARY KEY (group_id, id), CONSTRAINT receipts_n UNIQUE (group_id, n),
  CONSTRAINT receipts_check_code UNIQUE (check_code), CONSTRAINT receipts_payment UNIQUE (group_id, payment_id),
  CONSTRAINT receipts_entry UNIQUE (group_id, seq), UNIQUE (group_id, reversed_seq),
  FOREIGN KEY (group_id, member_id) REFERENCES members (group_id, id),
  FOREIGN KEY (group_id, seq) REFERENCES ledger.journal_entry (group_id, seq),
  FOREIGN KEY (group_id, reversed_seq) REFERENCES ledger.journal_entry (group_id, seq),
  CHECK (ltrim(split_part(number, '-', 2), '0') = n::text),
  CHECK ((state = 'reversed') = (reversed_seq IS NOT NULL)),
  CHECK ((reversed_seq IS NULL) = (reversed_at IS NULL)));
CREATE INDEX receipts_by_member ON receipts (group_id, member_id, n DESC);
"""

GUARDS = """
CREATE FUNCTION next_receipt_number() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF NEW.last_n <> (CASE TG_OP WHEN 'INSERT' THEN 1 ELSE OLD.last_n + 1 END) THEN
    RAISE EXCEPTION 'receipt numbers go up by one' USING ERRCODE = 'RC001';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER one_by_one BEFORE INSERT OR UPDATE ON receipt_counters
  FOR EACH ROW EXECUTE FUNCTION next_receipt_number();

-- at commit: a number that was given has its receipt
CREATE FUNCTION receipt_number_used() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM public.receipts WHERE group_id = NEW.group_id AND n = NEW.last_n) THEN
    RAISE EXCEPTION 'receipt number % of % was left out', NEW.last_n, NEW.group_id USING ERRCODE = 'RC002';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER used AFTER INSERT OR UPDATE ON receipt_counters DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION receipt_number_used();
CREATE TRIGGER kept BEFORE DELETE ON receipt_counters FOR EACH ROW EXECUTE FUNCTION kit.forbid();

CREATE FUNCTION receipt_in_book() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF NEW.state <> 'issued' OR NEW.hash IS DISTINCT FROM (
      SELECT hash FROM ledger.journal_entry WHERE group_id = NEW.group_id AND seq = NEW.seq) THEN
    RAISE EXCEPTION 'receipt % does not show entry %', NEW.number, NEW.seq USING ERRCODE = 'RC003';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER in_book BEFORE INSERT ON receipts FOR EACH ROW EXECUTE FUNCTION receipt_in_book();

-- one change in a receipt's life: its entry was reversed
CREATE FUNCTION receipt_reversed_once() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF OLD.state <> 'issued' OR NEW.state <> 'reversed' OR
     to_jsonb(NEW) - '{state,reversed_seq,reversed_at}'::text[]
       <> to_jsonb(OLD) - '{state,reversed_seq,reversed_at}'::text[] THEN
    RAISE EXCEPTION 'receipt % is append-only', OLD.number USING ERRCODE = 'RC004';
  END IF;
  IF OLD.seq IS DISTINCT FROM (
      SELECT reverses_seq FROM ledger.journal_entry WHERE group_id = NEW.group_id AND seq = NEW.reversed_seq) THEN
    RAISE EXCEPTION 'entry % does not reverse receipt %', NEW.reversed_seq, OLD.number USING ERRCODE = 'RC005';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER reversed_once BEFORE UPDATE ON receipts FOR EACH ROW EXECUTE FUNCTION receipt_reversed_once();
CREATE TRIGGER kept BEFORE DELETE ON receipts FOR EACH ROW EXECUTE FUNCTION kit.forbid();
"""

RIGHTS = """
GRANT SELECT, INSERT, UPDATE ON receipt_counters TO sanduk_app;
GRANT SELECT, INSERT, UPDATE (state, reversed_seq, reversed_at) ON receipts TO sanduk_app;
GRANT SELECT (group_id, id, check_code) ON receipts TO sanduk_lookup;
CREATE POLICY lookup ON receipts FOR SELECT TO sanduk_lookup USING (true);
"""

# Which group and receipt a code names, and no more: the rest is read under that group's own wall.
LOOKUP = """
SET ROLE sanduk_lookup;
CREATE FUNCTION lookup.receipt_by_check_code(p_code text) RETURNS TABLE (group_id uuid, receipt_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ SELECT r.group_id, r.id FROM public.receipts r WHERE r.check_code = p_code $$;
REVOKE ALL ON FUNCTION lookup.receipt_by_check_code FROM PUBLIC;
GRANT EXECUTE ON FUNCTION lookup.receipt_by_check_code TO sanduk_app;
RESET ROLE;
"""


def upgrade() -> None:
    op.execute(TABLES)
    op.execute(GUARDS)
    for table in ("receipt_counters", "receipts"):
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


def downgrade() -> None:
    op.execute("SET ROLE sanduk_lookup; DROP FUNCTION lookup.receipt_by_check_code; RESET ROLE;")
    op.execute(
        """
        DROP TABLE receipts; DROP TABLE receipt_counters;
        DROP FUNCTION next_receipt_number, receipt_number_used, receipt_in_book, receipt_reversed_once;
        """
    )
