"""The ground: areas of four networks over the same ground, buildings, posts and landmarks."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _

from tongxin.foundation.territory import searching


class Network(models.TextChoices):
    """The four networks that divide the same ground, each its own way."""

    POLICE = "police", _("Police network")
    GOVERNANCE = "governance", _("Governance network")
    CIVIC = "civic", _("Civic network")
    URBAN = "urban", _("Urban management network")


class Level(models.TextChoices):
    """Levels of an area. Police: branch, station, beat. Others: branch to grid."""

    BRANCH = "branch", _("Branch")
    STATION = "station", _("Station")
    BEAT = "beat", _("Beat")
    STREET = "street", _("Street or town")
    COMMUNITY = "community", _("Community or village")
    ESTATE = "estate", _("Estate or group of blocks")
    GRID = "grid", _("Grid")


NETWORK_LEVELS: dict[str, tuple[str, ...]] = {
    Network.POLICE: (Level.BRANCH, Level.STATION, Level.BEAT),
    Network.GOVERNANCE: (Level.BRANCH, Level.STREET, Level.COMMUNITY, Level.ESTATE, Level.GRID),
    Network.CIVIC: (Level.BRANCH, Level.STREET, Level.COMMUNITY, Level.ESTATE, Level.GRID),
    Network.URBAN: (Level.BRANCH, Level.STREET, Level.COMMUNITY, Level.ESTATE, Level.GRID),
}
"""Levels from the top down; an area's parent stands on any higher level of its own network."""


_P_co = TypeVar("_P_co", bound="PlaceModel", covariant=True)


class PlaceManager(models.Manager[_P_co]):
    """Fills in what a place is found by, also when many are written at once."""

    def bulk_create(self, objs: Iterable[Any], *args: Any, **kwargs: Any) -> list[_P_co]:
        """Write places; see Django's own."""
        places = list(objs)
        for place in places:
            place.prepare_search()
        return super().bulk_create(places, *args, **kwargs)


class PlaceModel(models.Model):
    """Anything with a name that people search for: kept with its pinyin and its pieces."""

    pinyin = models.CharField(max_length=240, blank=True, db_collation="C")
    grams = ArrayField(models.CharField(max_length=8), default=list)

    objects = PlaceManager()

    class Meta:
        abstract = True

    def search_names(self) -> list[str]:
        """Return the names under which the place is found."""
        raise NotImplementedError

    def prepare_search(self) -> None:
        """Work out pinyin and pieces from the names."""
        names = [name for name in self.search_names() if name]
        self.pinyin = searching.pinyin_of(names[0]) if names else ""
        self.grams = searching.grams_of(names)

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Write the place; its pieces always fit its names."""
        self.prepare_search()
        fields = kwargs.get("update_fields")
        if fields is not None:
            kwargs["update_fields"] = {*fields, "pinyin", "grams"}
        super().save(*args, **kwargs)


class Area(PlaceModel):
    """One area of one network, with the days on which it holds: ``valid_from <= day < valid_to``.

    ``geometry`` is a GeoJSON Polygon or MultiPolygon in WGS-84. ``path`` lists the ids from the
    root down to this area. ``number`` orders neighbours: an overlap is answered by the lowest.
    ``promise_minutes`` (1, 3 or 5) holds for the whole area unless a lower one has its own.
    """

    network = models.CharField(max_length=12, choices=Network.choices)
    level = models.CharField(max_length=12, choices=Level.choices)
    code = models.CharField(max_length=32)
    name = models.CharField(max_length=80)
    number = models.PositiveIntegerField(default=0)
    parent = models.ForeignKey("self", models.PROTECT, null=True, related_name="children")
    path = ArrayField(models.BigIntegerField(), default=list)
    geometry = models.JSONField()
    is_village = models.BooleanField(default=False)
    promise_minutes = models.PositiveSmallIntegerField(null=True)
    population = models.PositiveIntegerField(null=True)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["network", "code"],
                condition=models.Q(valid_to__isnull=True),
                name="area_code_once_while_valid",
            ),
            models.CheckConstraint(
                condition=models.Q(valid_to__isnull=True)
                # Equal days: replaced on the day of its start, so it holds on no day at all.
                | models.Q(valid_to__gte=models.F("valid_from")),
                name="area_ends_not_before_it_starts",
            ),
        ]
        indexes = [
            models.Index(fields=["network", "level", "number"], name="area_network_level"),
            GinIndex(fields=["path"], name="area_path"),
            GinIndex(fields=["grams"], name="area_grams", fastupdate=False),
            # The same code in the same network is the same area through time.
            models.Index(fields=["network", "code"], name="area_network_code"),
        ]

    def __str__(self) -> str:
        return self.name

    def search_names(self) -> list[str]:
        """Return the names under which the area is found."""
        return [self.name]


class Building(PlaceModel):
    """A building 楼栋: where it stands, what it is called, how many units and floors it has."""

    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=80)
    address = models.CharField(max_length=160)
    estate = models.CharField(max_length=80, blank=True)
    lon = models.FloatField()
    lat = models.FloatField()
    footprint = models.JSONField(null=True)
    units = models.PositiveSmallIntegerField(default=1)
    floors = models.PositiveSmallIntegerField(default=1)

    class Meta:
        indexes = [GinIndex(fields=["grams"], name="building_grams", fastupdate=False)]

    def __str__(self) -> str:
        return self.name

    @property
    def label(self) -> str:
        """Return the name with the estate's before it: 铁塔寺小区3号楼."""
        return self.name if self.name.startswith(self.estate) else self.estate + self.name

    def search_names(self) -> list[str]:
        """Return the names under which the building is found."""
        return [self.label, self.address]


class PostKind(models.TextChoices):
    """Places where members are found."""

    ROOM = "room", _("Police room")
    STATION = "station", _("Police station post")
    POINT = "point", _("Police point")
    GRID_ROOM = "grid_room", _("Grid room")
    SCHOOL_DUTY_ROOM = "school_duty_room", _("School duty room")


class Post(PlaceModel):
    """A post 警务室 · 警务站 · 警务点 · 网格室 · 护学岗值班室, with a telephone that answers."""

    kind = models.CharField(max_length=20, choices=PostKind.choices)
    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=80)
    lon = models.FloatField()
    lat = models.FloatField()
    phone = models.CharField(max_length=32, blank=True)
    area = models.ForeignKey(Area, models.PROTECT, related_name="posts")

    class Meta:
        indexes = [GinIndex(fields=["grams"], name="post_grams", fastupdate=False)]

    def __str__(self) -> str:
        return self.name

    def search_names(self) -> list[str]:
        """Return the names under which the post is found."""
        return [self.name]


class LandmarkKind(models.TextChoices):
    """Sorts of named places."""

    LANDMARK = "landmark", _("Landmark")
    STREET = "street", _("Street")


class Landmark(PlaceModel):
    """A place as people say it (村西北排灌站), with its other names; a street by one spot of it."""

    kind = models.CharField(
        max_length=12, choices=LandmarkKind.choices, default=LandmarkKind.LANDMARK
    )
    name = models.CharField(max_length=80)
    aliases = ArrayField(models.CharField(max_length=80), default=list)
    lon = models.FloatField()
    lat = models.FloatField()

    class Meta:
        indexes = [GinIndex(fields=["grams"], name="landmark_grams", fastupdate=False)]

    def __str__(self) -> str:
        return self.name

    def search_names(self) -> list[str]:
        """Return the names under which the landmark is found."""
        return [self.name, *self.aliases]


class FaultKind(models.TextChoices):
    """What is wrong with the ground at a spot."""

    GAP = "gap", _("Gap")
    OVERLAP = "overlap", _("Overlap")


class GroundFault(models.Model):
    """A spot that no area, or more than one, of a network looks after; seen when asked for."""

    network = models.CharField(max_length=12, choices=Network.choices)
    kind = models.CharField(max_length=8, choices=FaultKind.choices)
    lon = models.FloatField()
    lat = models.FloatField()
    answered_area = models.ForeignKey(Area, models.CASCADE, null=True, related_name="+")
    area_ids = ArrayField(models.BigIntegerField(), default=list)
    signature = models.CharField(max_length=80, unique=True)
    times = models.PositiveIntegerField(default=1)
    first_seen = models.DateTimeField()
    last_seen = models.DateTimeField()
    mended_at = models.DateTimeField(null=True)


class TerritoryVersion(models.Model):
    """One row: rises with every change of areas; processes reload their trees when it does."""

    version = models.BigIntegerField(default=1)
