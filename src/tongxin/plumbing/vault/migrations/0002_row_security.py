"""Row security: the vault's rows show only while ``vault.actions`` has opened it.

Anybody may put a row in; seeing, changing or deleting one needs ``tongxin.vault = 'open'`` in the
same transaction. The owner of the tables (migrations, backups) is not bound by it.
"""

from __future__ import annotations

from django.db import migrations

TABLES = ("vault_subject", "vault_entry", "vault_storedfile")
DO = "\n".join(
    f"""
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
CREATE POLICY put ON {table} FOR INSERT WITH CHECK (true);
CREATE POLICY opened ON {table} FOR ALL
    USING (current_setting('tongxin.vault', true) = 'open')
    WITH CHECK (true);
"""
    for table in TABLES
)
UNDO = "\n".join(
    f"""
DROP POLICY put ON {table};
DROP POLICY opened ON {table};
ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;
"""
    for table in TABLES
)


class Migration(migrations.Migration):
    """The database's own part of the vault."""

    dependencies = [("vault", "0001_initial")]
    operations = [migrations.RunSQL(DO, UNDO)]
