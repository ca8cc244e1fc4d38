"""The ledger posts batches, closes periods, is held against what people count, and forgets a memo.

`post_entries` does what `post_entry` did for up to 500 entries of a group under one lock of its head, and reads and
writes each account's balance once; one entry is a batch of one. `check_entry` asks two queries instead of five.
`close_period` keeps every account's balance at the close, `record_assertion` what was counted beside what the books
say, `erase_detail` takes a memo away and leaves a row that says so.
"""

from alembic import context, op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

TABLES = ("period", "period_balance", "assertion", "erasure")
WRITERS = ("post_entries", "post_entry", "close_period", "record_assertion", "erase_detail")

# `period.seq` is the newest entry at the close: later ones lie after it. An assertion knows its `seq` likewise.
SCHEMA = """
CREATE INDEX journal_entry_by_date ON ledger.journal_entry (group_id, effective_on, seq);

CREATE TABLE ledger.period (
  group_id uuid NOT NULL REFERENCES ledger.chain_head,
  through date NOT NULL CHECK (through BETWEEN '1900-01-01' AND '2999-12-31'),
  seq bigint NOT NULL CHECK (seq >= 0), actor uuid NOT NULL, recorded_at timestamptz NOT NULL,
  PRIMARY KEY (group_id, through));

-- turnover since the close before, and balance, by effective date; accounts without any line have no row
CREATE TABLE ledger.period_balance (
  group_id uuid NOT NULL, through date NOT NULL, account_no int NOT NULL,
  debit_minor bigint NOT NULL CHECK (debit_minor >= 0), credit_minor bigint NOT NULL CHECK (credit_minor >= 0),
  balance_minor bigint NOT NULL,
  PRIMARY KEY (group_id, through, account_no), FOREIGN KEY (group_id, through) REFERENCES ledger.period,
  FOREIGN KEY (group_id, account_no) REFERENCES ledger.account);

CREATE TABLE ledger.assertion (
  group_id uuid NOT NULL, id uuid NOT NULL, account_no int NOT NULL,
  source text NOT NULL CHECK (source IN ('cash_count', 'bank_balance')),
  as_of date NOT NULL CHECK (as_of BETWEEN '1900-01-01' AND '2999-12-31'),
  stated_minor bigint NOT NULL, ledger_minor bigint NOT NULL,
  difference_minor bigint NOT NULL GENERATED ALWAYS AS (stated_minor - ledger_minor) STORED,
  seq bigint NOT NULL CHECK (seq >= 0), actor uuid NOT NULL, recorded_at timestamptz NOT NULL,
  PRIMARY KEY (group_id, id), CHECK (source <> 'cash_count' OR stated_minor >= 0),
  FOREIGN KEY (group_id, account_no) REFERENCES ledger.account);

CREATE TABLE ledger.erasure (
  group_id uuid NOT NULL, seq bigint NOT NULL, actor uuid NOT NULL, recorded_at timestamptz NOT NULL,
  PRIMARY KEY (group_id, seq), FOREIGN KEY (group_id, seq) REFERENCES ledger.journal_entry (group_id, seq));

CREATE TRIGGER forward BEFORE UPDATE ON ledger.chain_head FOR EACH ROW
  WHEN (NEW.locked_through < OLD.locked_through) EXECUTE FUNCTION kit.forbid();
"""

CLOSING = """
CREATE FUNCTION ledger.close_period(p_group uuid, p_through date, p_actor uuid) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE head ledger.chain_head; before date; line record;
BEGIN
  IF p_group IS DISTINCT FROM kit.tenant() THEN
    RAISE EXCEPTION 'another group' USING ERRCODE = 'LG015';
  END IF;
  SELECT * INTO head FROM ledger.chain_head WHERE group_id = p_group FOR UPDATE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'no such group' USING ERRCODE = 'LG010';
  END IF;
  IF p_through < head.locked_through THEN
    RAISE EXCEPTION 'closed already' USING ERRCODE = 'LG021', DETAIL = head.locked_through::text;
  END IF;
  SELECT max(through) INTO before FROM ledger.period WHERE group_id = p_group;
  IF p_through = before THEN
    RETURN false;
  END IF;
  INSERT INTO ledger.period (group_id, through, seq, actor, recorded_at)
    VALUES (p_group, p_through, head.seq, p_actor, clock_timestamp());
  FOR line IN SELECT m.account_no, sum(greatest(m.moved, 0)) AS debit, sum(greatest(- m.moved, 0)) AS credit,
      sum(m.stood + m.moved) AS balance
    FROM (SELECT account_no, balance_minor AS stood, 0 AS moved FROM ledger.period_balance
            WHERE group_id = p_group AND through = before
          UNION ALL
          SELECT p.account_no, 0, p.amount_minor FROM ledger.journal_entry e
            JOIN ledger.posting p ON p.group_id = p_group AND p.seq = e.seq
            WHERE e.group_id = p_group AND e.effective_on > coalesce(before, '-infinity')
              AND e.effective_on <= p_through) m
    GROUP BY m.account_no LOOP
    INSERT INTO ledger.period_balance (group_id, through, account_no, debit_minor, credit_minor, balance_minor)
      VALUES (p_group, p_through, line.account_no, line.debit, line.credit, line.balance);
  END LOOP;
  UPDATE ledger.chain_head SET locked_through = p_through WHERE group_id = p_group;
  RETURN true;
END $$;
"""

# What the books say is computed here for whoever inserts, under the head's lock: nobody states it.
ASSERTING = """
CREATE FUNCTION ledger.hold_against_books() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE before date; stood bigint;
BEGIN
  SELECT seq INTO NEW.seq FROM ledger.chain_head WHERE group_id = NEW.group_id FOR UPDATE;
  SELECT max(through) INTO before FROM ledger.period WHERE group_id = NEW.group_id AND through <= NEW.as_of;
  SELECT balance_minor INTO stood FROM ledger.period_balance
    WHERE group_id = NEW.group_id AND through = before AND account_no = NEW.account_no;
  SELECT coalesce(stood, 0) + coalesce(sum(p.amount_minor), 0) INTO NEW.ledger_minor FROM ledger.journal_entry e
    JOIN ledger.posting p ON p.group_id = NEW.group_id AND p.seq = e.seq AND p.account_no = NEW.account_no
    WHERE e.group_id = NEW.group_id AND e.effective_on > coalesce(before, '-infinity') AND e.effective_on <= NEW.as_of;
  NEW.recorded_at := clock_timestamp();
  RETURN NEW;
END $$;
CREATE TRIGGER held BEFORE INSERT ON ledger.assertion FOR EACH ROW EXECUTE FUNCTION ledger.hold_against_books();

CREATE FUNCTION ledger.record_assertion(p_group uuid, p_id uuid, p_code text, p_source text, p_as_of date,
  p_stated bigint, p_actor uuid) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE no int;
BEGIN
  IF p_group IS DISTINCT FROM kit.tenant() THEN
    RAISE EXCEPTION 'another group' USING ERRCODE = 'LG015';
  END IF;
  SELECT account_no INTO no FROM ledger.account WHERE group_id = p_group AND code = p_code;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'no such account' USING ERRCODE = 'LG014', DETAIL = p_code;
  END IF;
  INSERT INTO ledger.assertion (group_id, id, account_no, source, as_of, stated_minor, actor)
    VALUES (p_group, p_id, no, p_source, p_as_of, p_stated, p_actor);
END $$;
"""

# Memo and salt go only where a row of `erasure` says so. Entry, hash and commitment stay.
ERASING = """
CREATE FUNCTION ledger.forbid_unless_erased() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM ledger.erasure WHERE group_id = OLD.group_id AND seq = OLD.seq) THEN
    RAISE EXCEPTION 'entry_detail is append-only: DELETE refused' USING ERRCODE = 'LG001';
  END IF;
  RETURN OLD;
END $$;
DROP TRIGGER ro ON ledger.entry_detail;
CREATE TRIGGER ro BEFORE UPDATE ON ledger.entry_detail FOR EACH ROW EXECUTE FUNCTION kit.forbid();
CREATE TRIGGER erased BEFORE DELETE ON ledger.entry_detail FOR EACH ROW
  EXECUTE FUNCTION ledger.forbid_unless_erased();

CREATE FUNCTION ledger.erase_detail(p_group uuid, p_seq bigint, p_actor uuid) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF p_group IS DISTINCT FROM kit.tenant() THEN
    RAISE EXCEPTION 'another group' USING ERRCODE = 'LG015';
  END IF;
  IF NOT EXISTS (SELECT FROM ledger.journal_entry WHERE group_id = p_group AND seq = p_seq) THEN
    RAISE EXCEPTION 'no entry %/%', p_group, p_seq USING ERRCODE = 'LG017';
  END IF;
  INSERT INTO ledger.erasure (group_id, seq, actor, recorded_at) VALUES (p_group, p_seq, p_actor, clock_timestamp())
    ON CONFLICT (group_id, seq) DO NOTHING;
  DELETE FROM ledger.entry_detail WHERE group_id = p_group AND seq = p_seq;
  RETURN FOUND;
END $$;
"""

# Two queries for an entry in one currency, three for others. Order and words of the refusals as they were.
CHECK = """
CREATE OR REPLACE FUNCTION ledger.check_entry() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE n int; total numeric; one boolean; bad text; lines text; head record;
BEGIN
  SELECT count(*), sum(amount_minor), min(currency) = max(currency),
      string_agg('["'||line_no||'","'||account_no||'","'||currency||'","'||amount_minor||'","'||
      balance_after_minor||'"]', ',' ORDER BY line_no)
    INTO n, total, one, lines FROM ledger.posting WHERE group_id = NEW.group_id AND seq = NEW.seq;
  IF n <> NEW.n_lines THEN
    RAISE EXCEPTION 'entry %/% has % lines, declared %', NEW.group_id, NEW.seq, n, NEW.n_lines USING ERRCODE = 'LG002';
  END IF;
  IF one IS NOT TRUE OR total <> 0 THEN
    SELECT string_agg(x.currency || ' ' || x.s, ',') INTO bad FROM (
      SELECT currency, sum(amount_minor) AS s FROM ledger.posting WHERE group_id = NEW.group_id AND seq = NEW.seq
      GROUP BY currency HAVING sum(amount_minor) <> 0) x;
    IF bad IS NOT NULL THEN
      RAISE EXCEPTION 'entry %/% unbalanced: %', NEW.group_id, NEW.seq, bad USING ERRCODE = 'LG003';
    END IF;
  END IF;
  SELECT h.seq, h.hash, h.locked_through, d.salt, d.memo,
      CASE WHEN NEW.seq = 1 THEN decode(repeat('00', 32), 'hex') ELSE before.hash END AS expected,
      CASE WHEN NEW.seq = 1 THEN '-infinity' ELSE before.recorded_at END AS earlier
    INTO head FROM ledger.chain_head h
    LEFT JOIN ledger.journal_entry before ON before.group_id = h.group_id AND before.seq = NEW.seq - 1
    LEFT JOIN ledger.entry_detail d ON d.group_id = h.group_id AND d.seq = NEW.seq
    WHERE h.group_id = NEW.group_id;
  IF head.seq IS NULL OR head.expected IS DISTINCT FROM NEW.prev_hash OR NEW.recorded_at <= head.earlier
     OR head.seq < NEW.seq OR (head.seq = NEW.seq AND head.hash <> NEW.hash) THEN
    RAISE EXCEPTION 'chain break at %/%', NEW.group_id, NEW.seq USING ERRCODE = 'LG004';
  END IF;
  IF NEW.hash <> sha256(ledger.canon(NEW.group_id, NEW.seq, NEW.entry_id, NEW.kind, NEW.effective_on, NEW.recorded_at,
      NEW.actor, NEW.idem_key, NEW.reverses_seq, NEW.doc_commit, NEW.prev_hash, lines)) THEN
    RAISE EXCEPTION 'bad hash at %/%', NEW.group_id, NEW.seq USING ERRCODE = 'LG005';
  END IF;
  IF ledger.commit_doc(head.salt, head.memo) IS DISTINCT FROM NEW.doc_commit THEN
    RAISE EXCEPTION 'memo of %/% does not match its commitment', NEW.group_id, NEW.seq USING ERRCODE = 'LG006';
  END IF;
  IF NEW.effective_on <= head.locked_through THEN
    RAISE EXCEPTION 'period closed' USING ERRCODE = 'LG012', DETAIL = head.locked_through::text;
  END IF;
  IF NEW.reverses_seq IS NOT NULL THEN
    PERFORM ledger.check_reversal(NEW.group_id, NEW.seq, NEW.reverses_seq, NEW.n_lines);
  END IF;
  RETURN NULL;
END $$;
"""

# Entry i has p_counts[i] lines, one after the other in p_accounts and p_amounts. A line names its account by the
# place of its code in p_codes, where a code stands once. The HINT of a refusal is the entry's place, from 1.
# The memo is compared through its own salt and stays out of request_hash, which is kept for ever without a salt.
POSTING = """
CREATE FUNCTION ledger.post_entries(p_group uuid, p_entries uuid[], p_kinds text[], p_effective date[],
  p_actors uuid[], p_keys text[], p_requests bytea[], p_memos text[], p_salts bytea[], p_reverses bigint[],
  p_counts int[], p_codes text[], p_accounts int[], p_amounts bigint[])
RETURNS SETOF ledger.posted LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  head ledger.chain_head; was ledger.journal_entry; detail ledger.entry_detail; account record;
  size int := cardinality(p_entries); many int := cardinality(p_codes); from_line int := 0; slot int; n int;
  known boolean := true; s bigint; rec timestamptz; prev bytea; hh bytea; memo text; doc bytea; lines text;
  total numeric;
  nos int[] := '{}'; curs text[] := '{}'; run bigint[] := '{}';  -- by slot: number, currency, balance so far
  bounded boolean := false; floors bigint[] := '{}'; ceilings bigint[] := '{}'; afters bigint[];
BEGIN
  IF p_group IS DISTINCT FROM kit.tenant() THEN
    RAISE EXCEPTION 'another group' USING ERRCODE = 'LG015';
  END IF;
  IF size NOT BETWEEN 1 AND 500 OR cardinality(p_amounts) NOT BETWEEN 1 AND 5000
     OR cardinality(p_accounts) <> cardinality(p_amounts) THEN
    RAISE EXCEPTION 'a batch has 1 to 500 entries and up to 5000 lines' USING ERRCODE = 'LG013';
  END IF;
  SELECT * INTO head FROM ledger.chain_head WHERE group_id = p_group FOR UPDATE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'no such group' USING ERRCODE = 'LG010';
  END IF;
  IF size > 1 THEN
    known := (SELECT count(DISTINCT k) FROM unnest(p_keys) k) < size
      OR EXISTS (SELECT FROM ledger.journal_entry WHERE group_id = p_group AND idem_key = ANY (p_keys));
  END IF;
  FOR account IN SELECT t.slot, found.* FROM unnest(p_codes) WITH ORDINALITY t(code, slot) CROSS JOIN LATERAL (
      SELECT a.account_no, a.currency, b.posted_minor, b.floor_minor, b.ceiling_minor FROM ledger.account a
        JOIN ledger.balance b ON b.group_id = p_group AND b.account_no = a.account_no
        WHERE a.group_id = p_group AND a.code = t.code LIMIT 1) found LOOP
    nos[account.slot] := account.account_no; curs[account.slot] := account.currency;
    run[account.slot] := account.posted_minor;
    IF num_nonnulls(account.floor_minor, account.ceiling_minor) > 0 THEN
      bounded := true;
      floors[account.slot] := account.floor_minor; ceilings[account.slot] := account.ceiling_minor;
    END IF;
  END LOOP;
  s := head.seq; rec := head.recorded_at; prev := head.hash;
  FOR i IN 1..size LOOP
    memo := normalize(p_memos[i], NFC); n := p_counts[i];
    IF known THEN
      SELECT * INTO was FROM ledger.journal_entry WHERE group_id = p_group AND idem_key = p_keys[i];
      IF FOUND THEN
        SELECT * INTO detail FROM ledger.entry_detail WHERE group_id = p_group AND seq = was.seq;
        IF was.request_hash IS DISTINCT FROM p_requests[i] OR (detail.seq IS NOT NULL AND detail.memo <> memo) THEN
          RAISE EXCEPTION 'idempotency key reused with another request' USING ERRCODE = 'LG011', HINT = i::text;
        END IF;
        RETURN NEXT ROW(was.entry_id, was.seq, was.hash, was.recorded_at, true)::ledger.posted;
        from_line := from_line + n;
        CONTINUE;
      END IF;
    END IF;
    IF p_effective[i] <= head.locked_through THEN
      RAISE EXCEPTION 'period closed' USING ERRCODE = 'LG012', DETAIL = head.locked_through::text, HINT = i::text;
    END IF;
    IF coalesce(n, 0) NOT BETWEEN 2 AND 1000 THEN
      RAISE EXCEPTION 'an entry has 2 to 1000 lines' USING ERRCODE = 'LG013', HINT = i::text;
    END IF;
    IF p_reverses[i] IS NOT NULL THEN
      IF NOT EXISTS (SELECT FROM ledger.journal_entry WHERE group_id = p_group AND seq = p_reverses[i]) THEN
        RAISE EXCEPTION 'no entry %/% to reverse', p_group, p_reverses[i] USING ERRCODE = 'LG017', HINT = i::text;
      END IF;
      IF EXISTS (SELECT FROM ledger.journal_entry WHERE group_id = p_group AND reverses_seq = p_reverses[i]) THEN
        RAISE EXCEPTION 'entry %/% is reversed already', p_group, p_reverses[i]
          USING ERRCODE = 'LG019', HINT = i::text;
      END IF;
    END IF;
    lines := ''; total := 0; afters := '{}';
    FOR k IN 1..n LOOP
      slot := p_accounts[from_line + k];
      IF nos[slot] IS NULL THEN
        RAISE EXCEPTION 'no such account' USING ERRCODE = 'LG014', DETAIL = coalesce(p_codes[slot], ''), HINT = i::text;
      END IF;
      total := total + p_amounts[from_line + k];
      run[slot] := run[slot] + p_amounts[from_line + k]; afters[k] := run[slot];
      IF bounded AND (run[slot] < floors[slot] OR run[slot] > ceilings[slot]) THEN
        RAISE EXCEPTION 'account out of bounds' USING ERRCODE = 'LG022', HINT = i::text;
      END IF;
      lines := lines || CASE WHEN k > 1 THEN ',' ELSE '' END ||
        '["'||k||'","'||nos[slot]||'","'||curs[slot]||'","'||p_amounts[from_line + k]||'","'||run[slot]||'"]';
    END LOOP;
    IF total <> 0 THEN  -- early words for the usual mistake; each currency by itself is checked at commit
      RAISE EXCEPTION 'entry unbalanced by %', total USING ERRCODE = 'LG003', HINT = i::text;
    END IF;
    -- a clock set back doesn't turn the order
    s := s + 1; rec := greatest(clock_timestamp(), rec + interval '1 microsecond');
    doc := ledger.commit_doc(p_salts[i], memo);
    hh := sha256(ledger.canon(p_group, s, p_entries[i], p_kinds[i], p_effective[i], rec, p_actors[i], p_keys[i],
      p_reverses[i], doc, prev, lines));
    -- VALUES, not SELECT: Citus refuses INSERT ... SELECT under row-level security
    INSERT INTO ledger.journal_entry (group_id, seq, entry_id, kind, effective_on, recorded_at, actor, idem_key,
        request_hash, reverses_seq, doc_commit, n_lines, prev_hash, hash)
      VALUES (p_group, s, p_entries[i], p_kinds[i], p_effective[i], rec, p_actors[i], p_keys[i],
        p_requests[i], p_reverses[i], doc, n, prev, hh);
    INSERT INTO ledger.entry_detail (group_id, seq, memo, salt) VALUES (p_group, s, memo, p_salts[i]);
    FOR k IN 1..n - n % 2 BY 2 LOOP
      INSERT INTO ledger.posting (group_id, seq, line_no, n_lines, account_no, currency, amount_minor,
          balance_after_minor)
        VALUES (p_group, s, k, n, nos[p_accounts[from_line + k]], curs[p_accounts[from_line + k]],
            p_amounts[from_line + k], afters[k]),
          (p_group, s, k + 1, n, nos[p_accounts[from_line + k + 1]], curs[p_accounts[from_line + k + 1]],
            p_amounts[from_line + k + 1], afters[k + 1]);
    END LOOP;
    IF n % 2 = 1 THEN
      INSERT INTO ledger.posting (group_id, seq, line_no, n_lines, account_no, currency, amount_minor,
          balance_after_minor)
        VALUES (p_group, s, n, n, nos[slot], curs[slot], p_amounts[from_line + n], afters[n]);
    END IF;
    IF p_reverses[i] IS NOT NULL THEN
      PERFORM ledger.check_reversal(p_group, s, p_reverses[i], n);
    END IF;
    RETURN NEXT ROW(p_entries[i], s, hh, rec, false)::ledger.posted;
    prev := hh; from_line := from_line + n;
  END LOOP;
  IF s > head.seq THEN
    UPDATE ledger.balance SET posted_minor = run[array_position(nos, account_no)]
      WHERE group_id = p_group AND account_no = ANY (nos);
    GET DIAGNOSTICS n = ROW_COUNT;
    IF n <> many THEN
      RAISE EXCEPTION 'an account is named twice' USING ERRCODE = 'LG013';
    END IF;
    UPDATE ledger.chain_head SET seq = s, hash = hh, recorded_at = rec WHERE group_id = p_group;
  END IF;
END $$;

DROP FUNCTION ledger.post_entry;
CREATE FUNCTION ledger.post_entry(p_group uuid, p_entry uuid, p_kind text, p_effective date, p_actor uuid, p_key text,
  p_request bytea, p_memo text, p_salt bytea, p_accounts text[], p_amounts bigint[], p_reverses bigint DEFAULT NULL)
RETURNS ledger.posted LANGUAGE sql SET search_path = pg_catalog, pg_temp
RETURN (SELECT p FROM ledger.post_entries(p_group, ARRAY[p_entry], ARRAY[p_kind], ARRAY[p_effective], ARRAY[p_actor],
  ARRAY[p_key], ARRAY[p_request], ARRAY[p_memo], ARRAY[p_salt], ARRAY[p_reverses], ARRAY[cardinality(p_accounts)],
  p_accounts, ARRAY(SELECT generate_series(1, cardinality(p_accounts))), p_amounts) p);
"""

# The command line names a group by its code, before there is a tenant.
LOOKUP = """
SET ROLE sanduk_lookup;
CREATE FUNCTION lookup.group_by_code(p_code text) RETURNS uuid LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$ SELECT id FROM public.groups WHERE code = p_code $$;
REVOKE ALL ON FUNCTION lookup.group_by_code FROM PUBLIC;
GRANT EXECUTE ON FUNCTION lookup.group_by_code TO sanduk_app;
RESET ROLE;
"""


def upgrade() -> None:
    for part in (SCHEMA, CLOSING, ASSERTING, ERASING, CHECK, POSTING, LOOKUP):
        op.execute(part)
    for table in TABLES:
        op.execute(
            f"""
            CREATE TRIGGER ro BEFORE UPDATE OR DELETE ON ledger.{table} FOR EACH ROW EXECUTE FUNCTION kit.forbid();
            CREATE TRIGGER rot BEFORE TRUNCATE ON ledger.{table} EXECUTE FUNCTION kit.forbid();
            ALTER TABLE ledger.{table} ENABLE ROW LEVEL SECURITY;
            ALTER TABLE ledger.{table} FORCE ROW LEVEL SECURITY;
            CREATE POLICY tenant ON ledger.{table}
              USING (group_id = kit.tenant()) WITH CHECK (group_id = kit.tenant());
            GRANT SELECT ON ledger.{table} TO sanduk_app;
            """
        )
    op.execute("REVOKE ALL ON ALL FUNCTIONS IN SCHEMA ledger FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION {', '.join(f'ledger.{one}' for one in WRITERS)} TO sanduk_app")


def downgrade() -> None:
    """Erased memos stay erased; what was closed and counted is lost."""
    first = context.script.get_revision("0002").module
    op.execute(
        """
        DROP FUNCTION ledger.post_entry, ledger.post_entries, ledger.close_period, ledger.record_assertion,
          ledger.erase_detail;
        DROP TRIGGER checked ON ledger.journal_entry;
        DROP FUNCTION ledger.check_entry, ledger.check_reversal;
        DROP TRIGGER forward ON ledger.chain_head;
        DROP TRIGGER ro ON ledger.entry_detail;
        DROP TRIGGER erased ON ledger.entry_detail;
        DROP FUNCTION ledger.forbid_unless_erased;
        CREATE TRIGGER ro BEFORE UPDATE OR DELETE ON ledger.entry_detail FOR EACH ROW EXECUTE FUNCTION kit.forbid();
        DROP TABLE ledger.erasure, ledger.assertion, ledger.period_balance, ledger.period;
        DROP FUNCTION ledger.hold_against_books;
        DROP INDEX ledger.journal_entry_by_date;
        SET ROLE sanduk_lookup;
        DROP FUNCTION lookup.group_by_code;
        RESET ROLE;
        """
    )
    for part in (first.CHECKS, first.POSTING):
        op.execute(part)
    op.execute("REVOKE ALL ON ALL FUNCTIONS IN SCHEMA ledger FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION ledger.post_entry TO sanduk_app")
