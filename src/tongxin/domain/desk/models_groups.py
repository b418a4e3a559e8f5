"""Residents' groups: which there are on which ground, and how one gets in."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _


class GroupKind(models.TextChoices):
    """Of whom a group is."""

    ESTATE = "estate", _("Estate")
    BUILDING = "building", _("Building")
    VILLAGE = "village", _("Village")
    SHOPS = "shops", _("Shop street")
    PARENTS = "parents", _("Parents")
    OTHER = "other", _("Others")


class GroupPlace(models.TextChoices):
    """Where a group talks."""

    WECHAT = "wechat", _("WeChat")
    WECOM = "wecom", _("WeCom")
    DINGTALK = "dingtalk", _("DingTalk")
    FEISHU = "feishu", _("Feishu")
    OTHER = "other", _("Elsewhere")


class ResidentsGroup(models.Model):
    """A group of residents on an area. ``estate`` narrows it to one by its
    name; ``joining`` says how one gets in, and holds nobody's data.

    ``keeper_id`` is the member whose real name and work phone stand in it. Nothing of what is said
    there is read or kept. ``area_ids`` are the area with its ancestors.
    """

    name = models.CharField(max_length=60)
    kind = models.CharField(max_length=10, choices=GroupKind.choices)
    place = models.CharField(max_length=10, choices=GroupPlace.choices)
    estate = models.CharField(max_length=60, blank=True)
    joining = models.CharField(max_length=160, blank=True)
    area_id = models.BigIntegerField()
    area_ids = ArrayField(models.BigIntegerField(), default=list)
    keeper_id = models.BigIntegerField()
    added_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["area_id", "name"],
                condition=models.Q(closed_at__isnull=True),
                name="desk_group_once",
            ),
        ]
        indexes = [GinIndex(fields=["area_ids"], name="desk_group_areas")]
