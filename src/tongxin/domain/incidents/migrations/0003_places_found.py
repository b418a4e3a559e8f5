"""Incidents are found by words of their place: an index over the pairs of characters in the label.

``pg_trgm`` needs three characters, and Chinese names of places often have two. The index is over an
expression, so taking a report in writes nothing more than before.
"""

from __future__ import annotations

from django.db import migrations

DO = """
CREATE FUNCTION incidents_pairs(said text) RETURNS text[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT array_agg(DISTINCT substr(lower(said), n, 2))
    FROM generate_series(1, greatest(length(said) - 1, 1)) AS n
$$;
CREATE INDEX incident_place_pairs ON incidents_incident USING gin (incidents_pairs(place));
"""
UNDO = """
DROP INDEX incident_place_pairs;
DROP FUNCTION incidents_pairs(text);
"""


class Migration(migrations.Migration):
    dependencies = [("incidents", "0002_timeline")]
    operations = [migrations.RunSQL(DO, UNDO)]
