"""How many rows of a statement are no lines: a payment that failed, an entry that isn't booked yet."""

from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE bank_statements ADD COLUMN left_out integer NOT NULL DEFAULT 0 CHECK (left_out >= 0)")


def downgrade() -> None:
    op.execute("ALTER TABLE bank_statements DROP COLUMN left_out")
