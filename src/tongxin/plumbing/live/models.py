"""The feed of changes: written in the act's own transaction, read by streams (settled 4)."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Change(models.Model):
    """``ref`` changed and is now at ``version``; ``topic`` says who may care.

    ``areas`` are further topics ``area:ID``, so that one row reaches every network and level. A
    trigger notifies the live process on commit (migration 0002).

    ``xid`` is the writing transaction's 64-bit id (``pg_current_xact_id()``), filled by a database
    default; ids commit out of order, so catch-up goes by ``pg_snapshot_xmin``.
    """

    xid = models.BigIntegerField()
    topic = models.CharField(max_length=48)
    ref = models.CharField(max_length=64)
    version = models.IntegerField(default=0)
    areas = ArrayField(models.BigIntegerField(), default=list)
    at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["xid"], name="change_xid"),
            models.Index(fields=["at"], name="change_at"),
        ]
