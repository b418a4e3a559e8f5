"""What goes out: every alert or message is a row before it is sent."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class DeliveryState(models.TextChoices):
    """The life of a delivery."""

    QUEUED = "queued", _("Queued")
    LEASED = "leased", _("Being sent")
    RETRY = "retry", _("Will be tried again")
    FAILED = "failed", _("Failed")
    SENT = "sent", _("Sent")
    SHOWN = "shown", _("Shown")
    RECALLED = "recalled", _("Recalled")


class Delivery(models.Model):
    """One message to one recipient by one channel (call, sms, page), with its result.

    ``recipient`` is ``member:ID`` or a vault reference ``vault:ID`` (a reporter's phone), never a
    number. ``template`` and ``values`` hold codes, numbers and links only. ``once_key`` makes the
    queueing idempotent; a lease that runs out gives the row back. ``then`` names the channel that
    takes over when this one fails. ``provider_ref`` is the gateway's own number of a call under
    way, so that another worker asks for its result instead of dialling twice.
    """

    once_key = models.CharField(max_length=120, unique=True)
    channel = models.CharField(max_length=24)
    recipient = models.CharField(max_length=64)
    template = models.CharField(max_length=48)
    values = models.JSONField(default=dict)
    subject = models.CharField(max_length=64, blank=True)
    urgent = models.BooleanField(default=False)
    state = models.CharField(
        max_length=10, choices=DeliveryState.choices, default=DeliveryState.QUEUED
    )
    then = models.CharField(max_length=24, blank=True)
    provider_ref = models.CharField(max_length=80, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    result = models.CharField(max_length=160, blank=True)
    due_at = models.DateTimeField()
    leased_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    shown_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["channel", "due_at"],
                name="delivery_due",
                condition=models.Q(state__in=["queued", "retry", "leased"]),
            ),
            models.Index(fields=["recipient", "-created_at"], name="delivery_recipient"),
            models.Index(fields=["subject"], name="delivery_subject"),
            models.Index(
                fields=["-created_at"],
                name="delivery_undelivered",
                condition=models.Q(state__in=["failed", "retry"]),
            ),
            models.Index(
                fields=["channel", "provider_ref"],
                name="delivery_provider_ref",
                condition=~models.Q(provider_ref=""),
            ),
        ]
