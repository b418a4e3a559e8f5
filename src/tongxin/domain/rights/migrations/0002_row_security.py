"""Row security: a request shows on its own ground only, a code to the program only."""

from __future__ import annotations

from django.db import migrations

SYSTEM = "(SELECT coalesce(current_setting('tongxin.system', true), '') <> '')"
OWN = f"""
    {SYSTEM}
    OR area_ids && (
        SELECT coalesce(nullif(current_setting('tongxin.areas', true), ''), '{{}}')::bigint[])
"""
DO = f"""
ALTER TABLE rights_rightsrequest ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_ground ON rights_rightsrequest FOR ALL USING ({OWN}) WITH CHECK ({OWN});
ALTER TABLE rights_phonecode ENABLE ROW LEVEL SECURITY;
CREATE POLICY program ON rights_phonecode FOR ALL USING ({SYSTEM}) WITH CHECK ({SYSTEM});
"""
UNDO = """
DROP POLICY own_ground ON rights_rightsrequest;
ALTER TABLE rights_rightsrequest DISABLE ROW LEVEL SECURITY;
DROP POLICY program ON rights_phonecode;
ALTER TABLE rights_phonecode DISABLE ROW LEVEL SECURITY;
"""


class Migration(migrations.Migration):
    """The database's own part of the desk."""

    dependencies = [("rights", "0001_initial")]
    operations = [migrations.RunSQL(DO, UNDO)]
