"""How far development has moved the clock; the application only reads it."""

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE kit.development_clock (
          is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only), shift interval NOT NULL);
        GRANT SELECT ON kit.development_clock TO sanduk_app;
        """
    )


def downgrade() -> None:
    op.execute("DROP TABLE kit.development_clock;")
