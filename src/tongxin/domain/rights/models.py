"""Requests of people about their own data, and the codes by which a number is made sure.

Who asks, and in what words, lies in the vault (category ``rights_request``); these rows hold
references, codes and times. Row security shows a request on its own ground only, a code to nobody
but the program (migration 0002).
"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models

from tongxin.domain.rights.lifecycle import Asked, Identified, Standing


class RightsRequest(models.Model):
    """One request. ``concerns`` are vault subjects, empty for all that is held under the number.

    ``subject_id`` is the vault subject with phone, name, words and how the person was identified;
    ``…_ref`` are its entries. ``for_child``: asked by a guardian for a child under 14.
    ``task_incident_id`` is the incident by which an officer was asked to put something right;
    ``put_right_at`` says that it was. ``copy_nonce`` makes the link to the copy, which holds until
    ``copy_until``. ``area_ids`` say whose ground it is: the branch where nothing else is known.
    """

    number = models.CharField(max_length=24, blank=True)
    kind = models.CharField(max_length=10, choices=Asked.choices)
    state = models.CharField(max_length=10, choices=Standing.choices, default=Standing.RECEIVED)
    subject_id = models.BigIntegerField(unique=True)
    phone_ref = models.BigIntegerField(null=True)
    answer_ref = models.BigIntegerField(null=True)
    concerns = ArrayField(models.BigIntegerField(), default=list)
    identified = models.CharField(max_length=12, choices=Identified.choices)
    for_child = models.BooleanField(default=False)
    entered_by = models.BigIntegerField(null=True)
    received_at = models.DateTimeField()
    due_at = models.DateTimeField()
    reminded_at = models.DateTimeField(null=True)
    expired_at = models.DateTimeField(null=True)
    taken_by = models.BigIntegerField(null=True)
    taken_at = models.DateTimeField(null=True)
    decided_by = models.BigIntegerField(null=True)
    decided_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=16, blank=True)
    erased = models.PositiveIntegerField(default=0)
    task_incident_id = models.BigIntegerField(null=True)
    put_right_at = models.DateTimeField(null=True)
    copy_nonce = models.CharField(max_length=32, blank=True)
    copy_until = models.DateTimeField(null=True)
    copy_opened_at = models.DateTimeField(null=True)
    area_ids = ArrayField(models.BigIntegerField(), default=list)
    version = models.IntegerField(default=1)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(state="refused") | ~models.Q(reason=""),
                name="rights_refused_with_reason",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["received", "in_hand"])
                | models.Q(decided_at__isnull=False),
                name="rights_decided_at_a_time",
            ),
        ]
        indexes = [
            GinIndex(fields=["area_ids"], name="rights_areas"),
            models.Index(
                fields=["due_at"],
                name="rights_due",
                condition=models.Q(state__in=["received", "in_hand"]),
            ),
            models.Index(
                fields=["task_incident_id"],
                name="rights_task",
                condition=models.Q(task_incident_id__isnull=False),
            ),
            models.Index(fields=["entered_by"], name="rights_entered_by"),
        ]

    @property
    def is_open(self) -> bool:
        """Tell whether it still waits for a decision."""
        return self.state in (Standing.RECEIVED, Standing.IN_HAND)


class PhoneCode(models.Model):
    """A once-code sent to a number, and the visit that it opened.

    ``digest`` is the blind index of the number, ``origin`` a keyed hash of the address that changes
    daily; both only count. Code and session are kept as keyed hashes. ``subject_id`` is the vault
    subject (``rights_code``) with the number, erased when the visit is over.
    """

    digest = models.BinaryField(max_length=32)
    origin = models.BinaryField(max_length=32)
    subject_id = models.BigIntegerField()
    phone_ref = models.BigIntegerField()
    session_hash = models.BinaryField(max_length=32, unique=True)
    code_hash = models.BinaryField(max_length=32)
    tries = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField()
    verified_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["digest", "sent_at"], name="rights_code_number"),
            models.Index(fields=["origin", "sent_at"], name="rights_code_origin"),
            models.Index(
                fields=["sent_at"],
                name="rights_code_open",
                condition=models.Q(ended_at__isnull=True),
            ),
        ]
