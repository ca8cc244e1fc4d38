"""Where members pay is a paybill number or a UPI ID, by the group's country; UPI is a method of its own."""

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

METHODS = {True: "'mpesa','upi','cash','bank'", False: "'mpesa','cash','bank'"}


def upgrade() -> None:
    op.execute("ALTER TABLE groups RENAME COLUMN paybill TO pay_to")
    op.execute("ALTER TABLE groups DROP CONSTRAINT groups_paybill_check")
    op.execute("ALTER TABLE groups ADD CONSTRAINT groups_pay_to_check CHECK (pay_to ~ '^[a-z0-9._@-]{5,120}$')")
    _allow(METHODS[True])


def downgrade() -> None:
    op.execute("ALTER TABLE groups DROP CONSTRAINT groups_pay_to_check")
    op.execute("ALTER TABLE groups RENAME COLUMN pay_to TO paybill")
    op.execute("ALTER TABLE groups ADD CONSTRAINT groups_paybill_check CHECK (paybill ~ '^[0-9]{5,7}$') NOT VALID")
    _allow(METHODS[False])


def _allow(methods: str) -> None:
    """Rows of a method that is no longer known stay as they are."""
    op.execute("ALTER TABLE payments DROP CONSTRAINT payments_method_check")
    op.execute(f"ALTER TABLE payments ADD CONSTRAINT payments_method_check CHECK (method IN ({methods})) NOT VALID")
