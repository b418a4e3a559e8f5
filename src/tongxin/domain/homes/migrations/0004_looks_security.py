"""Row security for approvals and broken glass: seen by the two sides' ground only.

All policies ask for the settings once a statement (a scalar subquery), not once a row.
"""

from __future__ import annotations

from django.db import migrations

NEW = ("homes_lookapproval", "homes_breakglass")
OLD = (
    "homes_unit", "homes_flat", "homes_resident", "homes_caremark", "homes_sheet",
    "homes_homequestion",
)  # fmt: skip
BEFORE = """
    coalesce(current_setting('tongxin.system', true), '') <> ''
    OR area_ids && coalesce(nullif(current_setting('tongxin.areas', true), ''), '{}')::bigint[]
"""
SHOWS = """
    (SELECT coalesce(current_setting('tongxin.system', true), '') <> '')
    OR area_ids && (
        SELECT coalesce(nullif(current_setting('tongxin.areas', true), ''), '{}')::bigint[])
"""
CHANGE = "ALTER POLICY own_ground ON {table} USING ({shows}) WITH CHECK ({shows});"
DO = "\n".join(
    f"""
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_ground ON {table} FOR ALL USING ({SHOWS}) WITH CHECK ({SHOWS});
"""
    for table in NEW
) + "\n".join(CHANGE.format(table=table, shows=SHOWS) for table in OLD)
UNDO = "\n".join(
    f"DROP POLICY own_ground ON {table}; ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;"
    for table in NEW
) + "\n".join(CHANGE.format(table=table, shows=BEFORE) for table in OLD)


class Migration(migrations.Migration):
    """The database's own part of approvals and broken glass."""

    dependencies = [("homes", "0003_looks")]
    operations = [migrations.RunSQL(DO, UNDO)]
