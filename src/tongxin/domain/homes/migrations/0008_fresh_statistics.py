"""Statistics right after a bulk load: row security makes joins dear when the planner knows nothing.

The app's role owns no table and may not analyze one; this function does it for the owner.
"""

from __future__ import annotations

from django.db import migrations

DO = """
CREATE FUNCTION homes_analyze() RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
    ANALYZE homes_unit, homes_flat, homes_resident, homes_caremark;
END $$;
"""


class Migration(migrations.Migration):
    """The database's own part of loading many homes."""

    dependencies = [("homes", "0007_visits_security")]
    operations = [migrations.RunSQL(DO, "DROP FUNCTION homes_analyze();")]
