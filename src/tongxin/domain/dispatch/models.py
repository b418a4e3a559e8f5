"""Who is on duty and where, response plans and assignments, call plans of beats."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from tongxin.domain.incidents.models import Incident


class Mode(models.TextChoices):
    """How a member moves."""

    FOOT = "foot", _("On foot")
    BICYCLE = "bicycle", _("By e-bike")
    CAR = "car", _("By car")


class DutySession(models.Model):
    """A member's time on duty; positions are taken only within one."""

    member_id = models.BigIntegerField()
    mode = models.CharField(max_length=8, choices=Mode.choices, default=Mode.FOOT)
    team_id = models.BigIntegerField(null=True)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["member_id"],
                condition=models.Q(ended_at__isnull=True),
                name="duty_one_open_session",
            ),
        ]


class Whereabouts(models.Model):
    """The last known position of a member on duty: one row each."""

    member_id = models.BigIntegerField(primary_key=True)
    lon = models.FloatField()
    lat = models.FloatField()
    accuracy_m = models.FloatField(null=True)
    at = models.DateTimeField()
    mode = models.CharField(max_length=8, choices=Mode.choices)


class WhereaboutsTrack(models.Model):
    """Every accepted position of members on duty; kept 90 days, seen by the member too."""

    member_id = models.BigIntegerField()
    at = models.DateTimeField()
    lon = models.FloatField()
    lat = models.FloatField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["member_id", "at"], name="track_moment_once"),
        ]


class PlanRole(models.TextChoices):
    """What an assignment is for: 先期处置 · 主责 · 增援."""

    FIRST = "first", _("First on scene")
    LEAD = "lead", _("Lead")
    SUPPORT = "support", _("Support")


class AssignmentState(models.TextChoices):
    """The life of an assignment."""

    ASKED = "asked", _("Asked")
    ACCEPTED = "accepted", _("Accepted")
    DEPARTED = "departed", _("On the way")
    ARRIVED = "arrived", _("There")
    DONE = "done", _("Done")
    DECLINED = "declined", _("Declined")
    LAPSED = "lapsed", _("No answer")
    RELEASED = "released", _("Released")


ACTIVE_STATES = ("asked", "accepted", "departed", "arrived")


class ResponsePlan(models.Model):
    """What was decided for an incident, why, and what is lacking.

    ``candidates`` keeps the best ten as shown: member, seconds, metres, estimate, why (codes).
    ``lacking`` lists codes such as ``no_first_within_promise``. ``decided_ms`` is the choice's time.
    """

    incident = models.ForeignKey(Incident, models.CASCADE, related_name="plans")
    number = models.PositiveSmallIntegerField()
    at = models.DateTimeField()
    by = models.CharField(max_length=64)
    reason_code = models.CharField(max_length=32, blank=True)
    reason_ref = models.BigIntegerField(null=True)
    considered = models.PositiveIntegerField()
    estimate = models.BooleanField(default=False)
    candidates = models.JSONField(default=list)
    lacking = models.JSONField(default=list)
    best_possible_seconds = models.FloatField(null=True)
    decided_ms = models.FloatField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["incident", "number"], name="plan_number_once"),
        ]


class Assignment(models.Model):
    """A member asked to go to an incident, in a role; constraints forbid double assignment."""

    incident = models.ForeignKey(Incident, models.CASCADE, related_name="assignments")
    plan = models.ForeignKey(ResponsePlan, models.CASCADE, related_name="assignments")
    member_id = models.BigIntegerField()
    role = models.CharField(max_length=8, choices=PlanRole.choices)
    state = models.CharField(max_length=10, choices=AssignmentState.choices)
    eta_seconds = models.FloatField(null=True)
    estimate = models.BooleanField(default=False)
    mode = models.CharField(max_length=8, choices=Mode.choices)
    why = ArrayField(models.CharField(max_length=48), default=list)
    asked_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    departed_at = models.DateTimeField(null=True)
    arrived_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    decline_code = models.CharField(max_length=32, blank=True)
    version = models.IntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["incident", "member_id"],
                condition=models.Q(state__in=ACTIVE_STATES),
                name="assignment_member_once",
            ),
            models.UniqueConstraint(
                fields=["incident", "role"],
                condition=models.Q(state__in=ACTIVE_STATES, role__in=["first", "lead"]),
                name="assignment_role_once",
            ),
            models.UniqueConstraint(
                fields=["member_id"],
                condition=models.Q(state__in=ACTIVE_STATES, role="first"),
                name="assignment_first_elsewhere",
            ),
        ]
        indexes = [
            models.Index(
                fields=["member_id"],
                name="assignment_active",
                condition=models.Q(state__in=ACTIVE_STATES),
            ),
        ]


class CallPlanStep(models.Model):
    """A beat's call plan: whom a resident's call rings, in order, and for how many seconds."""

    beat_id = models.BigIntegerField()
    position = models.PositiveSmallIntegerField()
    member_id = models.BigIntegerField(null=True)
    post_id = models.BigIntegerField(null=True)
    ring_seconds = models.PositiveSmallIntegerField(default=20)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["beat_id", "position"], name="call_plan_order"),
        ]


class InboundCall(models.Model):
    """A resident's call to the officer's number and how it was passed on (S05)."""

    gateway_ref = models.CharField(max_length=80, unique=True)
    beat_id = models.BigIntegerField()
    caller_ref = models.BigIntegerField(null=True)
    position = models.PositiveSmallIntegerField(default=0)
    ringing_member_id = models.BigIntegerField(null=True)
    ringing_since = models.DateTimeField(null=True)
    answered_by = models.BigIntegerField(null=True)
    answered_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    incident = models.ForeignKey(Incident, models.SET_NULL, null=True, related_name="calls")
