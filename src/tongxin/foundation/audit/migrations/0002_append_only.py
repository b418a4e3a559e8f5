"""Month partitions, the append-only triggers, the queue of unsealed entries.

The table is made again as a partitioned one: PostgreSQL cannot turn an ordinary table into one.
Its key is a sequence's, for identity columns on partitioned tables need PostgreSQL 17.
"""

from __future__ import annotations

from django.db import migrations

TABLE = """
DROP TABLE audit_auditentry;
CREATE SEQUENCE audit_auditentry_id_seq AS bigint;
CREATE TABLE audit_auditentry (
    id bigint NOT NULL DEFAULT nextval('audit_auditentry_id_seq'),
    at timestamptz NOT NULL,
    actor varchar(64) NOT NULL,
    act varchar(64) NOT NULL,
    subject varchar(96) NOT NULL,
    purpose varchar(48) NOT NULL DEFAULT '',
    detail jsonb NOT NULL DEFAULT '{}',
    allowed boolean NOT NULL DEFAULT true,
    PRIMARY KEY (id, at)
) PARTITION BY RANGE (at);
ALTER SEQUENCE audit_auditentry_id_seq OWNED BY audit_auditentry.id;
CREATE INDEX audit_subject_at ON audit_auditentry (subject, at);
CREATE INDEX audit_actor_at ON audit_auditentry (actor, at);
"""

FUNCTIONS = """
CREATE FUNCTION audit_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit trail only grows: % on % is refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE FUNCTION audit_await_seal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO audit_auditpending (entry_id, at) VALUES (NEW.id, NEW.at);
    RETURN NULL;
END $$;

-- Runs with the owner's rights, for the app's role may not make tables. Rows that already fell
-- into the default partition keep their month there.
CREATE FUNCTION audit_make_partition(day date) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE
    first date := date_trunc('month', day)::date;
    after date := (date_trunc('month', day) + interval '1 month')::date;
    name text := 'audit_auditentry_' || to_char(day, 'YYYYMM');
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('audit_make_partition'));
    IF to_regclass('public.' || name) IS NOT NULL THEN
        RETURN false;
    END IF;
    IF EXISTS (SELECT 1 FROM public.audit_auditentry_default
               WHERE at >= first::timestamp AT TIME ZONE 'UTC'
                 AND at < after::timestamp AT TIME ZONE 'UTC') THEN
        RETURN false;
    END IF;
    EXECUTE format(
        'CREATE TABLE public.%I PARTITION OF public.audit_auditentry FOR VALUES FROM (%L) TO (%L)',
        name, first || ' 00:00:00+00', after || ' 00:00:00+00');
    EXECUTE format(
        'CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON public.%I '
        'EXECUTE FUNCTION public.audit_refuse_change()', name);
    RETURN true;
END $$;
"""

TRIGGERS = """
CREATE TRIGGER audit_no_change BEFORE UPDATE OR DELETE ON audit_auditentry
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON audit_auditentry
    EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER audit_to_seal AFTER INSERT ON audit_auditentry
    FOR EACH ROW EXECUTE FUNCTION audit_await_seal();
CREATE TABLE audit_auditentry_default PARTITION OF audit_auditentry DEFAULT;
CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON audit_auditentry_default
    EXECUTE FUNCTION audit_refuse_change();
SELECT audit_make_partition((now() + make_interval(months => ahead))::date)
    FROM generate_series(-1, 3) AS ahead;
CREATE TRIGGER audit_no_change BEFORE UPDATE OR DELETE ON audit_auditseal
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON audit_auditseal
    EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER audit_no_change BEFORE UPDATE OR DELETE ON audit_auditanchor
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON audit_auditanchor
    EXECUTE FUNCTION audit_refuse_change();
"""

UNDO = """
DROP TABLE audit_auditentry CASCADE;
DROP TRIGGER audit_no_change ON audit_auditseal;
DROP TRIGGER audit_no_truncate ON audit_auditseal;
DROP TRIGGER audit_no_change ON audit_auditanchor;
DROP TRIGGER audit_no_truncate ON audit_auditanchor;
DROP FUNCTION audit_make_partition(date);
DROP FUNCTION audit_await_seal();
DROP FUNCTION audit_refuse_change();
CREATE TABLE audit_auditentry (id bigint PRIMARY KEY);
"""


class Migration(migrations.Migration):
    """The database's own part of the trail."""

    dependencies = [("audit", "0001_initial")]
    operations = [migrations.RunSQL([TABLE, FUNCTIONS, TRIGGERS], UNDO)]
