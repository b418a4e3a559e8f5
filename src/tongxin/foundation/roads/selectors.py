"""Reads what people have said about the roads."""

from __future__ import annotations

import datetime as dt

from django.db.models import Q, QuerySet

from tongxin.foundation.roads import rushhours
from tongxin.foundation.roads.models import Closure, RushHours


def closures_in_force(moment: dt.datetime) -> QuerySet[Closure]:
    """Return the closures that hold at ``moment``, oldest first."""
    standing = Closure.objects.filter(lifted_at__isnull=True, closed_at__lte=moment)
    return standing.filter(Q(until__isnull=True) | Q(until__gt=moment)).order_by("id")


def rush_hours_in_force() -> rushhours.Factors:
    """Return the district's own factors, or the usual ones."""
    latest = RushHours.objects.order_by("-id").first()
    return rushhours.usual() if latest is None else latest.factors
