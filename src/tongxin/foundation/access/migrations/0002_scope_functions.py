"""What row-level security asks: who acts in this transaction, and on which areas."""

from __future__ import annotations

from django.db import migrations

FORWARD = """
CREATE FUNCTION tongxin_member_id() RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT nullif(current_setting('tongxin.member', true), '')::bigint $$;
COMMENT ON FUNCTION tongxin_member_id() IS
    'The member who acts in this transaction; NULL for a system actor and for nobody.';

CREATE FUNCTION tongxin_area_ids() RETURNS bigint[] LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT coalesce(nullif(current_setting('tongxin.areas', true), ''), '{}')::bigint[] $$;
COMMENT ON FUNCTION tongxin_area_ids() IS
    'The areas of all grants of the member who acts; empty means nothing, never everything.';

CREATE FUNCTION tongxin_system_actor() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT nullif(current_setting('tongxin.system', true), '') $$;
COMMENT ON FUNCTION tongxin_system_actor() IS
    'The named part of the program that acts in this transaction; NULL for members and for nobody.';
"""

BACKWARD = """
DROP FUNCTION tongxin_system_actor();
DROP FUNCTION tongxin_area_ids();
DROP FUNCTION tongxin_member_id();
"""


class Migration(migrations.Migration):

    dependencies = [("access", "0001_initial")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
