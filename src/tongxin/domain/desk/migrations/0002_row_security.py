"""Row security: a question shows on its own ground only; answers, laws and their terms are public."""

from __future__ import annotations

from django.db import migrations

SHOWS = """
    (SELECT coalesce(current_setting('tongxin.system', true), '') <> '')
    OR area_ids && (
        SELECT coalesce(nullif(current_setting('tongxin.areas', true), ''), '{}')::bigint[])
"""
DO = f"""
ALTER TABLE desk_question ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_ground ON desk_question FOR ALL USING ({SHOWS}) WITH CHECK ({SHOWS});
"""
UNDO = """
DROP POLICY own_ground ON desk_question;
ALTER TABLE desk_question DISABLE ROW LEVEL SECURITY;
"""


class Migration(migrations.Migration):
    """The database's own part of the desk."""

    dependencies = [("desk", "0001_initial")]
    operations = [migrations.RunSQL(DO, UNDO)]
