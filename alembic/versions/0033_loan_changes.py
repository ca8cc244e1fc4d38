"""Loans that close others, new schedules for what is left, what comes back after a write-off; provisions by rule."""

from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

KIND = "loan_reschedule"

PRODUCTS = """
ALTER TABLE loan_products
  ADD COLUMN provision_ppm int[] NOT NULL DEFAULT '{0,50000,250000,500000,1000000}'
    CHECK (cardinality(provision_ppm) = 5 AND 0 <= ALL (provision_ppm) AND 1000000 >= ALL (provision_ppm)),
  ADD COLUMN is_capitalised boolean NOT NULL DEFAULT false;
"""

LOANS = """
ALTER TABLE loans ADD COLUMN replaces_id uuid,
  ADD FOREIGN KEY (group_id, replaces_id) REFERENCES loans (group_id, id), ADD CHECK (replaces_id <> id);
CREATE INDEX loans_replaces ON loans (group_id, replaces_id);
ALTER TABLE loan_portions ADD COLUMN is_recovery boolean NOT NULL DEFAULT false;
"""

# what was paid out has its entry, but for a loan that closes one of the same sum: nothing is posted then
ENTRY = """
DO $$
DECLARE known text;
BEGIN
  SELECT conname INTO known FROM pg_constraint WHERE conrelid = 'loans'::regclass AND contype = 'c'
    AND pg_get_constraintdef(oid) LIKE '%entry_seq%' AND pg_get_constraintdef(oid) LIKE '%disburse_key%';
  EXECUTE format('ALTER TABLE loans DROP CONSTRAINT %I', known);
  ALTER TABLE loans ADD CONSTRAINT loans_paid_out CHECK ((disbursed_on IS NULL) = (lent_minor IS NULL)
    AND ((disbursed_on IS NULL) = (entry_seq IS NULL){or_closes})
    AND (disbursed_on IS NULL) = (disbursed_by IS NULL) AND (disbursed_on IS NULL) = (disburse_key IS NULL));
END $$;
"""
OR_CLOSES = " OR (disbursed_on IS NOT NULL AND replaces_id IS NOT NULL)"

TABLES = {
    "loan_changes": """
CREATE TABLE loan_changes (
  group_id uuid NOT NULL, loan_id uuid NOT NULL, change_no int NOT NULL CHECK (change_no > 0),
  kind text NOT NULL CHECK (kind IN ('refinanced','rescheduled')), changed_on date NOT NULL,
  days_late int NOT NULL CHECK (days_late >= 0), principal_minor bigint NOT NULL CHECK (principal_minor >= 0),
  interest_minor bigint NOT NULL CHECK (interest_minor >= 0), fees_minor bigint NOT NULL CHECK (fees_minor >= 0),
  penalties_minor bigint NOT NULL CHECK (penalties_minor >= 0), entry_seq bigint, new_loan_id uuid, proposal_id uuid,
  first_n int CHECK (first_n > 1), repayments int CHECK (repayments BETWEEN 1 AND 1200),
  rate_ppm int CHECK (rate_ppm BETWEEN 0 AND 100000000), starts_on date, is_capitalised boolean NOT NULL DEFAULT false,
  PRIMARY KEY (group_id, loan_id, change_no),
  FOREIGN KEY (group_id, loan_id) REFERENCES loans (group_id, id),
  FOREIGN KEY (group_id, new_loan_id) REFERENCES loans (group_id, id),
  FOREIGN KEY (group_id, proposal_id) REFERENCES proposals (group_id, id),
  FOREIGN KEY (group_id, entry_seq) REFERENCES ledger.journal_entry (group_id, seq),
  CHECK ((kind = 'refinanced') = (new_loan_id IS NOT NULL)),
  CHECK ((kind = 'rescheduled') = (proposal_id IS NOT NULL)),
  CHECK ((kind = 'rescheduled') = (first_n IS NOT NULL) AND (first_n IS NULL) = (repayments IS NULL)
    AND (first_n IS NULL) = (rate_ppm IS NULL) AND (first_n IS NULL) = (starts_on IS NULL)));
CREATE UNIQUE INDEX loan_changes_new ON loan_changes (group_id, new_loan_id);
CREATE UNIQUE INDEX loan_changes_proposal ON loan_changes (group_id, proposal_id);
CREATE INDEX loan_changes_entry ON loan_changes (group_id, entry_seq);
""",
    # what a change settled of each item, and what it asks for no more
    "loan_change_items": """
CREATE TABLE loan_change_items (
  group_id uuid NOT NULL, loan_id uuid NOT NULL, change_no int NOT NULL, item_no int NOT NULL,
  paid_minor bigint NOT NULL CHECK (paid_minor >= 0), waived_minor bigint NOT NULL CHECK (waived_minor >= 0),
  PRIMARY KEY (group_id, loan_id, change_no, item_no), CHECK (paid_minor + waived_minor > 0),
  FOREIGN KEY (group_id, loan_id, change_no) REFERENCES loan_changes (group_id, loan_id, change_no),
  FOREIGN KEY (group_id, loan_id, item_no) REFERENCES loan_items (group_id, loan_id, item_no));
CREATE INDEX loan_change_items_item ON loan_change_items (group_id, loan_id, item_no);
""",
}

KEPT = """
CREATE OR REPLACE FUNCTION forbid_unsigned_loan() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  IF NEW.disbursed_on IS NOT NULL AND OLD.disbursed_on IS NULL AND NOT EXISTS (SELECT FROM public.proposals p
      WHERE p.group_id = NEW.group_id AND p.id = NEW.proposal_id AND p.state = 'carried' AND p.kind = 'loan'
        AND p.subject_id = NEW.id AND p.amount_minor = NEW.amount_minor) THEN
    RAISE EXCEPTION 'a loan is paid out as it was signed' USING ERRCODE = '23514';
  END IF;
  IF OLD.disbursed_on IS NOT NULL AND (NEW.disbursed_on, NEW.lent_minor, NEW.entry_seq, NEW.amount_minor,
      NEW.repayments, NEW.product_id, NEW.product_version{new}) IS DISTINCT FROM (OLD.disbursed_on, OLD.lent_minor,
      OLD.entry_seq, OLD.amount_minor, OLD.repayments, OLD.product_id, OLD.product_version{old}) THEN
    RAISE EXCEPTION 'a loan that is paid out keeps its terms' USING ERRCODE = '23514';
  END IF;
  RETURN NEW;
END $$;
"""

# a loan is closed by one that was paid out for it, and gets a new schedule by a decision about it
GUARD = """
CREATE FUNCTION forbid_undecided_change() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  IF NEW.kind = 'refinanced' AND NOT EXISTS (SELECT FROM public.loans l WHERE l.group_id = NEW.group_id
      AND l.id = NEW.new_loan_id AND l.replaces_id = NEW.loan_id AND l.disbursed_on IS NOT NULL) THEN
    RAISE EXCEPTION 'a loan is closed by the one that was paid out for it' USING ERRCODE = '23514';
  END IF;
  IF NEW.kind = 'rescheduled' AND NOT EXISTS (SELECT FROM public.proposals p WHERE p.group_id = NEW.group_id
      AND p.id = NEW.proposal_id AND p.kind = 'loan_reschedule' AND p.subject_id = NEW.loan_id
      AND p.state = 'open') THEN
    RAISE EXCEPTION 'a loan gets a new schedule by a decision about it' USING ERRCODE = '23514';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER decided BEFORE INSERT ON loan_changes FOR EACH ROW EXECUTE FUNCTION forbid_undecided_change();
"""


def upgrade() -> None:
    _kinds_of_rules(f"replace(old, ']))', ', ''{KIND}''::text]))')")
    op.execute(PRODUCTS)
    op.execute(LOANS)
    op.execute(ENTRY.format(or_closes=OR_CLOSES))
    for name, table in TABLES.items():
        op.execute(
            f"""{table}
            CREATE TRIGGER ro BEFORE UPDATE OR DELETE ON {name} FOR EACH ROW EXECUTE FUNCTION kit.forbid();
            CREATE TRIGGER rot BEFORE TRUNCATE ON {name} EXECUTE FUNCTION kit.forbid();
            ALTER TABLE {name} ENABLE ROW LEVEL SECURITY;
            ALTER TABLE {name} FORCE ROW LEVEL SECURITY;
            CREATE POLICY tenant ON {name} USING (group_id = kit.tenant()) WITH CHECK (group_id = kit.tenant());
            GRANT SELECT, INSERT ON {name} TO sanduk_app;"""
        )
    op.execute(KEPT.format(new=", NEW.replaces_id", old=", OLD.replaces_id"))
    op.execute(GUARD)


def downgrade() -> None:
    op.execute(KEPT.format(new="", old=""))
    op.execute(ENTRY.format(or_closes=""))
    op.execute(
        """
        DROP TABLE loan_change_items; DROP TABLE loan_changes; DROP FUNCTION forbid_undecided_change;
        ALTER TABLE loan_portions DROP COLUMN is_recovery;
        ALTER TABLE loans DROP COLUMN replaces_id CASCADE;
        ALTER TABLE loan_products DROP COLUMN is_capitalised, DROP COLUMN provision_ppm;
        """
    )
    _kinds_of_rules(f"replace(old, ', ''{KIND}''::text', '')")


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
