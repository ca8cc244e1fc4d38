"""A checkpoint's leaf keeps its whole record; the platform's own audit trail is verified each night as books are.

`record` is null in rows from before: their leaf is made of `seq` and `hash` alone (version 1).
"""

from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

RECORD = "ALTER TABLE checkpoint_heads ADD COLUMN record text CHECK (length(record) BETWEEN 1 AND 1000);"

# the platform's rows stand under the nil UUID, and its night is UTC's; a verification of a time to come counts for none
WITH_PLATFORM = """
SET ROLE sanduk_lookup;
CREATE OR REPLACE FUNCTION lookup.books_due(p_now timestamptz) RETURNS TABLE (group_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ SELECT g.id FROM (SELECT id, timezone FROM public.groups
    UNION ALL SELECT '00000000-0000-0000-0000-000000000000', 'UTC') g
  WHERE NOT EXISTS (SELECT FROM public.book_checks c WHERE c.group_id = g.id AND c.at <= p_now AND c.at >=
    (date_trunc('day', (p_now AT TIME ZONE g.timezone) - interval '2 hours') + interval '2 hours')
      AT TIME ZONE g.timezone) $$;
CREATE OR REPLACE FUNCTION lookup.books_checked(p_now timestamptz) RETURNS TABLE (bad bigint, late bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ SELECT count(*) FILTER (WHERE newest.bad_seq IS NOT NULL),
    count(*) FILTER (WHERE coalesce(newest.at, g.created_at) < p_now - interval '26 hours')
  FROM (SELECT id, created_at FROM public.groups
    UNION ALL SELECT '00000000-0000-0000-0000-000000000000', 'infinity') g
  LEFT JOIN LATERAL (SELECT c.at, c.bad_seq FROM public.book_checks c
    WHERE c.group_id = g.id AND c.at <= p_now ORDER BY c.at DESC, c.id DESC LIMIT 1) newest ON true $$;
RESET ROLE;
"""

WITHOUT = """
SET ROLE sanduk_lookup;
CREATE OR REPLACE FUNCTION lookup.books_due(p_now timestamptz) RETURNS TABLE (group_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ SELECT g.id FROM public.groups g WHERE NOT EXISTS (
  SELECT FROM public.book_checks c WHERE c.group_id = g.id AND c.at >=
    (date_trunc('day', (p_now AT TIME ZONE g.timezone) - interval '2 hours') + interval '2 hours')
      AT TIME ZONE g.timezone) $$;
CREATE OR REPLACE FUNCTION lookup.books_checked(p_now timestamptz) RETURNS TABLE (bad bigint, late bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$ SELECT count(*) FILTER (WHERE newest.bad_seq IS NOT NULL),
    count(*) FILTER (WHERE coalesce(newest.at, g.created_at) < p_now - interval '26 hours')
  FROM public.groups g LEFT JOIN LATERAL (SELECT c.at, c.bad_seq FROM public.book_checks c
    WHERE c.group_id = g.id ORDER BY c.at DESC, c.id DESC LIMIT 1) newest ON true $$;
RESET ROLE;
"""


def upgrade() -> None:
    op.execute(RECORD)
    op.execute(WITH_PLATFORM)


def downgrade() -> None:
    """What the newer leaves committed to is lost: their checkpoints no longer prove themselves here."""
    op.execute(WITHOUT)
    op.execute("ALTER TABLE checkpoint_heads DROP COLUMN record")
