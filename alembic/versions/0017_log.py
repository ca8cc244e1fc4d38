"""A group's log by what it is about."""

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # everything, newest first, is the primary key (group_id, id); by person there is audit_events_actor
    op.execute("CREATE INDEX audit_events_kind ON audit_events (group_id, subject, id DESC)")


def downgrade() -> None:
    op.execute("DROP INDEX audit_events_kind")
