"""What is kept for a member can pay a due: a method of payments that brings no money and has no provider's code."""

from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        ALTER TABLE payments DROP CONSTRAINT payments_method_check, DROP CONSTRAINT payments_check,
          ADD CONSTRAINT payments_method_check CHECK (method IN ('mpesa','upi','cash','bank','kept')),
          ADD CONSTRAINT payments_check
            CHECK (method IN ('cash','kept') OR provider_code IS NOT NULL OR source = 'statement'),
          ADD CONSTRAINT payments_kept_check
            CHECK (method <> 'kept' OR (source = 'treasurer' AND provider_code IS NULL))
        """
    )


def downgrade() -> None:
    # rows of a method that is no longer known stay as they are
    op.execute(
        """
        ALTER TABLE payments DROP CONSTRAINT payments_kept_check,
          DROP CONSTRAINT payments_method_check, DROP CONSTRAINT payments_check,
          ADD CONSTRAINT payments_method_check CHECK (method IN ('mpesa','upi','cash','bank')) NOT VALID,
          ADD CONSTRAINT payments_check
            CHECK (method = 'cash' OR provider_code IS NOT NULL OR source = 'statement') NOT VALID
        """
    )
