"""A call that was opened can be put right: its name, amount and date, and those of its dues."""

from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

COLUMNS = {"calls": "title, amount_minor, due_on", "contributions": "amount_minor, due_on"}


def upgrade() -> None:
    for table, columns in COLUMNS.items():
        op.execute(f"GRANT UPDATE ({columns}) ON {table} TO sanduk_app")


def downgrade() -> None:
    for table, columns in COLUMNS.items():
        op.execute(f"REVOKE UPDATE ({columns}) ON {table} FROM sanduk_app")
