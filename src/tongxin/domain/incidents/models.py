"""Incidents, their append-only timeline, clocks and intake keys."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _


class Source(models.TextChoices):
    """How a report came in."""

    PORTAL = "portal", _("Portal")
    PHONE = "phone", _("Telephone")
    API = "api", _("Interface")
    MEMBER = "member", _("Member")
    POLICE_110 = "110", _("110")
    IMPORT = "import", _("Import")


class Incident(models.Model):
    """Anything that happens at a spot. Its kind's procedure says which states there are.

    ``place`` is a label made from gazetteer, building or area names, without flat or person; the
    words of the reporter (place as said, what, contact) lie in the vault under ``report_ref``,
    which is a vault subject; ``contact_ref`` is the entry with the phone. ``area_ids`` holds the
    areas of the day of report in every network, with all ancestors; ``leaf_areas`` maps network to
    the lowest one. ``escalation`` is the level called in so far. ``version`` counts the lines of
    the timeline.
    """

    number = models.CharField(max_length=24)
    kind = models.CharField(max_length=32)
    state = models.CharField(max_length=24)
    urgency = models.PositiveSmallIntegerField(default=1)
    is_open = models.BooleanField(default=True)
    lon = models.FloatField()
    lat = models.FloatField()
    place = models.CharField(max_length=120)
    place_exact = models.BooleanField(default=True)
    area_ids = ArrayField(models.BigIntegerField(), default=list)
    leaf_areas = models.JSONField(default=dict)
    source = models.CharField(max_length=12, choices=Source.choices)
    external_ref = models.CharField(max_length=64, blank=True)
    report_ref = models.BigIntegerField(null=True)
    contact_ref = models.BigIntegerField(null=True)
    reporter_member_id = models.BigIntegerField(null=True)
    public_token = models.CharField(max_length=32)
    owner_area_id = models.BigIntegerField(null=True)
    escalation = models.CharField(max_length=12, blank=True)
    needs_person = models.BooleanField(default=True)
    next_due_at = models.DateTimeField(null=True)
    promise_minutes = models.PositiveSmallIntegerField(null=True)
    promise_due_at = models.DateTimeField(null=True)
    occurred_at = models.DateTimeField(null=True)
    opened_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    arrived_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=32, blank=True)
    satisfied = models.BooleanField(null=True)
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="merged", db_index=False
    )
    split_from = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="parts", db_index=False
    )
    version = models.IntegerField(default=1)

    class Meta:
        # Constraints rather than unique=True: no second index for LIKE on every intake.
        constraints = [
            models.UniqueConstraint(fields=["number"], name="incident_number_once"),
            models.UniqueConstraint(fields=["public_token"], name="incident_token_once"),
        ]
        indexes = [
            models.Index(
                fields=["-needs_person", "next_due_at", "id"],
                name="incident_queue",
                condition=models.Q(is_open=True),
            ),
            models.Index(fields=["-opened_at"], name="incident_opened"),
            models.Index(fields=["kind", "opened_at"], name="incident_kind_opened"),
            models.Index(
                fields=["merged_into"],
                name="incident_merged_into",
                condition=models.Q(merged_into__isnull=False),
            ),
            models.Index(
                fields=["split_from"],
                name="incident_split_from",
                condition=models.Q(split_from__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.number


class TimelineEntry(models.Model):
    """One act on an incident. Rows can be neither changed nor deleted (database trigger).

    ``seq`` counts from 1 within the incident and is its version after the act; the table is
    partitioned by month of ``at``, which therefore stands in every unique index. ``actor`` is
    ``member:ID``, ``reporter`` or ``system:NAME``. ``payload`` holds codes, ids, numbers and, where
    a place was corrected, labels as in ``Incident.place``; words lie in the vault under
    ``text_ref`` (a vault entry).
    """

    incident_id = models.BigIntegerField()
    seq = models.IntegerField()
    at = models.DateTimeField()
    act = models.CharField(max_length=32)
    actor = models.CharField(max_length=64)
    payload = models.JSONField(default=dict)
    text_ref = models.BigIntegerField(null=True)
    public = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["incident_id", "seq", "at"], name="timeline_seq_once"),
        ]


class Clock(models.Model):
    """A promise with a due time; claimed by tickers with SKIP LOCKED, recomputes the truth.

    It is open until it is stopped; one that fired and is still open is a broken promise. ``ref`` is
    empty for the incident's own promises and names a part, such as an assignment, otherwise.
    """

    incident = models.ForeignKey(Incident, models.CASCADE, related_name="clocks", db_index=False)
    kind = models.CharField(max_length=32)
    level = models.CharField(max_length=12, blank=True)
    due_at = models.DateTimeField()
    ref = models.CharField(max_length=64, blank=True)
    fired_at = models.DateTimeField(null=True)
    stopped_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["incident", "kind", "ref"],
                name="clock_open_once",
                condition=models.Q(stopped_at__isnull=True),
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                name="clock_running",
                condition=models.Q(fired_at__isnull=True, stopped_at__isnull=True),
            ),
        ]


class IntakeKey(models.Model):
    """An idempotency key: the same key and body give the same incident, another body a conflict."""

    scope = models.CharField(max_length=64)
    key = models.CharField(max_length=80)
    body_hash = models.BinaryField(max_length=32)
    incident = models.ForeignKey(Incident, models.CASCADE, db_index=False)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["scope", "key"], name="intake_key_once"),
        ]


class DayCounter(models.Model):
    """Where a day's numbers begin: an incident's number of the day is its id minus ``base``.

    So no intake waits for another: ids come from a sequence. Gaps are allowed.
    """

    day = models.DateField(primary_key=True)
    base = models.BigIntegerField()


class IntakeWindow(models.Model):
    """How many reports came from one unnamed origin (a keyed hash) in one window of time."""

    origin = models.BinaryField(max_length=32)
    starts_at = models.DateTimeField()
    count = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["origin", "starts_at"], name="intake_window_once"),
        ]


class HandOver(models.Model):
    """A request that another area or network take the incident: accepted, or refused with a reason.

    ``added_areas`` are those through which the asked body sees the incident; a refusal takes them
    away again. ``from_state`` is where a refusal leads back to.
    """

    incident = models.ForeignKey(Incident, models.CASCADE, related_name="hand_overs")
    from_area_id = models.BigIntegerField(null=True)
    to_area_id = models.BigIntegerField()
    from_state = models.CharField(max_length=24, blank=True)
    added_areas = ArrayField(models.BigIntegerField(), default=list)
    asked_by = models.CharField(max_length=64)
    asked_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    accepted = models.BooleanField(null=True)
    reason_code = models.CharField(max_length=32, blank=True)
    reason_ref = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["incident"],
                name="hand_over_one_open",
                condition=models.Q(answered_at__isnull=True),
            ),
        ]


class Photo(models.Model):
    """An encrypted, re-encoded picture without EXIF; the file lies under TONGXIN_DATA/files."""

    incident = models.ForeignKey(Incident, models.CASCADE, related_name="photos")
    token = models.CharField(max_length=32, unique=True)
    subject_id = models.BigIntegerField()
    added_by = models.CharField(max_length=64)
    added_at = models.DateTimeField()
    erased_at = models.DateTimeField(null=True)


class CaseCount(models.Model):
    """Cases without persons: how many of a class on a day in an area (for the three controls)."""

    area_id = models.BigIntegerField()
    day = models.DateField()
    case_class = models.CharField(max_length=32)
    count = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["area_id", "day", "case_class"], name="case_count_once"
            ),
        ]


class Feed110Line(models.Model):
    """A line of the signed one-way feed from the 110 side: each number once; gaps are found."""

    feed = models.CharField(max_length=40)
    number = models.BigIntegerField()
    received_at = models.DateTimeField()
    incident = models.ForeignKey(Incident, models.PROTECT, null=True, related_name="feed_lines")
    refused = models.CharField(max_length=160, blank=True)
    kind = models.CharField(max_length=32, blank=True)
    day = models.DateField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["feed", "number"], name="feed110_number_once"),
        ]


class Feed110Total(models.Model):
    """How many lines the 110 side says it has for a day; the newest word counts."""

    feed = models.CharField(max_length=40)
    day = models.DateField()
    theirs = models.PositiveIntegerField()
    said_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["feed", "day"], name="feed110_total_once"),
        ]
