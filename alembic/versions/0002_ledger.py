"""The ledger: accounts, chained append-only entries, and the three functions that write them.

Strongest first: constraints; one deferred trigger per entry at commit; triggers against change; privileges (the
application selects and executes); row-level security forced on the owner too. Errors carry SQLSTATEs LG0xx, which
`app/domain/ledger/errors.py` translates.
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TABLES = ("chain_head", "account", "balance", "journal_entry", "posting", "entry_detail")
APPEND_ONLY = ("account", "journal_entry", "posting", "entry_detail")
KEPT = ("chain_head", "balance")

SCHEMA = """
CREATE SCHEMA ledger;

-- one row per group: its lock is the one point of order
CREATE TABLE ledger.chain_head (
  group_id uuid PRIMARY KEY, currency char(3) NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
  seq bigint NOT NULL DEFAULT 0 CHECK (seq >= 0),
  hash bytea NOT NULL DEFAULT decode(repeat('00', 32), 'hex') CHECK (length(hash) = 32),
  recorded_at timestamptz NOT NULL DEFAULT '-infinity', locked_through date NOT NULL DEFAULT '-infinity'
) WITH (fillfactor = 50);

CREATE TABLE ledger.account (
  group_id uuid NOT NULL REFERENCES ledger.chain_head, account_no int NOT NULL CHECK (account_no > 0),
  code text NOT NULL CHECK (code ~ '^[0-9]{4}([.][0-9a-z-]{1,40})?$'),
  control_code text NOT NULL GENERATED ALWAYS AS (split_part(code, '.', 1)) STORED,
  class char(1) NOT NULL CHECK (class IN ('A','L','E','I','X')),
  currency char(3) NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
  PRIMARY KEY (group_id, account_no), CONSTRAINT account_code UNIQUE (group_id, code),
  UNIQUE (group_id, account_no, currency));
CREATE INDEX account_by_control ON ledger.account (group_id, control_code, account_no);

-- kept in the entry's own transaction; bounds are plain CHECKs, so that no race overdraws
CREATE TABLE ledger.balance (
  group_id uuid NOT NULL, account_no int NOT NULL, posted_minor bigint NOT NULL DEFAULT 0,
  floor_minor bigint, ceiling_minor bigint,
  PRIMARY KEY (group_id, account_no), FOREIGN KEY (group_id, account_no) REFERENCES ledger.account,
  CONSTRAINT balance_floor CHECK (posted_minor >= floor_minor),
  CONSTRAINT balance_ceiling CHECK (posted_minor <= ceiling_minor)) WITH (fillfactor = 70);

CREATE TABLE ledger.journal_entry (
  group_id uuid NOT NULL, seq bigint NOT NULL CHECK (seq > 0), entry_id uuid NOT NULL,
  kind text NOT NULL CHECK (kind ~ '^[a-z][a-z0-9_]{0,63}$'),
  effective_on date NOT NULL CHECK (effective_on BETWEEN '1900-01-01' AND '2999-12-31'),
  recorded_at timestamptz NOT NULL, actor uuid NOT NULL,
  idem_key text NOT NULL CHECK (length(idem_key) BETWEEN 1 AND 128),
  request_hash bytea NOT NULL CHECK (length(request_hash) = 32),
  reverses_seq bigint, doc_commit bytea NOT NULL CHECK (length(doc_commit) = 32),
  n_lines smallint NOT NULL CHECK (n_lines BETWEEN 2 AND 1000),
  prev_hash bytea NOT NULL CHECK (length(prev_hash) = 32), hash bytea NOT NULL CHECK (length(hash) = 32),
  PRIMARY KEY (group_id, seq), UNIQUE (group_id, seq, n_lines), UNIQUE (group_id, entry_id),
  CONSTRAINT journal_entry_key UNIQUE (group_id, idem_key),
  CONSTRAINT journal_entry_reversed_once UNIQUE (group_id, reverses_seq),
  CHECK (reverses_seq < seq), CHECK ((kind = 'reversal') = (reverses_seq IS NOT NULL)),
  FOREIGN KEY (group_id, reverses_seq) REFERENCES ledger.journal_entry (group_id, seq));

-- n_lines is part of the foreign key: once N lines exist, key and CHECK make a late (N+1)th line impossible
CREATE TABLE ledger.posting (
  group_id uuid NOT NULL, seq bigint NOT NULL, line_no smallint NOT NULL, n_lines smallint NOT NULL,
  account_no int NOT NULL, currency char(3) NOT NULL, amount_minor bigint NOT NULL CHECK (amount_minor <> 0),
  balance_after_minor bigint NOT NULL,
  PRIMARY KEY (group_id, seq, line_no), CHECK (line_no BETWEEN 1 AND n_lines),
  -- an account once per entry; also the index of statements
  CONSTRAINT posting_account_once UNIQUE (group_id, account_no, seq) INCLUDE (amount_minor, balance_after_minor),
  FOREIGN KEY (group_id, seq, n_lines) REFERENCES ledger.journal_entry (group_id, seq, n_lines)
    DEFERRABLE INITIALLY DEFERRED,
  FOREIGN KEY (group_id, account_no, currency) REFERENCES ledger.account (group_id, account_no, currency));

-- what can be erased one day; the entry keeps the salted commitment
CREATE TABLE ledger.entry_detail (
  group_id uuid NOT NULL, seq bigint NOT NULL, memo text NOT NULL CHECK (length(memo) <= 1000),
  salt bytea NOT NULL CHECK (length(salt) = 16),
  PRIMARY KEY (group_id, seq), FOREIGN KEY (group_id, seq) REFERENCES ledger.journal_entry (group_id, seq));

CREATE TYPE ledger.posted AS (entry_id uuid, seq bigint, hash bytea, recorded_at timestamptz, replayed boolean);
"""

# Canonical form v1: RFC 8785 JSON, keys sorted, every scalar a string. Frozen by tests/unit/ledger/golden.json: never
# change it, add a v2. The body is parsed here and now, so that no search_path can turn its names.
CANON = """
CREATE FUNCTION ledger.canon(g uuid, s bigint, eid uuid, k text, eff date, rec timestamptz, act uuid, idem text,
  rev bigint, doc bytea, prev bytea, lines text) RETURNS bytea LANGUAGE sql STABLE PARALLEL SAFE
RETURN convert_to('{"actor":"'||act||'","doc":"'||encode(doc,'hex')||'","effective_on":"'||to_char(eff,'YYYY-MM-DD')||
  '","entry_id":"'||eid||'","group_id":"'||g||'","idem":'||to_json(idem)::text||',"kind":'||to_json(k)::text||
  ',"lines":['||lines||'],"prev":"'||encode(prev,'hex')||'","recorded_at":"'||
  to_char(rec AT TIME ZONE 'UTC','YYYY-MM-DD"T"HH24:MI:SS.US"Z"')||'","reverses":"'||coalesce(rev::text,'')||
  '","seq":"'||s||'","v":"1"}', 'UTF8');

CREATE FUNCTION ledger.commit_doc(p_salt bytea, p_memo text) RETURNS bytea LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN sha256('\\x01'::bytea || p_salt || convert_to(p_memo, 'UTF8'));
"""

CHECKS = """
-- the lines of p_seq are those of p_reverses with the other sign, in the same order; a reversal is never reversed
CREATE FUNCTION ledger.check_reversal(p_group uuid, p_seq bigint, p_reverses bigint, p_lines int) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE was ledger.journal_entry; same int;
BEGIN
  SELECT * INTO was FROM ledger.journal_entry WHERE group_id = p_group AND seq = p_reverses;
  IF was.reverses_seq IS NOT NULL THEN
    RAISE EXCEPTION 'entry %/% is itself a reversal', p_group, p_reverses USING ERRCODE = 'LG018';
  END IF;
  SELECT count(*) INTO same FROM ledger.posting o JOIN ledger.posting r
      ON r.group_id = o.group_id AND r.line_no = o.line_no AND r.account_no = o.account_no
     AND r.amount_minor = - o.amount_minor
    WHERE o.group_id = p_group AND o.seq = p_reverses AND r.group_id = p_group AND r.seq = p_seq;
  IF was.n_lines IS DISTINCT FROM p_lines OR same <> p_lines THEN
    RAISE EXCEPTION 'entry %/% does not negate %', p_group, p_seq, p_reverses USING ERRCODE = 'LG020';
  END IF;
END $$;

-- once per entry at commit, whoever inserted it
CREATE FUNCTION ledger.check_entry() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE n int; bad text; lines text; expected bytea; earlier timestamptz := '-infinity';
  head ledger.chain_head; detail ledger.entry_detail;
BEGIN
  SELECT count(*), string_agg('["'||line_no||'","'||account_no||'","'||currency||'","'||amount_minor||'","'||
      balance_after_minor||'"]', ',' ORDER BY line_no)
    INTO n, lines FROM ledger.posting WHERE group_id = NEW.group_id AND seq = NEW.seq;
  IF n <> NEW.n_lines THEN
    RAISE EXCEPTION 'entry %/% has % lines, declared %', NEW.group_id, NEW.seq, n, NEW.n_lines USING ERRCODE = 'LG002';
  END IF;
  SELECT string_agg(x.currency || ' ' || x.s, ',') INTO bad FROM (
    SELECT currency, sum(amount_minor) AS s FROM ledger.posting WHERE group_id = NEW.group_id AND seq = NEW.seq
    GROUP BY currency HAVING sum(amount_minor) <> 0) x;
  IF bad IS NOT NULL THEN
    RAISE EXCEPTION 'entry %/% unbalanced: %', NEW.group_id, NEW.seq, bad USING ERRCODE = 'LG003';
  END IF;
  IF NEW.seq = 1 THEN
    expected := decode(repeat('00', 32), 'hex');
  ELSE
    SELECT hash, recorded_at INTO expected, earlier FROM ledger.journal_entry
      WHERE group_id = NEW.group_id AND seq = NEW.seq - 1;
  END IF;
  SELECT * INTO head FROM ledger.chain_head WHERE group_id = NEW.group_id;
  IF expected IS DISTINCT FROM NEW.prev_hash OR NEW.recorded_at <= earlier OR head.seq IS NULL OR head.seq < NEW.seq
     OR (head.seq = NEW.seq AND head.hash <> NEW.hash) THEN
    RAISE EXCEPTION 'chain break at %/%', NEW.group_id, NEW.seq USING ERRCODE = 'LG004';
  END IF;
  IF NEW.hash <> sha256(ledger.canon(NEW.group_id, NEW.seq, NEW.entry_id, NEW.kind, NEW.effective_on, NEW.recorded_at,
      NEW.actor, NEW.idem_key, NEW.reverses_seq, NEW.doc_commit, NEW.prev_hash, lines)) THEN
    RAISE EXCEPTION 'bad hash at %/%', NEW.group_id, NEW.seq USING ERRCODE = 'LG005';
  END IF;
  SELECT * INTO detail FROM ledger.entry_detail WHERE group_id = NEW.group_id AND seq = NEW.seq;
  IF ledger.commit_doc(detail.salt, detail.memo) IS DISTINCT FROM NEW.doc_commit THEN
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
CREATE CONSTRAINT TRIGGER checked AFTER INSERT ON ledger.journal_entry DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION ledger.check_entry();
"""

OPENING = """
CREATE FUNCTION ledger.open_group(p_group uuid, p_currency text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE found_currency text;
BEGIN
  IF p_group IS DISTINCT FROM kit.tenant() THEN
    RAISE EXCEPTION 'another group' USING ERRCODE = 'LG015';
  END IF;
  INSERT INTO ledger.chain_head (group_id, currency) VALUES (p_group, p_currency) ON CONFLICT (group_id) DO NOTHING;
  SELECT currency INTO found_currency FROM ledger.chain_head WHERE group_id = p_group;
  IF found_currency IS DISTINCT FROM p_currency THEN
    RAISE EXCEPTION 'group is open in %', found_currency USING ERRCODE = 'LG016';
  END IF;
END $$;

-- an account that exists costs no lock; a new one takes the head's, as posting does
CREATE FUNCTION ledger.open_account(p_group uuid, p_code text, p_class text, p_currency text,
  p_floor bigint DEFAULT NULL, p_ceiling bigint DEFAULT NULL) RETURNS int LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE known ledger.account; next_no int;
BEGIN
  IF p_group IS DISTINCT FROM kit.tenant() THEN
    RAISE EXCEPTION 'another group' USING ERRCODE = 'LG015';
  END IF;
  SELECT * INTO known FROM ledger.account WHERE group_id = p_group AND code = p_code;
  IF NOT FOUND THEN
    PERFORM FROM ledger.chain_head WHERE group_id = p_group FOR UPDATE;
    IF NOT FOUND THEN
      RAISE EXCEPTION 'no such group' USING ERRCODE = 'LG010';
    END IF;
    SELECT * INTO known FROM ledger.account WHERE group_id = p_group AND code = p_code;
  END IF;
  IF known.account_no IS NULL THEN
    SELECT coalesce(max(account_no), 0) + 1 INTO next_no FROM ledger.account WHERE group_id = p_group;
    INSERT INTO ledger.account (group_id, account_no, code, class, currency)
      VALUES (p_group, next_no, p_code, p_class, p_currency);
    INSERT INTO ledger.balance (group_id, account_no, floor_minor, ceiling_minor)
      VALUES (p_group, next_no, p_floor, p_ceiling);
    RETURN next_no;
  END IF;
  IF known.class IS DISTINCT FROM p_class OR known.currency IS DISTINCT FROM p_currency THEN
    RAISE EXCEPTION 'account % is % %', p_code, known.class, known.currency USING ERRCODE = 'LG016';
  END IF;
  RETURN known.account_no;
END $$;
"""

# The memo is compared through its own salt and stays out of request_hash, which is kept for ever without a salt.
POSTING = """
CREATE FUNCTION ledger.post_entry(p_group uuid, p_entry uuid, p_kind text, p_effective date, p_actor uuid, p_key text,
  p_request bytea, p_memo text, p_salt bytea, p_accounts text[], p_amounts bigint[], p_reverses bigint DEFAULT NULL)
RETURNS ledger.posted LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  head ledger.chain_head; was ledger.journal_entry; detail ledger.entry_detail;
  memo text := normalize(p_memo, NFC); doc bytea := ledger.commit_doc(p_salt, memo);
  n int := cardinality(p_accounts); s bigint; rec timestamptz; hh bytea; total numeric := 0; lines text := '';
  no int; cur text; after bigint; nos int[] := '{}'; curs text[] := '{}'; afters bigint[] := '{}';
BEGIN
  IF p_group IS DISTINCT FROM kit.tenant() THEN
    RAISE EXCEPTION 'another group' USING ERRCODE = 'LG015';
  END IF;
  SELECT * INTO head FROM ledger.chain_head WHERE group_id = p_group FOR UPDATE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'no such group' USING ERRCODE = 'LG010';
  END IF;
  SELECT * INTO was FROM ledger.journal_entry WHERE group_id = p_group AND idem_key = p_key;
  IF FOUND THEN
    SELECT * INTO detail FROM ledger.entry_detail WHERE group_id = p_group AND seq = was.seq;
    IF was.request_hash = p_request AND (detail.seq IS NULL OR detail.memo = memo) THEN
      RETURN ROW(was.entry_id, was.seq, was.hash, was.recorded_at, true)::ledger.posted;
    END IF;
    RAISE EXCEPTION 'idempotency key reused with another request' USING ERRCODE = 'LG011';
  END IF;
  IF p_effective <= head.locked_through THEN
    RAISE EXCEPTION 'period closed' USING ERRCODE = 'LG012', DETAIL = head.locked_through::text;
  END IF;
  IF coalesce(n, 0) NOT BETWEEN 2 AND 1000 OR n IS DISTINCT FROM cardinality(p_amounts) THEN
    RAISE EXCEPTION 'an entry has 2 to 1000 lines' USING ERRCODE = 'LG013';
  END IF;
  IF p_reverses IS NOT NULL THEN
    IF NOT EXISTS (SELECT FROM ledger.journal_entry WHERE group_id = p_group AND seq = p_reverses) THEN
      RAISE EXCEPTION 'no entry %/% to reverse', p_group, p_reverses USING ERRCODE = 'LG017';
    END IF;
    IF EXISTS (SELECT FROM ledger.journal_entry WHERE group_id = p_group AND reverses_seq = p_reverses) THEN
      RAISE EXCEPTION 'entry %/% is reversed already', p_group, p_reverses USING ERRCODE = 'LG019';
    END IF;
  END IF;
  -- a clock set back doesn't turn the order
  s := head.seq + 1; rec := greatest(clock_timestamp(), head.recorded_at + interval '1 microsecond');
  FOR i IN 1..n LOOP
    UPDATE ledger.balance b SET posted_minor = b.posted_minor + p_amounts[i] FROM ledger.account a
      WHERE a.group_id = p_group AND a.code = p_accounts[i] AND b.group_id = p_group AND b.account_no = a.account_no
      RETURNING a.account_no, a.currency, b.posted_minor INTO no, cur, after;
    IF NOT FOUND THEN
      RAISE EXCEPTION 'no such account' USING ERRCODE = 'LG014', DETAIL = p_accounts[i];
    END IF;
    nos := nos || no; curs := curs || cur; afters := afters || after; total := total + p_amounts[i];
    lines := lines || CASE WHEN i > 1 THEN ',' ELSE '' END ||
      '["'||i||'","'||no||'","'||cur||'","'||p_amounts[i]||'","'||after||'"]';
  END LOOP;
  IF total <> 0 THEN  -- early words for the usual mistake; each currency by itself is checked at commit
    RAISE EXCEPTION 'entry unbalanced by %', total USING ERRCODE = 'LG003';
  END IF;
  hh := sha256(ledger.canon(p_group, s, p_entry, p_kind, p_effective, rec, p_actor, p_key, p_reverses, doc, head.hash,
    lines));
  UPDATE ledger.chain_head SET seq = s, hash = hh, recorded_at = rec WHERE group_id = p_group;
  INSERT INTO ledger.journal_entry (group_id, seq, entry_id, kind, effective_on, recorded_at, actor, idem_key,
      request_hash, reverses_seq, doc_commit, n_lines, prev_hash, hash)
    VALUES (p_group, s, p_entry, p_kind, p_effective, rec, p_actor, p_key,
      p_request, p_reverses, doc, n, head.hash, hh);
  INSERT INTO ledger.entry_detail (group_id, seq, memo, salt) VALUES (p_group, s, memo, p_salt);
  FOR i IN 1..n LOOP  -- VALUES, not SELECT: Citus refuses INSERT ... SELECT under row-level security
    INSERT INTO ledger.posting (group_id, seq, line_no, n_lines, account_no, currency, amount_minor,
        balance_after_minor)
      VALUES (p_group, s, i, n, nos[i], curs[i], p_amounts[i], afters[i]);
  END LOOP;
  IF p_reverses IS NOT NULL THEN
    PERFORM ledger.check_reversal(p_group, s, p_reverses, n);
  END IF;
  RETURN ROW(p_entry, s, hh, rec, false)::ledger.posted;
END $$;
"""

RIGHTS = """
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA ledger FROM PUBLIC;
GRANT USAGE ON SCHEMA ledger TO sanduk_app;
GRANT SELECT ON ALL TABLES IN SCHEMA ledger TO sanduk_app;
GRANT EXECUTE ON FUNCTION ledger.open_group, ledger.open_account, ledger.post_entry TO sanduk_app;
"""


def upgrade() -> None:
    for part in (SCHEMA, CANON, CHECKS, OPENING, POSTING):
        op.execute(part)
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER ro BEFORE UPDATE OR DELETE ON ledger.{table} FOR EACH ROW EXECUTE FUNCTION kit.forbid();"
        )
    for table in KEPT:
        op.execute(f"CREATE TRIGGER ro BEFORE DELETE ON ledger.{table} FOR EACH ROW EXECUTE FUNCTION kit.forbid();")
    for table in TABLES:
        op.execute(
            f"""
            CREATE TRIGGER rot BEFORE TRUNCATE ON ledger.{table} EXECUTE FUNCTION kit.forbid();
            ALTER TABLE ledger.{table} ENABLE ROW LEVEL SECURITY;
            ALTER TABLE ledger.{table} FORCE ROW LEVEL SECURITY;
            CREATE POLICY tenant ON ledger.{table}
              USING (group_id = kit.tenant()) WITH CHECK (group_id = kit.tenant());
            """
        )
    op.execute(RIGHTS)


def downgrade() -> None:
    op.execute("DROP SCHEMA ledger CASCADE")
