"""What a group tells a member who has not signed in yet waits for her."""

from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE waiting_notices (
          group_id uuid NOT NULL, id uuid NOT NULL, member_id uuid NOT NULL,
          kind text NOT NULL CHECK (kind ~ '^[a-z]+(_[a-z]+)*$'),
          facts jsonb NOT NULL CHECK (jsonb_typeof(facts) = 'object'), subject_id uuid,
          at timestamptz NOT NULL, PRIMARY KEY (group_id, id),
          FOREIGN KEY (group_id, member_id) REFERENCES members (group_id, id));
        CREATE INDEX waiting_notices_of ON waiting_notices (group_id, member_id);

        ALTER TABLE waiting_notices ENABLE ROW LEVEL SECURITY;
        ALTER TABLE waiting_notices FORCE ROW LEVEL SECURITY;
        -- anybody of the group may tell; nobody reads what waits, and once the member is somebody it is handed over
        CREATE POLICY telling ON waiting_notices FOR INSERT WITH CHECK (group_id = kit.tenant());
        CREATE POLICY handing ON waiting_notices FOR SELECT USING (group_id = kit.tenant() AND EXISTS (
          SELECT FROM members m WHERE m.group_id = waiting_notices.group_id AND m.id = waiting_notices.member_id
            AND m.person_id IS NOT NULL));
        CREATE POLICY handed ON waiting_notices FOR DELETE USING (group_id = kit.tenant());
        GRANT SELECT, INSERT, DELETE ON waiting_notices TO sanduk_app;
        """
    )


def downgrade() -> None:
    op.execute("DROP TABLE waiting_notices")
