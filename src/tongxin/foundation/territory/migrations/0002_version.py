"""The territory's version: it rises with every change of areas, whoever makes it, and says so.

The number comes from a sequence, so that a change that is rolled back and the next one never get
the same version: what a process has in memory under a number is always what the number means.
"""

from __future__ import annotations

from django.db import migrations

FORWARD = """
CREATE SEQUENCE territory_version_number START 2;
INSERT INTO territory_territoryversion (id, version) VALUES (1, 1);

CREATE FUNCTION territory_areas_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    fresh bigint := nextval('territory_version_number');
BEGIN
    INSERT INTO territory_territoryversion (id, version) VALUES (1, fresh)
        ON CONFLICT (id) DO UPDATE SET version = excluded.version;
    PERFORM pg_notify('tongxin_territory', fresh::text);
    RETURN NULL;
END $$;

CREATE TRIGGER territory_areas_changed
    AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON territory_area
    FOR EACH STATEMENT EXECUTE FUNCTION territory_areas_changed();

CREATE INDEX building_spot ON territory_building USING gist (point(lon, lat));
CREATE INDEX landmark_spot ON territory_landmark USING gist (point(lon, lat));
"""

BACKWARD = """
DROP INDEX landmark_spot;
DROP INDEX building_spot;
DROP TRIGGER territory_areas_changed ON territory_area;
DROP FUNCTION territory_areas_changed();
DELETE FROM territory_territoryversion;
DROP SEQUENCE territory_version_number;
"""


class Migration(migrations.Migration):

    dependencies = [("territory", "0001_initial")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
