"""Visits, and what phones that were without signal bring: devices, what they sent, clashes.

A visit has no place of its own and no check-in: it says at which flat somebody rang, what came of
it, when that was (the phone's own time), and when we heard. Notes and clashing names, phones and
notes lie in the vault. Row security: visits and clashes by ground, devices by member (0007).
"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _


class VisitOutcome(models.TextChoices):
    """What came of it; a door that stays shut is a visit done (refusal 11)."""

    CONFIRMED = "confirmed", _("All still so")
    CHANGED = "changed", _("Something has changed")
    NOBODY_HOME = "nobody_home", _("Nobody at home")
    REFUSED = "refused", _("Did not open the door")
    NOT_WANTED = "not_wanted", _("Asks for no visits")
    OTHER = "other", _("Something else")


class Visit(models.Model):
    """Somebody rang at a flat. ``visited_at`` is the visit's own time, ``received_at`` ours.

    ``note_ref`` and ``note_subject`` are the note in the vault (category ``visit_note``).
    """

    flat = models.ForeignKey("homes.Flat", models.CASCADE, related_name="visits")
    member_id = models.BigIntegerField()
    outcome = models.CharField(max_length=12, choices=VisitOutcome.choices)
    note_ref = models.BigIntegerField(null=True)
    note_subject = models.BigIntegerField(null=True)
    visited_at = models.DateTimeField()
    received_at = models.DateTimeField()
    op_id = models.UUIDField()
    area_ids = ArrayField(models.BigIntegerField(), default=list)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["member_id", "op_id"], name="visit_once"),
        ]
        indexes = [
            models.Index(fields=["flat", "-visited_at"], name="visit_flat"),
            models.Index(fields=["visited_at"], name="visit_time"),
            models.Index(
                fields=["note_subject"],
                name="visit_note",
                condition=models.Q(note_subject__isnull=False),
            ),
            GinIndex(fields=["area_ids"], name="visit_areas"),
        ]


class OfflineDevice(models.Model):
    """A phone on which a member carries buildings along, for 24 hours at most.

    Once ``revoked_at`` is set it is told to wipe at its next contact, and is never let in again
    but by taking along anew; ``wiped_at`` and ``why`` are what it said itself.
    """

    member_id = models.BigIntegerField()
    device = models.UUIDField()
    named = models.CharField(max_length=60, blank=True)
    buildings = ArrayField(models.BigIntegerField(), default=list)
    taken_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.BigIntegerField(null=True)
    wiped_at = models.DateTimeField(null=True)
    why = models.CharField(max_length=12, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["member_id", "device"], name="offline_device_once"),
        ]
        indexes = [models.Index(fields=["expires_at"], name="offline_device_expires")]


class SyncOp(models.Model):
    """An act that a phone sent, and what became of it: sent twice, it is the same answer.

    ``stamp`` is the field's after it, ``conflict_id`` the clash that it met; ``code`` and
    ``detail`` why it was refused. ``made_key`` → ``made_id``: what it entered, by the phone's key.
    """

    device = models.ForeignKey(OfflineDevice, models.CASCADE, related_name="ops")
    member_id = models.BigIntegerField()
    op_id = models.UUIDField()
    seq = models.BigIntegerField()
    do = models.CharField(max_length=12)
    stamp = models.BigIntegerField(null=True)
    conflict_id = models.BigIntegerField(null=True)
    code = models.CharField(max_length=48, blank=True)
    detail = models.TextField(blank=True)
    made_key = models.CharField(max_length=48, blank=True)
    made_id = models.BigIntegerField(null=True)
    received_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["member_id", "op_id"], name="sync_op_once"),
        ]
        indexes = [
            models.Index(
                fields=["device", "made_key"],
                name="sync_made",
                condition=models.Q(made_id__isnull=False),
            ),
            models.Index(fields=["received_at"], name="sync_received"),
        ]


class SyncConflict(models.Model):
    """Two values for one field, of which neither knew the other: a person settles it.

    Nothing was overwritten: the register's own value stands, and this is the other one, in
    ``value`` or, where it is a person's (name, phone, note), in the vault (``value_ref``, an entry
    of that resident's own subject, so that it is erased with it). ``stamp`` is the field's when
    the two met; ``held_by`` is whose value stood.
    """

    class How(models.TextChoices):
        """How it came to its end."""

        SETTLED = "settled", _("Settled")
        REPLACED = "replaced", _("Replaced by the same hand")
        AGREED = "agreed", _("Both say the same by now")

    flat = models.ForeignKey("homes.Flat", models.CASCADE, related_name="conflicts")
    resident = models.ForeignKey(
        "homes.Resident", models.CASCADE, related_name="conflicts", null=True
    )
    field = models.CharField(max_length=20)
    value = models.JSONField(null=True)
    value_ref = models.BigIntegerField(null=True)
    stamp = models.BigIntegerField()
    said_by = models.BigIntegerField()
    said_at = models.DateTimeField()
    held_by = models.BigIntegerField(null=True)
    found_at = models.DateTimeField()
    settled_by = models.BigIntegerField(null=True)
    settled_at = models.DateTimeField(null=True)
    how = models.CharField(max_length=10, choices=How.choices, blank=True)
    area_ids = ArrayField(models.BigIntegerField(), default=list)

    class Meta:
        indexes = [
            models.Index(
                fields=["flat"],
                name="conflict_open",
                condition=models.Q(settled_at__isnull=True),
            ),
            models.Index(fields=["settled_at"], name="conflict_settled"),
            GinIndex(fields=["area_ids"], name="conflict_areas"),
        ]
