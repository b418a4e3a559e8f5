"""Questions, published answers, legal texts, and what a text is found by.

A question's words and its asker lie in the vault with its incident (kind ``enquiry``); the row here
holds keyed digests of its words only. Answers, laws and what they are found by are public. Row
security shows a question on its own ground only (migration 0002).
"""

from __future__ import annotations

import datetime as dt

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models

from tongxin.domain.desk.models_groups import GroupKind, GroupPlace, ResidentsGroup
from tongxin.kernel import clock

__all__ = [
    "Answer",
    "GroupKind",
    "GroupPlace",
    "Law",
    "Passage",
    "Posting",
    "Question",
    "ResidentsGroup",
    "Term",
]


class Law(models.Model):
    """A legal text as imported; ``name`` is without 中华人民共和国, ``dated`` its last version."""

    name = models.CharField(max_length=80, unique=True)
    dated = models.DateField()
    imported_at = models.DateTimeField()


class Answer(models.Model):
    """A published answer, or a guide of the office: one text for all who ask alike.

    ``rule`` says in words on what it rests; ``law`` and ``article`` where that is a legal text.
    ``owner_id`` is the member who answers for it; after ``review_by`` it is shown as under review
    until the owner confirms it. ``area_ids`` narrow where it holds; empty: the whole district.
    ``origin_id`` is the incident by which it was asked first.
    """

    question = models.CharField(max_length=200)
    text = models.TextField()
    rule = models.CharField(max_length=200)
    law = models.ForeignKey(Law, models.SET_NULL, null=True, db_index=False)
    article = models.PositiveSmallIntegerField(null=True)
    owner_id = models.BigIntegerField()
    area_ids = ArrayField(models.BigIntegerField(), default=list)
    origin_id = models.BigIntegerField(null=True)
    is_guide = models.BooleanField(default=False)
    answered_at = models.DateTimeField()
    confirmed_at = models.DateTimeField()
    review_by = models.DateField()
    reminded_at = models.DateTimeField(null=True)
    expired_at = models.DateTimeField(null=True)
    retired_at = models.DateTimeField(null=True)
    version = models.IntegerField(default=1)

    class Meta:
        indexes = [
            models.Index(
                fields=["review_by"],
                name="desk_answer_review",
                condition=models.Q(retired_at__isnull=True),
            ),
            models.Index(fields=["owner_id"], name="desk_answer_owner"),
        ]

    def is_due(self, today: dt.date | None = None) -> bool:
        """Tell whether its time is over: it is under review and not offered as certain."""
        return self.review_by <= (today or clock.now().date())


class Question(models.Model):
    """One question that was asked: an incident of the kind ``enquiry``, and what answered it.

    ``digests`` are keyed digests of its words, by which alike questions are found without their
    words. ``area_ids`` are those of the incident.
    """

    incident_id = models.BigIntegerField(unique=True)
    public_token = models.CharField(max_length=32)
    digests = ArrayField(models.BigIntegerField(), default=list)
    area_ids = ArrayField(models.BigIntegerField(), default=list)
    asked_at = models.DateTimeField()
    is_open = models.BooleanField(default=True)
    answer = models.ForeignKey(Answer, models.SET_NULL, null=True, related_name="questions")

    class Meta:
        indexes = [
            GinIndex(
                fields=["digests"], name="desk_question_alike", condition=models.Q(is_open=True)
            ),
            models.Index(
                fields=["asked_at"], name="desk_question_open", condition=models.Q(is_open=True)
            ),
            models.Index(fields=["public_token"], name="desk_question_token"),
        ]


class Passage(models.Model):
    """One text that can be found: an article of a law, or an answer.

    ``heading`` says in plain words what it is about.
    """

    law = models.ForeignKey(Law, models.CASCADE, null=True, db_index=False)
    answer = models.OneToOneField(Answer, models.CASCADE, null=True)
    number = models.PositiveSmallIntegerField(null=True)
    chapter = models.CharField(max_length=120, blank=True)
    heading = models.CharField(max_length=200, blank=True)
    text = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["law", "number"], name="desk_article_once"),
            models.CheckConstraint(
                condition=models.Q(law__isnull=False, answer__isnull=True)
                | models.Q(law__isnull=True, answer__isnull=False),
                name="desk_passage_of_one",
            ),
        ]


class Posting(models.Model):
    """How much a term says of a passage: its weight there, length and frequency reckoned in."""

    term = models.CharField(max_length=32, db_index=False)
    passage = models.ForeignKey(Passage, models.CASCADE)
    weight = models.FloatField()

    class Meta:
        indexes = [
            models.Index(fields=["term"], name="desk_posting_term", include=["passage", "weight"])
        ]


class Term(models.Model):
    """In how many passages a term stands; the row of the empty term counts the passages."""

    term = models.CharField(max_length=32, primary_key=True)
    passages = models.IntegerField(default=0)
