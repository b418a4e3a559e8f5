"""Encrypted personal data and free text; everything else holds references to these rows.

Row security shows none of these rows unless ``vault.actions`` opens them (migration 0002): a query
from elsewhere, or a forgotten filter, finds nothing.
"""

from __future__ import annotations

from django.db import models


class Subject(models.Model):
    """Whom or what a set of entries is about; its data key is wrapped by the master key.

    Erasure destroys ``wrapped_key``: no entry of the subject can be opened again.
    """

    category = models.CharField(max_length=48)
    wrapped_key = models.BinaryField(null=True)
    key_id = models.CharField(max_length=32)
    created_at = models.DateTimeField()
    erased_at = models.DateTimeField(null=True)
    keep_until = models.DateField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["keep_until"],
                name="vault_keep_until",
                condition=models.Q(keep_until__isnull=False, wrapped_key__isnull=False),
            ),
            models.Index(
                fields=["erased_at"],
                name="vault_erased",
                condition=models.Q(erased_at__isnull=False),
            ),
        ]


class Entry(models.Model):
    """One encrypted field of a subject. The AAD is subject id + field: rows cannot be swapped."""

    subject = models.ForeignKey(Subject, models.CASCADE, related_name="entries")
    field = models.CharField(max_length=48)
    ciphertext = models.BinaryField()
    blind_index = models.BinaryField(null=True, max_length=32)
    blind_pinyin = models.BinaryField(null=True, max_length=32)
    legal_basis = models.CharField(max_length=48, blank=True)
    basis_rule = models.CharField(max_length=48, blank=True, db_default="")
    notice_version = models.CharField(max_length=24, blank=True)
    notice_shown_at = models.DateTimeField(null=True)
    consented_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(
                fields=["blind_index"],
                name="vault_blind",
                condition=models.Q(blind_index__isnull=False),
            ),
            models.Index(
                fields=["blind_pinyin"],
                name="vault_blind_pinyin",
                condition=models.Q(blind_pinyin__isnull=False),
            ),
            models.Index(
                fields=["withdrawn_at"],
                name="vault_withdrawn",
                condition=models.Q(withdrawn_at__isnull=False),
            ),
        ]


class StoredFile(models.Model):
    """An encrypted picture under ``TONGXIN_DATA/files``, sealed with its subject's data key.

    It keeps its legal ground itself, for its subject may have no entry.
    """

    subject = models.ForeignKey(Subject, models.CASCADE, related_name="files")
    token = models.CharField(max_length=32, unique=True)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    size = models.PositiveIntegerField()
    legal_basis = models.CharField(max_length=48, blank=True, db_default="")
    basis_rule = models.CharField(max_length=48, blank=True, db_default="")
    notice_version = models.CharField(max_length=24, blank=True, db_default="")
    notice_shown_at = models.DateTimeField(null=True)
    consented_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(
                fields=["withdrawn_at"],
                name="vault_file_withdrawn",
                condition=models.Q(withdrawn_at__isnull=False),
            ),
        ]


class BlindKey(models.Model):
    """The key of the blind index, one row, wrapped by the master key as data keys are.

    It is kept, not derived, so that a master key can be retired and everything is still found.
    """

    id = models.SmallIntegerField(primary_key=True, default=1)
    wrapped_key = models.BinaryField()
    made_at = models.DateTimeField()


class Unlisted(models.Model):
    """An erasure or a withdrawal that is not yet in the list outside the database.

    Written in the act's transaction, taken away once the list is safely on disk.
    """

    class What(models.TextChoices):
        ERASED = "erased"
        WITHDRAWN = "withdrawn"

    what = models.CharField(max_length=12, choices=What.choices)
    subject_id = models.BigIntegerField()
    born = models.DateTimeField()
    at = models.DateTimeField()


class FurtherPurpose(models.Model):
    """A purpose beyond the listed ones, added by two administrators; it holds from … to."""

    code = models.CharField(max_length=48, unique=True)
    words_zh = models.CharField(max_length=80)
    words_en = models.CharField(max_length=80)
    demands_text = models.BooleanField(default=True)
    valid_from = models.DateTimeField()
    valid_to = models.DateTimeField(null=True)


class PurposeChange(models.Model):
    """What one administrator proposes about purposes, and what another made of it.

    ``proposed_as`` and ``decided_as`` are ``security`` or ``audit``, never the same; neither are
    the two members.
    """

    class Act(models.TextChoices):
        ADD = "add"
        END = "end"

    act = models.CharField(max_length=4, choices=Act.choices)
    code = models.CharField(max_length=48)
    words_zh = models.CharField(max_length=80, blank=True)
    words_en = models.CharField(max_length=80, blank=True)
    demands_text = models.BooleanField(default=True)
    valid_from = models.DateTimeField(null=True)
    valid_to = models.DateTimeField(null=True)
    proposed_by = models.BigIntegerField()
    proposed_as = models.CharField(max_length=8)
    proposed_at = models.DateTimeField()
    decided_by = models.BigIntegerField(null=True)
    decided_as = models.CharField(max_length=8, blank=True)
    decided_at = models.DateTimeField(null=True)
    accepted = models.BooleanField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(accepted__isnull=True)
                | models.Q(accepted=False)
                | (
                    ~models.Q(decided_by=models.F("proposed_by"))
                    & ~models.Q(decided_as=models.F("proposed_as"))
                    & models.Q(decided_by__isnull=False)
                ),
                name="vault_purpose_by_two",
            ),
            models.UniqueConstraint(
                fields=["code"],
                condition=models.Q(decided_at__isnull=True),
                name="vault_purpose_one_open",
            ),
        ]


class Tally(models.Model):
    """How many subjects a category holds, how many go and went: counted by the worker."""

    category = models.CharField(max_length=48, primary_key=True)
    kept = models.BigIntegerField()
    oldest_at = models.DateTimeField(null=True)
    goes = models.BigIntegerField()
    went = models.BigIntegerField()
    counted_at = models.DateTimeField()
