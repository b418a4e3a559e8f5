"""The trail: rows are only ever added; a sealer chains them afterwards (DESIGN, settled 5)."""

from __future__ import annotations

from django.db import models


class AuditEntry(models.Model):
    """One act or look: who, what, on what, for what purpose.

    ``actor`` is a member id, or a system actor's name such as ``system:dispatch``. ``subject`` is a
    reference such as ``vault:812`` or ``incident:44``, never a name. ``sealed_hash`` is written once
    by the sealer: SHA-256 over the previous seal and this row's canonical form.
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


class AuditSeal(models.Model):
    """The chain: seal number ``id`` covers entry ``entry_id`` and the seal before it."""

    entry_id = models.BigIntegerField(unique=True)
    hash = models.BinaryField(max_length=32)


class AuditAnchor(models.Model):
    """A signed chain head (Ed25519), exportable, so that the chain cannot be rewritten as a whole."""

    seal_id = models.BigIntegerField()
    hash = models.BinaryField(max_length=32)
    signed_at = models.DateTimeField()
    key_id = models.CharField(max_length=32)
    signature = models.BinaryField(max_length=64)
