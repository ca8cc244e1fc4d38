"""The audit log as a chain per group, and the right that scheduled jobs need."""

from alembic import op

revision = "0020"
down_revision = "0017"
branch_labels = None
depends_on = None

# procrastinate_defer_periodic_job_v2 forgets the defers before the newest
SCHEDULE = "GRANT DELETE ON procrastinate_periodic_defers TO sanduk_app"


def upgrade() -> None:
    op.execute(SCHEDULE)


def downgrade() -> None:
    op.execute("REVOKE DELETE ON procrastinate_periodic_defers FROM sanduk_app")
