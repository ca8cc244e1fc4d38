"""Loans: asked for, stood for, signed, paid out, repaid item by item. Proposals may bar people from signing."""

from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

FIRST_ALLOCATION = "DUE_PENALTY_FEE_INTEREST_PRINCIPAL_IN_ADVANCE_PENALTY_FEE_INTEREST_PRINCIPAL"
KINDS = ("loan", "loan_write_off")

PRODUCTS = f"""
ALTER TABLE loan_products
  ADD COLUMN guarantors_sign boolean NOT NULL DEFAULT false,
  ADD COLUMN allocation text NOT NULL DEFAULT '{FIRST_ALLOCATION}'
    CHECK (allocation ~ '^DUE(_(PENALTY|FEE|INTEREST|PRINCIPAL)){{4}}_IN_ADVANCE'
      '(_(PENALTY|FEE|INTEREST|PRINCIPAL)){{4}}$'),
  ADD COLUMN is_oldest_first boolean NOT NULL DEFAULT false,
  ADD COLUMN payoff text NOT NULL DEFAULT 'till_date' CHECK (payoff IN ('till_date','till_due_date')),
  ADD COLUMN overdue_after_days int NOT NULL DEFAULT 0 CHECK (overdue_after_days >= 0),
  ADD COLUMN default_after_days int NOT NULL DEFAULT 90 CHECK (default_after_days >= overdue_after_days),
  ADD COLUMN penalty_per text NOT NULL DEFAULT 'once' CHECK (penalty_per IN ('once','day','week')),
  ADD COLUMN penalty_minor bigint NOT NULL DEFAULT 0 CHECK (penalty_minor >= 0),
  ADD COLUMN penalty_ppm int NOT NULL DEFAULT 0 CHECK (penalty_ppm BETWEEN 0 AND 1000000),
  ADD COLUMN penalty_grace_days int NOT NULL DEFAULT 0 CHECK (penalty_grace_days >= 0),
  ADD COLUMN penalty_cap_minor bigint CHECK (penalty_cap_minor >= 0),
  ADD COLUMN penalty_cap_ppm int CHECK (penalty_cap_ppm >= 0);
"""

TABLES = {
    "loans": """
CREATE TABLE loans (
  group_id uuid NOT NULL REFERENCES groups, id uuid NOT NULL, no int NOT NULL CHECK (no > 0),
  reference text NOT NULL CHECK (reference ~ '^[2-9A-HJ-NP-Z]{8}$'), member_id uuid NOT NULL,
  product_id uuid NOT NULL, product_version int NOT NULL,
  amount_minor bigint NOT NULL CHECK (amount_minor > 0), currency char(3) NOT NULL,
  repayments int NOT NULL CHECK (repayments BETWEEN 1 AND 1200),
  purpose text NOT NULL CHECK (char_length(purpose) <= 200),
  state text NOT NULL
    CHECK (state IN ('draft','asked','sent','approved','active','closed','withdrawn','written_off')),
  conditions text NOT NULL DEFAULT '' CHECK (char_length(conditions) <= 500),
  begun_at timestamptz NOT NULL, sent_at timestamptz, proposal_id uuid, approved_on date, expires_on date,
  method text CHECK (method IN ('cash','mpesa','upi','bank')), lent_minor bigint CHECK (lent_minor > 0),
  fee_minor bigint NOT NULL DEFAULT 0 CHECK (fee_minor >= 0),
  disbursed_on date, disbursed_by uuid, disburse_key text CHECK (length(disburse_key) BETWEEN 1 AND 128),
  entry_seq bigint, closed_on date, looked_on date, standing text NOT NULL DEFAULT 'current'
    CHECK (standing IN ('current','overdue','default')),
  PRIMARY KEY (group_id, id), CONSTRAINT loans_no UNIQUE (group_id, no),
  CONSTRAINT loans_reference UNIQUE (reference),
  FOREIGN KEY (group_id, member_id) REFERENCES members (group_id, id),
  FOREIGN KEY (group_id, product_id, product_version) REFERENCES loan_products (group_id, product_id, version),
  FOREIGN KEY (group_id, proposal_id) REFERENCES proposals (group_id, id),
  FOREIGN KEY (group_id, entry_seq) REFERENCES ledger.journal_entry (group_id, seq),
  CHECK (state IN ('draft','asked','withdrawn') OR proposal_id IS NOT NULL),
  CHECK ((state IN ('active','closed','written_off')) = (disbursed_on IS NOT NULL)),
  CHECK ((disbursed_on IS NULL) = (lent_minor IS NULL) AND (disbursed_on IS NULL) = (entry_seq IS NULL)
    AND (disbursed_on IS NULL) = (disbursed_by IS NULL) AND (disbursed_on IS NULL) = (disburse_key IS NULL)),
  CHECK ((state IN ('closed','written_off')) = (closed_on IS NOT NULL)));
CREATE UNIQUE INDEX loans_begun ON loans (group_id, member_id) WHERE state IN ('draft','asked');
CREATE UNIQUE INDEX loans_proposal ON loans (group_id, proposal_id);
CREATE UNIQUE INDEX loans_entry ON loans (group_id, entry_seq);
CREATE INDEX loans_member ON loans (group_id, member_id, no DESC);
CREATE INDEX loans_product ON loans (group_id, product_id, product_version);
CREATE INDEX loans_active ON loans (group_id, looked_on) WHERE state = 'active';
""",
    "loan_guarantors": """
CREATE TABLE loan_guarantors (
  group_id uuid NOT NULL, loan_id uuid NOT NULL, member_id uuid NOT NULL,
  pledge_minor bigint NOT NULL CHECK (pledge_minor > 0),
  state text NOT NULL CHECK (state IN ('named','asked','agreed','refused','dropped')),
  answered_at timestamptz, PRIMARY KEY (group_id, loan_id, member_id),
  FOREIGN KEY (group_id, loan_id) REFERENCES loans (group_id, id),
  FOREIGN KEY (group_id, member_id) REFERENCES members (group_id, id),
  CHECK ((state IN ('agreed','refused')) = (answered_at IS NOT NULL)));
CREATE INDEX loan_guarantors_member ON loan_guarantors (group_id, member_id) WHERE state <> 'dropped';
""",
    "loan_items": """
CREATE TABLE loan_items (
  group_id uuid NOT NULL, loan_id uuid NOT NULL, item_no int NOT NULL CHECK (item_no > 0),
  n int NOT NULL CHECK (n > 0), part text NOT NULL CHECK (part IN ('penalty','fee','interest','principal')),
  due_on date NOT NULL, falls_on date NOT NULL, due_minor bigint NOT NULL CHECK (due_minor > 0),
  paid_minor bigint NOT NULL DEFAULT 0 CHECK (paid_minor >= 0),
  waived_minor bigint NOT NULL DEFAULT 0 CHECK (waived_minor >= 0),
  PRIMARY KEY (group_id, loan_id, item_no), CONSTRAINT loan_items_once UNIQUE (group_id, loan_id, n, part, due_on),
  FOREIGN KEY (group_id, loan_id) REFERENCES loans (group_id, id), CHECK (paid_minor + waived_minor <= due_minor));
CREATE INDEX loan_items_open ON loan_items (group_id, due_on, loan_id) WHERE paid_minor + waived_minor < due_minor;
""",
    # what a payment gave to each item; it counts while the payment is confirmed
    "loan_portions": """
CREATE TABLE loan_portions (
  group_id uuid NOT NULL, payment_id uuid NOT NULL, loan_id uuid NOT NULL, item_no int NOT NULL,
  amount_minor bigint NOT NULL CHECK (amount_minor > 0), PRIMARY KEY (group_id, payment_id, loan_id, item_no),
  FOREIGN KEY (group_id, payment_id) REFERENCES payments (group_id, id),
  FOREIGN KEY (group_id, loan_id, item_no) REFERENCES loan_items (group_id, loan_id, item_no));
CREATE INDEX loan_portions_item ON loan_portions (group_id, loan_id, item_no);
CREATE TRIGGER ro BEFORE UPDATE ON loan_portions FOR EACH ROW EXECUTE FUNCTION kit.forbid();
""",
}

# money leaves for a loan only after its proposal was carried, and what was agreed stays
GUARDS = """
CREATE FUNCTION forbid_unsigned_loan() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  IF NEW.disbursed_on IS NOT NULL AND OLD.disbursed_on IS NULL AND NOT EXISTS (SELECT FROM public.proposals p
      WHERE p.group_id = NEW.group_id AND p.id = NEW.proposal_id AND p.state = 'carried' AND p.kind = 'loan'
        AND p.subject_id = NEW.id AND p.amount_minor = NEW.amount_minor) THEN
    RAISE EXCEPTION 'a loan is paid out as it was signed' USING ERRCODE = '23514';
  END IF;
  IF OLD.disbursed_on IS NOT NULL AND (NEW.disbursed_on, NEW.lent_minor, NEW.entry_seq, NEW.amount_minor,
      NEW.repayments, NEW.product_id, NEW.product_version) IS DISTINCT FROM (OLD.disbursed_on, OLD.lent_minor,
      OLD.entry_seq, OLD.amount_minor, OLD.repayments, OLD.product_id, OLD.product_version) THEN
    RAISE EXCEPTION 'a loan that is paid out keeps its terms' USING ERRCODE = '23514';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER signed BEFORE UPDATE ON loans FOR EACH ROW EXECUTE FUNCTION forbid_unsigned_loan();
"""

SIGNATURES = """
CREATE OR REPLACE FUNCTION forbid_own_signature() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM public.proposals p
      WHERE p.group_id = NEW.group_id AND p.id = NEW.proposal_id AND p.state = 'open'
        AND p.proposed_by <> NEW.member_id AND p.member_id IS DISTINCT FROM NEW.member_id{barred}) THEN
    RAISE EXCEPTION 'a proposal is signed by others, while it is open' USING ERRCODE = '23514';
  END IF;
  RETURN NEW;
END $$;
"""
BARRED = "\n        AND NOT NEW.member_id = ANY (p.barred)"

# loans that nobody has looked at today, by each group's own day
LOOKUP = """
GRANT SELECT (group_id, state, looked_on) ON loans TO sanduk_lookup;
CREATE POLICY lookup ON loans FOR SELECT TO sanduk_lookup USING (current_user = 'sanduk_lookup');
SET ROLE sanduk_lookup;
CREATE FUNCTION lookup.loans_due(p_now timestamptz) RETURNS TABLE (group_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ SELECT g.id FROM public.groups g WHERE EXISTS (
  SELECT FROM public.loans l WHERE l.group_id = g.id AND l.state = 'active'
    AND l.looked_on < (p_now AT TIME ZONE g.timezone)::date) $$;
REVOKE ALL ON FUNCTION lookup.loans_due FROM PUBLIC;
GRANT EXECUTE ON FUNCTION lookup.loans_due TO sanduk_app;
RESET ROLE;
"""


def upgrade() -> None:
    _kinds_of_rules("replace(old, ']))', '" + "".join(f", ''{kind}''::text" for kind in KINDS) + "]))')")
    op.execute("ALTER TABLE proposals ADD COLUMN barred uuid[] NOT NULL DEFAULT '{}'")
    op.execute(SIGNATURES.format(barred=BARRED))
    op.execute(PRODUCTS)
    for name, table in TABLES.items():
        op.execute(
            f"""{table}
            CREATE TRIGGER kept BEFORE DELETE ON {name} FOR EACH ROW EXECUTE FUNCTION kit.forbid();
            CREATE TRIGGER rot BEFORE TRUNCATE ON {name} EXECUTE FUNCTION kit.forbid();
            ALTER TABLE {name} ENABLE ROW LEVEL SECURITY;
            ALTER TABLE {name} FORCE ROW LEVEL SECURITY;
            CREATE POLICY tenant ON {name} USING (group_id = kit.tenant()) WITH CHECK (group_id = kit.tenant());
            GRANT SELECT, INSERT ON {name} TO sanduk_app;"""
        )
    op.execute(
        """
        GRANT UPDATE ON loans TO sanduk_app;
        GRANT UPDATE (pledge_minor, state, answered_at) ON loan_guarantors TO sanduk_app;
        GRANT UPDATE (paid_minor, waived_minor) ON loan_items TO sanduk_app;
        """
    )
    op.execute(GUARDS)
    op.execute(LOOKUP)


def downgrade() -> None:
    op.execute(
        """
        SET ROLE sanduk_lookup;
        DROP FUNCTION lookup.loans_due;
        RESET ROLE;
        DROP TABLE loan_portions; DROP TABLE loan_items; DROP TABLE loan_guarantors; DROP TABLE loans;
        DROP FUNCTION forbid_unsigned_loan;
        """
    )
    columns = [line.split()[2] for line in PRODUCTS.splitlines() if "ADD COLUMN" in line]
    op.execute("ALTER TABLE loan_products " + ", ".join(f"DROP COLUMN {column}" for column in columns))
    op.execute(SIGNATURES.format(barred=""))
    op.execute("ALTER TABLE proposals DROP COLUMN barred")
    _kinds_of_rules("replace(old, '" + "".join(f", ''{kind}''::text" for kind in KINDS) + "', '')")


def _kinds_of_rules(new: str) -> None:
    """Whatever kinds the check names by now, with ours or without; `new` is SQL over its definition `old`."""
    op.execute(
        f"""
        DO $$
        DECLARE old text;
        BEGIN
          SELECT pg_get_constraintdef(oid) INTO old FROM pg_constraint
            WHERE conrelid = 'approval_rules'::regclass AND conname = 'approval_rules_kind_check';
          ALTER TABLE approval_rules DROP CONSTRAINT approval_rules_kind_check;
          EXECUTE 'ALTER TABLE approval_rules ADD CONSTRAINT approval_rules_kind_check ' || {new};
        END $$;
        """
    )
