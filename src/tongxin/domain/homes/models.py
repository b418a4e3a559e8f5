"""The floor plan: units and flats of a building, who belongs there, what care is needed.

Names, phones and notes lie in the vault; these rows hold references, codes and times only. Row
security shows a row only to a member whose ground it lies on, or to a system actor (migration
0002); what of that ground somebody may see, and for what purpose, `policy` decides.
"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Value
from django.utils.translation import gettext_lazy as _

from tongxin.domain.homes import addresses
from tongxin.domain.homes.models_visits import (
    OfflineDevice,
    SyncConflict,
    SyncOp,
    Visit,
    VisitOutcome,
)
from tongxin.foundation.territory.models import Building
from tongxin.plumbing.vault.legal import LegalBasis

__all__ = [
    "ApprovalState",
    "BreakGlass",
    "Care",
    "CareMark",
    "Flat",
    "FlatState",
    "FlatUse",
    "HomeQuestion",
    "LookApproval",
    "OfflineDevice",
    "Part",
    "QuestionState",
    "RegisterGrant",
    "Resident",
    "Sheet",
    "SheetMapping",
    "StatedPurpose",
    "SyncConflict",
    "SyncOp",
    "Unit",
    "Visit",
    "VisitOutcome",
]


class Unit(models.Model):
    """A unit 单元 of a building: one stairwell, one sheet of the officer's paper plans.

    ``position`` orders the units from left to right as seen from the street; ``columns`` is how
    many flats lie side by side on a floor. Floors below ground are negative, there is no floor 0.
    """

    building = models.ForeignKey(Building, models.PROTECT, related_name="plan_units")
    number = models.CharField(max_length=12, blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    lowest = models.SmallIntegerField(default=1)
    highest = models.SmallIntegerField(default=1)
    columns = models.PositiveSmallIntegerField(default=2)
    area_ids = ArrayField(models.BigIntegerField(), default=list)
    version = models.IntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["building", "number"], name="unit_number_once"),
        ]
        indexes = [GinIndex(fields=["area_ids"], name="unit_areas")]


class FlatUse(models.TextChoices):
    """What a cell of the plan is."""

    FLAT = "flat", _("Flat")
    SHOP = "shop", _("Shop")
    BUNGALOW = "bungalow", _("Bungalow")
    COURT = "court", _("Shared court")
    COMMON = "common", _("Common room")
    OTHER = "other", _("Other")


class FlatState(models.TextChoices):
    """Who lives there, as last seen."""

    LIVED_IN = "lived_in", _("Lived in")
    LET = "let", _("Let")
    EMPTY = "empty", _("Empty")
    UNKNOWN = "unknown", _("Not known")


class Flat(models.Model):
    """One flat 户: a cell of its unit's plan.

    ``floor`` and ``column`` place it; ``span`` cells wide and ``rise`` floors high when flats were
    merged or are duplex. ``shape`` (x, y, width, height in cells) is for odd buildings drawn by
    hand. ``address_key`` is the normal form of its address for search, see `addresses`.
    ``confirmed_at`` says how fresh it is. ``no_visit`` is the household's 不用来, and honoured.
    ``stamps`` count the changes of each field (`stamping`); ``changed_at`` is when anything here,
    people and care too, changed last: phones that carry it along are sent it anew.
    """

    unit = models.ForeignKey(Unit, models.CASCADE, related_name="flats")
    number = models.CharField(max_length=16)
    floor = models.SmallIntegerField()
    column = models.PositiveSmallIntegerField(default=0)
    span = models.PositiveSmallIntegerField(default=1)
    rise = models.PositiveSmallIntegerField(default=1)
    shape = models.JSONField(null=True)
    use = models.CharField(max_length=10, choices=FlatUse.choices, default=FlatUse.FLAT)
    state = models.CharField(max_length=10, choices=FlatState.choices, default=FlatState.UNKNOWN)
    has_dog = models.BooleanField(default=False)
    charging_hazard = models.BooleanField(default=False)
    no_visit = models.BooleanField(default=False)
    confirmed_at = models.DateTimeField(null=True)
    confirmed_by = models.BigIntegerField(null=True)
    stamps = models.JSONField(default=dict, db_default=Value({}, models.JSONField()))
    changed_at = models.DateTimeField(null=True)
    address_key = models.CharField(max_length=48, db_collation="C", blank=True)
    area_ids = ArrayField(models.BigIntegerField(), default=list)
    version = models.IntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["unit", "number"], name="flat_number_once"),
        ]
        indexes = [
            GinIndex(fields=["area_ids"], name="flat_areas"),
            models.Index(fields=["address_key"], name="flat_address"),
        ]

    @property
    def label(self) -> str:
        """Return how people say it, with unit and building at hand: 铁塔寺小区3号楼2单元501."""
        return self.unit.building.label + addresses.inside(self.unit.number, self.number)


class Part(models.TextChoices):
    """What somebody is to a flat."""

    OCCUPANT = "occupant", _("Lives there")
    OWNER = "owner", _("Owner")
    TENANT = "tenant", _("Tenant")
    RELATIVE = "relative", _("Relative to ring")
    MINDER = "minder", _("Looks after it")


class Resident(models.Model):
    """Somebody who belongs to a flat: a vault subject (category ``resident``) with plain codes.

    The vault's fields are ``name``, ``phone`` and ``note``; ``…_ref`` are their latest entries.
    ``ring_order`` says whom to ring first.
    ``is_minor`` asks for a supervisor's yes before a look. ``is_protected`` suppresses the person
    everywhere (domestic-violence law § 5). ``basis_rule`` names the rule of a statutory duty.
    ``stamps`` count the changes of each field (`stamping`).
    """

    flat = models.ForeignKey(Flat, models.CASCADE, related_name="residents")
    subject_id = models.BigIntegerField(unique=True)
    name_ref = models.BigIntegerField(null=True)
    phone_ref = models.BigIntegerField(null=True)
    note_ref = models.BigIntegerField(null=True)
    part = models.CharField(max_length=10, choices=Part.choices)
    lives_here = models.BooleanField(default=True)
    ring_order = models.PositiveSmallIntegerField(default=1)
    is_minor = models.BooleanField(default=False)
    is_protected = models.BooleanField(default=False)
    legal_basis = models.CharField(max_length=10, choices=LegalBasis.choices)
    basis_rule = models.CharField(max_length=48, blank=True)
    notice_version = models.CharField(max_length=24, blank=True)
    notice_shown_at = models.DateTimeField(null=True)
    consented_at = models.DateTimeField(null=True)
    entered_by = models.BigIntegerField()
    entered_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)
    left_at = models.DateTimeField(null=True)
    stamps = models.JSONField(default=dict, db_default=Value({}, models.JSONField()))
    area_ids = ArrayField(models.BigIntegerField(), default=list)
    version = models.IntegerField(default=1)

    class Meta:
        indexes = [GinIndex(fields=["area_ids"], name="resident_areas")]


class Care(models.TextChoices):
    """The short closed list of needs; a need, never a judgement."""

    LIVES_ALONE = "lives_alone", _("Lives alone")
    HARD_OF_HEARING = "hard_of_hearing", _("Hard of hearing")
    POOR_SIGHT = "poor_sight", _("Poor sight")
    WHEELCHAIR = "wheelchair", _("Wheelchair")
    BEDRIDDEN = "bedridden", _("Cannot leave the bed")
    OXYGEN = "oxygen", _("Oxygen at home")
    DIALYSIS = "dialysis", _("Dialysis")
    MEMORY = "memory", _("May lose the way")
    INFANT = "infant", _("Infant")
    PREGNANT = "pregnant", _("Expecting")
    SIGN_LANGUAGE = "sign_language", _("Speaks sign language")


class CareMark(models.Model):
    """A need of somebody in a flat, by their own consent or a stated duty, until it ends."""

    resident = models.ForeignKey(Resident, models.CASCADE, related_name="care")
    code = models.CharField(max_length=20, choices=Care.choices)
    legal_basis = models.CharField(max_length=10, choices=LegalBasis.choices)
    basis_rule = models.CharField(max_length=48, blank=True)
    consented_at = models.DateTimeField(null=True)
    entered_by = models.BigIntegerField()
    entered_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    area_ids = ArrayField(models.BigIntegerField(), default=list)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["resident", "code"],
                condition=models.Q(ended_at__isnull=True),
                name="care_mark_once",
            ),
        ]
        indexes = [GinIndex(fields=["area_ids"], name="care_areas")]


class RegisterGrant(models.Model):
    """Lets a grid worker see and amend what others entered on an area, for a time."""

    member_id = models.BigIntegerField()
    area_id = models.BigIntegerField()
    given_by = models.BigIntegerField()
    valid_from = models.DateTimeField()
    valid_to = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["member_id", "valid_to"], name="register_grant_member")]


class Sheet(models.Model):
    """A photographed paper sheet of a unit, kept in the vault until its flats are filled in."""

    unit = models.ForeignKey(Unit, models.CASCADE, related_name="sheets")
    photo_token = models.CharField(max_length=32)
    subject_id = models.BigIntegerField()
    added_by = models.BigIntegerField()
    added_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    area_ids = ArrayField(models.BigIntegerField(), default=list)

    class Meta:
        indexes = [GinIndex(fields=["area_ids"], name="sheet_areas")]


class QuestionState(models.TextChoices):
    """Where a question to a home beat stands."""

    ASKED = "asked", _("Waiting for the home beat")
    ANSWERED = "answered", _("Answered")
    CANNOT = "cannot", _("Not found there")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class HomeQuestion(models.Model):
    """From an incident elsewhere: who is this person's family? The home beat answers (S23).

    The words of question and answer are vault references, opened by the two sides only.
    """

    incident_id = models.BigIntegerField()
    beat_id = models.BigIntegerField()
    question_ref = models.BigIntegerField()
    answer_ref = models.BigIntegerField(null=True)
    state = models.CharField(
        max_length=10, choices=QuestionState.choices, default=QuestionState.ASKED
    )
    asked_by = models.BigIntegerField()
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField()
    answered_by = models.BigIntegerField(null=True)
    answered_at = models.DateTimeField(null=True)
    area_ids = ArrayField(models.BigIntegerField(), default=list)
    version = models.IntegerField(default=1)

    class Meta:
        indexes = [
            GinIndex(fields=["area_ids"], name="question_areas"),
            models.Index(fields=["incident_id"], name="question_incident"),
        ]


class ApprovalState(models.TextChoices):
    """Where a request to look at a minor's record stands."""

    ASKED = "asked", _("Asked for")
    GRANTED = "granted", _("Granted")
    REFUSED = "refused", _("Refused")


class LookApproval(models.Model):
    """A supervisor's yes to one member's look at one minor's record, for 60 minutes.

    ``because_ref`` are the words of the one who asks, in the vault. Nobody grants his own.
    """

    resident = models.ForeignKey(Resident, models.CASCADE, related_name="approvals")
    member_id = models.BigIntegerField()
    purpose = models.CharField(max_length=48)
    because_ref = models.BigIntegerField()
    state = models.CharField(
        max_length=8, choices=ApprovalState.choices, default=ApprovalState.ASKED
    )
    asked_at = models.DateTimeField()
    decided_by = models.BigIntegerField(null=True)
    decided_at = models.DateTimeField(null=True)
    valid_to = models.DateTimeField(null=True)
    area_ids = ArrayField(models.BigIntegerField(), default=list)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(decided_by__isnull=True)
                | ~models.Q(decided_by=models.F("member_id")),
                name="look_approved_by_another",
            ),
            models.UniqueConstraint(
                fields=["resident", "member_id"],
                condition=models.Q(state="asked"),
                name="look_asked_once",
            ),
        ]
        indexes = [
            GinIndex(fields=["area_ids"], name="approval_areas"),
            models.Index(fields=["member_id", "valid_to"], name="approval_member"),
        ]


class BreakGlass(models.Model):
    """An emergency look outside one's ground: one building, 15 minutes, always reviewed.

    ``area_ids`` are those of the building *and* of the member's own ground, so that both sides'
    supervisors see it. ``because_ref`` and ``verdict_ref`` are words in the vault.
    """

    building = models.ForeignKey(Building, models.PROTECT, related_name="+")
    member_id = models.BigIntegerField()
    because_ref = models.BigIntegerField()
    incident_id = models.BigIntegerField(null=True)
    broken_at = models.DateTimeField()
    valid_to = models.DateTimeField()
    looks = models.PositiveIntegerField(default=0)
    reviewed_by = models.BigIntegerField(null=True)
    reviewed_at = models.DateTimeField(null=True)
    was_right = models.BooleanField(null=True)
    verdict_ref = models.BigIntegerField(null=True)
    area_ids = ArrayField(models.BigIntegerField(), default=list)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(reviewed_by__isnull=True)
                | ~models.Q(reviewed_by=models.F("member_id")),
                name="glass_reviewed_by_another",
            ),
        ]
        indexes = [
            GinIndex(fields=["area_ids"], name="glass_areas"),
            models.Index(fields=["member_id", "valid_to"], name="glass_member"),
            models.Index(
                fields=["-broken_at"],
                name="glass_to_review",
                condition=models.Q(reviewed_at__isnull=True),
            ),
        ]


class StatedPurpose(models.Model):
    """For what a member said he looks, once an incident; further looks for it ask no more."""

    member_id = models.BigIntegerField()
    incident_id = models.BigIntegerField()
    purpose = models.CharField(max_length=48)
    because_ref = models.BigIntegerField(null=True)
    stated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["member_id", "incident_id"], name="purpose_once"),
        ]


class SheetMapping(models.Model):
    """Which column of a list means what, as a member or a station told it last.

    ``holder`` is ``member:ID`` or ``area:ID``; ``columns`` maps our fields to their headings.
    """

    holder = models.CharField(max_length=32)
    headings = models.CharField(max_length=64)
    columns = models.JSONField(default=dict)
    told_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["holder", "headings"], name="mapping_once"),
        ]
