"""A bank's line may pay a loan."""

from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _kinds("'contribution', 'credit', 'loan'")


def downgrade() -> None:
    """Refused while a line pays a loan."""
    _kinds("'contribution', 'credit'")


def _kinds(known: str) -> None:
    op.execute(
        f"""
        ALTER TABLE bank_match_parts DROP CONSTRAINT bank_match_parts_kind_check;
        ALTER TABLE bank_match_parts ADD CONSTRAINT bank_match_parts_kind_check CHECK (kind IN ({known}));
        """
    )
