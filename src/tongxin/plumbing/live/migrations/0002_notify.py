"""The writing transaction's id, and the notice to the live process.

The notice carries ``pg_snapshot_xmin`` as seen by the writer: every transaction before it had ended
by then, and notices arrive in the order of commits, so whoever has this notice has all of those.
"""

from __future__ import annotations

from django.db import migrations

DO = """
ALTER TABLE live_change ALTER COLUMN xid SET DEFAULT (pg_current_xact_id()::text::bigint);
ALTER TABLE live_change ALTER COLUMN areas SET DEFAULT '{}';
CREATE FUNCTION live_notify() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('tongxin_live', concat_ws(' ',
        pg_snapshot_xmin(pg_current_snapshot())::text, NEW.version::text, NEW.topic, NEW.ref,
        nullif(array_to_string(NEW.areas, ','), '')));
    RETURN NULL;
END $$;
CREATE TRIGGER live_notify AFTER INSERT ON live_change
    FOR EACH ROW EXECUTE FUNCTION live_notify();
"""

UNDO = """
DROP TRIGGER live_notify ON live_change;
DROP FUNCTION live_notify();
ALTER TABLE live_change ALTER COLUMN xid DROP DEFAULT;
ALTER TABLE live_change ALTER COLUMN areas DROP DEFAULT;
"""


class Migration(migrations.Migration):
    """The database's own part of the feed."""

    dependencies = [("live", "0001_initial")]
    operations = [migrations.RunSQL(DO, UNDO)]
