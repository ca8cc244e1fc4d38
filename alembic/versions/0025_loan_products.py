"""On what terms a group lends, version by version."""

from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE loan_products (
          group_id uuid NOT NULL REFERENCES groups, product_id uuid NOT NULL, version int NOT NULL CHECK (version > 0),
          name text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 60), is_offered boolean NOT NULL,
          rate_ppm int NOT NULL CHECK (rate_ppm BETWEEN 0 AND 100000000),
          interest_type text NOT NULL CHECK (interest_type IN ('flat','declining_balance')),
          interest_period text NOT NULL CHECK (interest_period IN ('same_as_repayment_period','daily')),
          amortization text NOT NULL CHECK (amortization IN ('equal_installments','equal_principal')),
          unit text NOT NULL CHECK (unit IN ('days','weeks','months')), every int NOT NULL CHECK (every > 0),
          least_repayments int NOT NULL CHECK (least_repayments > 0),
          most_repayments int NOT NULL CHECK (most_repayments BETWEEN least_repayments AND 1200),
          grace_periods int NOT NULL CHECK (grace_periods BETWEEN 0 AND least_repayments - 1),
          year_days int CHECK (year_days IN (360,364,365)), month_days int CHECK (month_days = 30),
          multiple_minor bigint NOT NULL CHECK (multiple_minor > 0),
          fee_ppm int NOT NULL CHECK (fee_ppm BETWEEN 0 AND 1000000), is_fee_added boolean NOT NULL,
          least_minor bigint NOT NULL CHECK (least_minor > 0), most_minor bigint CHECK (most_minor >= least_minor),
          savings_ppm int CHECK (savings_ppm > 0), treasurer_minor bigint NOT NULL CHECK (treasurer_minor >= 0),
          guarantors int NOT NULL CHECK (guarantors BETWEEN 0 AND 10),
          set_by uuid NOT NULL, set_at timestamptz NOT NULL, PRIMARY KEY (group_id, product_id, version));
        ALTER TABLE loan_products ENABLE ROW LEVEL SECURITY;
        ALTER TABLE loan_products FORCE ROW LEVEL SECURITY;
        CREATE POLICY tenant ON loan_products USING (group_id = kit.tenant()) WITH CHECK (group_id = kit.tenant());
        GRANT SELECT, INSERT ON loan_products TO sanduk_app;
        CREATE TRIGGER ro BEFORE UPDATE OR DELETE ON loan_products FOR EACH ROW EXECUTE FUNCTION kit.forbid();
        CREATE TRIGGER rot BEFORE TRUNCATE ON loan_products EXECUTE FUNCTION kit.forbid();
        """
    )


def downgrade() -> None:
    op.execute("DROP TABLE loan_products")
