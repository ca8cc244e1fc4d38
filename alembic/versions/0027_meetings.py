"""Meetings: the day, who was there, what the collection sheet came to and what was counted."""

from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE meetings (
          group_id uuid NOT NULL, id uuid NOT NULL, held_on date NOT NULL, currency char(3) NOT NULL,
          sheet_minor bigint NOT NULL CHECK (sheet_minor >= 0),
          counted_minor bigint NOT NULL CHECK (counted_minor >= 0),
          recorded_by uuid NOT NULL, recorded_at timestamptz NOT NULL,
          PRIMARY KEY (group_id, id), FOREIGN KEY (group_id) REFERENCES groups (id),
          CONSTRAINT meetings_day UNIQUE (group_id, held_on));

        CREATE TABLE meeting_members (
          group_id uuid NOT NULL, meeting_id uuid NOT NULL, member_id uuid NOT NULL,
          attendance text NOT NULL CHECK (attendance IN ('present','late','absent','excused')),
          payment_id uuid,
          PRIMARY KEY (group_id, meeting_id, member_id), UNIQUE (group_id, payment_id),
          FOREIGN KEY (group_id, meeting_id) REFERENCES meetings (group_id, id),
          FOREIGN KEY (group_id, member_id) REFERENCES members (group_id, id),
          FOREIGN KEY (group_id, payment_id) REFERENCES payments (group_id, id));
        CREATE INDEX meeting_members_by_member ON meeting_members (group_id, member_id);
        """
    )
    for table in ("meetings", "meeting_members"):
        op.execute(
            f"""
            CREATE TRIGGER ro BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION kit.forbid();
            ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
            ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
            CREATE POLICY tenant ON {table} USING (group_id = kit.tenant()) WITH CHECK (group_id = kit.tenant());
            GRANT SELECT, INSERT ON {table} TO sanduk_app;
            """
        )


def downgrade() -> None:
    op.execute("DROP TABLE meeting_members; DROP TABLE meetings;")
