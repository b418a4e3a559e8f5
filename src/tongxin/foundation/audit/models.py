"""The trail: rows are only ever added; a sealer chains them afterwards (DESIGN, settled 5)."""

from __future__ import annotations

from django.db import models


class AuditEntry(models.Model):
    """One act or look: who, what, on what, for what purpose.

    ``actor`` is ``member:ID``, ``reporter`` or a system actor's name such as ``system:dispatch``.
    ``subject`` is a reference such as ``vault:812`` or ``incident:44``, never a name. The table is
    partitioned by month of ``at`` and refuses UPDATE, DELETE and TRUNCATE (migration 0002).
    """

    at = models.DateTimeField()
    actor = models.CharField(max_length=64)
    act = models.CharField(max_length=64)
    subject = models.CharField(max_length=96)
    purpose = models.CharField(max_length=48, blank=True)
    detail = models.JSONField(default=dict)
    allowed = models.BooleanField(default=True)

    class Meta:
        indexes = [
            models.Index(fields=["subject", "at"], name="audit_subject_at"),
            models.Index(fields=["actor", "at"], name="audit_actor_at"),
        ]


class AuditPending(models.Model):
    """An entry that waits for its seal: written by a trigger, taken away by the sealer.

    The sealer sees a row here only once its transaction is committed, so entries whose ids commit
    out of order are neither missed nor waited for.
    """

    entry_id = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField()


class AuditSeal(models.Model):
    """The chain: seal ``id`` (1, 2, 3 … without gaps) covers an entry and the seal before it."""

    entry_id = models.BigIntegerField(unique=True)
    entry_at = models.DateTimeField()
    hash = models.BinaryField(max_length=32)


class AuditAnchor(models.Model):
    """A signed chain head (Ed25519), exportable: so the chain cannot be rewritten as a whole."""

    seal_id = models.BigIntegerField()
    hash = models.BinaryField(max_length=32)
    signed_at = models.DateTimeField()
    key_id = models.CharField(max_length=32)
    signature = models.BinaryField(max_length=64)
