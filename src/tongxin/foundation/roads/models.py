"""What people say about the roads: closures, and how slow the rush hours are."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Closure(models.Model):
    """One street segment shut for some modes, until a time or until lifted.

    ``segment_key`` is the stable key of `RoadGraph.key`; the place is kept as well, so that the
    closure outlives a map in which the street was drawn anew. ``reason_code`` is a code, never
    free text. ``closed_by`` is the reference of who did it.
    """

    segment_key = models.BigIntegerField()
    lon = models.FloatField()
    lat = models.FloatField()
    modes = ArrayField(models.CharField(max_length=10))
    reason_code = models.CharField(max_length=40)
    closed_at = models.DateTimeField()
    closed_by = models.CharField(max_length=64)
    until = models.DateTimeField(null=True)
    lifted_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["until"],
                name="closure_standing",
                condition=models.Q(lifted_at__isnull=True),
            )
        ]


class RushHours(models.Model):
    """How much longer cars take, by road class and hour; the latest row is in force.

    ``factors`` maps a road class to ``{"workday": [24 numbers], "restday": [24 numbers]}``.
    """

    factors = models.JSONField()
    set_at = models.DateTimeField()
    set_by = models.CharField(max_length=64)
