"""Row security: a row of the register shows on its own ground only.

``access.acting_as`` tells the database who acts (``tongxin.areas``, ``tongxin.system``). Without it
no row shows at all, whatever a query forgets to filter. The owner of the tables (migrations,
backups) is not bound by it.
"""

from __future__ import annotations

from django.db import migrations

TABLES = (
    "homes_unit", "homes_flat", "homes_resident", "homes_caremark", "homes_sheet",
    "homes_homequestion",
)  # fmt: skip
SHOWS = """
    coalesce(current_setting('tongxin.system', true), '') <> ''
    OR area_ids && coalesce(nullif(current_setting('tongxin.areas', true), ''), '{}')::bigint[]
"""
DO = "\n".join(
    f"""
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_ground ON {table} FOR ALL USING ({SHOWS}) WITH CHECK ({SHOWS});
"""
    for table in TABLES
)
UNDO = "\n".join(
    f"DROP POLICY own_ground ON {table}; ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;"
    for table in TABLES
)


class Migration(migrations.Migration):
    """The database's own part of the register."""

    dependencies = [("homes", "0001_initial")]
    operations = [migrations.RunSQL(DO, UNDO)]
