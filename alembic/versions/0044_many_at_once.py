"""Many confirmations at once: their receipts' numbers are taken in one step, and what a payment gave to a loan may be
kept before the payment is.

Numbers still go up without a gap: at commit every number of the step has its receipt.
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
PAYMENT = "loan_portions_group_id_payment_id_fkey"


def upgrade() -> None:
    op.execute(STEPS)
    op.execute(f"ALTER TABLE loan_portions ALTER CONSTRAINT {PAYMENT} DEFERRABLE INITIALLY DEFERRED")


def downgrade() -> None:
    op.execute(f"ALTER TABLE loan_portions ALTER CONSTRAINT {PAYMENT} NOT DEFERRABLE")
    op.execute(ONE_BY_ONE)
