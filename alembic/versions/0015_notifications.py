"""What the product tells one person in one group."""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE notifications (
          group_id uuid NOT NULL REFERENCES groups, id uuid NOT NULL, person_id uuid NOT NULL,
          kind text NOT NULL CHECK (kind ~ '^[a-z]+(_[a-z]+)*$'),
          facts jsonb NOT NULL CHECK (jsonb_typeof(facts) = 'object'), subject_id uuid,
          at timestamptz NOT NULL, read_at timestamptz, PRIMARY KEY (group_id, id));
        CREATE INDEX notifications_newest ON notifications (group_id, person_id, id DESC);
        CREATE INDEX notifications_unread ON notifications (group_id, person_id) WHERE read_at IS NULL;
        CREATE UNIQUE INDEX notifications_waiting ON notifications (group_id, person_id)
          WHERE kind = 'payment_sent' AND read_at IS NULL;

        ALTER TABLE notifications ENABLE ROW LEVEL SECURITY;
        ALTER TABLE notifications FORCE ROW LEVEL SECURITY;
        -- anybody of the group may tell; only the person told may read
        CREATE POLICY mine ON notifications FOR SELECT USING ((group_id = kit.tenant()) AND person_id = kit.me());
        CREATE POLICY telling ON notifications FOR INSERT WITH CHECK (group_id = kit.tenant());
        CREATE POLICY reading ON notifications FOR UPDATE
          USING ((group_id = kit.tenant()) AND person_id = kit.me()) WITH CHECK (group_id = kit.tenant());
        GRANT SELECT, INSERT ON notifications TO sanduk_app;
        GRANT UPDATE (read_at) ON notifications TO sanduk_app;
        """
    )


def downgrade() -> None:
    op.execute("DROP TABLE notifications")
