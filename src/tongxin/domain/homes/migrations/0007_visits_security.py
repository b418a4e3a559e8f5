"""Row security for visits and clashes by ground, for devices and what they sent by member."""

from __future__ import annotations

from django.db import migrations

BY_GROUND = ("homes_visit", "homes_syncconflict")
BY_MEMBER = ("homes_offlinedevice", "homes_syncop")
_SYSTEM = "(SELECT coalesce(current_setting('tongxin.system', true), '') <> '')"
ON_GROUND = f"""
    {_SYSTEM} OR area_ids && (
        SELECT coalesce(nullif(current_setting('tongxin.areas', true), ''), '{{}}')::bigint[])
"""
OWN = f"""
    {_SYSTEM} OR member_id = (
        SELECT nullif(current_setting('tongxin.member', true), '')::bigint)
"""
RULES = [(table, "own_ground", ON_GROUND) for table in BY_GROUND] + [
    (table, "own_member", OWN) for table in BY_MEMBER
]
DO = "\n".join(
    f"""
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
CREATE POLICY {name} ON {table} FOR ALL USING ({shows}) WITH CHECK ({shows});
"""
    for table, name, shows in RULES
)
UNDO = "\n".join(
    f"DROP POLICY {name} ON {table}; ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;"
    for table, name, _shows in RULES
)


class Migration(migrations.Migration):
    """The database's own part of visits."""

    dependencies = [("homes", "0006_visits")]
    operations = [migrations.RunSQL(DO, UNDO)]
