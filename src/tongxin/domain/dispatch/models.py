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
    """A member's time on duty; positions are taken only within one.

    Rows never change but for ``ended_at``: another mode or crew is another session. ``team_id`` is
    the crew 车组 that the member rides with; a crew moves, and is called, as one unit.
    """

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
        indexes = [
            models.Index(fields=["started_at"], name="duty_started"),
            models.Index(
                fields=["ended_at"], name="duty_ended", condition=models.Q(ended_at__isnull=False)
            ),
        ]


class Whereabouts(models.Model):
    """The last known position of a member on duty: one row each.

    ``at`` is the phone's time of the position, ``received_at`` ours of the write: the duty board
    polls by the second, for a late batch is older than what it has seen.
    """

    member_id = models.BigIntegerField(primary_key=True)
    lon = models.FloatField()
    lat = models.FloatField()
    accuracy_m = models.FloatField(null=True)
    at = models.DateTimeField()
    received_at = models.DateTimeField()
    mode = models.CharField(max_length=8, choices=Mode.choices)


class WhereaboutsTrack(models.Model):
    """Every accepted position of members on duty; kept 90 days, seen by the member too.

    Partitioned by day in the database (migration 0002), so that a day is dropped as a whole.
    """

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

    ``candidates`` keeps the best ten as shown: member, seconds, estimate, source, why (codes).
    ``lacking`` lists codes such as ``no_first_within_promise``. ``decided_ms`` is the time that
    the choice took. ``considered`` counts the members timed. ``best_possible_seconds`` is the road
    time of the fastest of all who were free and allowed; ``swapped_at`` is set when this plan was
    made because a nearer one had come free.
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
    swapped_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["incident", "number"], name="plan_number_once"),
        ]


class Assignment(models.Model):
    """A member asked to go to an incident, in a role; constraints forbid double assignment.

    ``crew_id`` says that a whole crew goes with the member. ``leads_too`` marks the one who is
    first on scene on their own ground: no second lead is asked. ``place_source`` says what the time
    was reckoned from (a position, or the post, village or beat that stands for it). ``want``
    numbers the kind's wish for support that this one answers, ``help_calls`` counts how often the
    member has asked for help there, ``end_code`` says why it ended (a reason code).
    """

    incident = models.ForeignKey(Incident, models.CASCADE, related_name="assignments")
    plan = models.ForeignKey(ResponsePlan, models.CASCADE, related_name="assignments")
    member_id = models.BigIntegerField()
    crew_id = models.BigIntegerField(null=True)
    role = models.CharField(max_length=8, choices=PlanRole.choices)
    leads_too = models.BooleanField(default=False)
    state = models.CharField(max_length=10, choices=AssignmentState.choices)
    eta_seconds = models.FloatField(null=True)
    estimate = models.BooleanField(default=False)
    mode = models.CharField(max_length=8, choices=Mode.choices)
    place_source = models.CharField(max_length=8, blank=True)
    why = ArrayField(models.CharField(max_length=48), default=list)
    asked_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    departed_at = models.DateTimeField(null=True)
    arrived_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    end_code = models.CharField(max_length=32, blank=True)
    want = models.PositiveSmallIntegerField(default=0)
    help_calls = models.PositiveSmallIntegerField(default=0)
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
            models.UniqueConstraint(
                fields=["crew_id"],
                condition=models.Q(state__in=ACTIVE_STATES, role="first", crew_id__isnull=False),
                name="assignment_crew_elsewhere",
            ),
        ]
        indexes = [
            models.Index(
                fields=["member_id"],
                name="assignment_active",
                condition=models.Q(state__in=ACTIVE_STATES),
            ),
            models.Index(
                fields=["ended_at"],
                name="assignment_ended",
                condition=models.Q(ended_at__isnull=False),
            ),
            models.Index(fields=["member_id", "-asked_at"], name="assignment_member_asked"),
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
    dialled_member_id = models.BigIntegerField(null=True)
    caller_ref = models.BigIntegerField(null=True)
    position = models.PositiveSmallIntegerField(default=0)
    ringing_member_id = models.BigIntegerField(null=True)
    ringing_since = models.DateTimeField(null=True)
    answered_by = models.BigIntegerField(null=True)
    answered_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=12, blank=True)
    incident = models.ForeignKey(Incident, models.SET_NULL, null=True, related_name="calls")

    class Meta:
        indexes = [
            models.Index(
                fields=["ringing_since"],
                name="inbound_call_ringing",
                condition=models.Q(ended_at__isnull=True, answered_at__isnull=True),
            ),
        ]


class RingResult(models.TextChoices):
    """How one ring of an inbound call ended."""

    RINGING = "ringing", _("Ringing")
    ANSWERED = "answered", _("Answered")
    NO_ANSWER = "no_answer", _("No answer")
    BUSY = "busy", _("Busy")
    FAILED = "failed", _("Not reached")
    CALLER_GONE = "caller_gone", _("The caller hung up")


class CallRing(models.Model):
    """One telephone rung for an inbound call, and its result: the call's own timeline.

    Exactly one of ``member_id`` and ``post_id`` is set; ``phone`` is the work number that was rung,
    by which the gateway's word on the leg is found. ``until`` is when the call is passed on.
    """

    call = models.ForeignKey(InboundCall, models.CASCADE, related_name="rings")
    position = models.PositiveSmallIntegerField()
    member_id = models.BigIntegerField(null=True)
    post_id = models.BigIntegerField(null=True)
    phone = models.CharField(max_length=32)
    rang_at = models.DateTimeField()
    until = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    result = models.CharField(max_length=12, choices=RingResult.choices, default=RingResult.RINGING)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["call", "position"], name="call_ring_once"),
        ]
        indexes = [
            models.Index(
                fields=["until"], name="call_ring_open", condition=models.Q(ended_at__isnull=True)
            ),
        ]
