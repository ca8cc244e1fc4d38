"""The look-up's policies hold for the look-up role itself, not for the owner who may become it.

Before PostgreSQL 16 a membership can't be granted without its policies: there the owner read across groups.
"""

from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _hold("true", "current_user = ''sanduk_lookup''")


def downgrade() -> None:
    _hold("(CURRENT_USER = ''sanduk_lookup''::name)", "true")


def _hold(before: str, after: str) -> None:
    """Every policy of the look-up alone whose condition is `before` gets `after`; both as they stand inside quotes."""
    op.execute(
        f"""
        DO $$
        DECLARE one record;
        BEGIN
          FOR one IN SELECT schemaname, tablename, policyname FROM pg_policies
                     WHERE roles = '{{sanduk_lookup}}' AND qual = '{before}' LOOP
            EXECUTE format('ALTER POLICY %I ON %I.%I USING ({after})', one.policyname, one.schemaname, one.tablename);
          END LOOP;
        END $$;
        """
    )
