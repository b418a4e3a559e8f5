"""Encrypted personal data and free text; everything else holds references to these rows.

Row security shows none of these rows unless ``vault.actions`` opens them (migration 0002): a query
from elsewhere, or a forgotten filter, finds nothing.
"""

from __future__ import annotations

from django.db import models


class Subject(models.Model):
    """Whom or what a set of entries is about; its data key is wrapped by the master key.

    Erasure destroys ``wrapped_key``: no entry of the subject can be opened again.
    """

    category = models.CharField(max_length=48)
    wrapped_key = models.BinaryField(null=True)
    key_id = models.CharField(max_length=32)
    created_at = models.DateTimeField()
    erased_at = models.DateTimeField(null=True)
    keep_until = models.DateField(null=True)


class Entry(models.Model):
    """One encrypted field of a subject. The AAD is subject id + field: rows cannot be swapped."""

    subject = models.ForeignKey(Subject, models.CASCADE, related_name="entries")
    field = models.CharField(max_length=48)
    ciphertext = models.BinaryField()
    blind_index = models.BinaryField(null=True, max_length=32)
    legal_basis = models.CharField(max_length=48, blank=True)
    notice_version = models.CharField(max_length=24, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(
                fields=["blind_index"],
                name="vault_blind",
                condition=models.Q(blind_index__isnull=False),
            ),
        ]


class StoredFile(models.Model):
    """An encrypted picture under ``TONGXIN_DATA/files``, sealed with its subject's data key."""

    subject = models.ForeignKey(Subject, models.CASCADE, related_name="files")
    token = models.CharField(max_length=32, unique=True)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    size = models.PositiveIntegerField()
    created_at = models.DateTimeField()
