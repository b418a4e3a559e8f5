"""What waits for a member: questions to his beat, looks to approve, emergencies to review."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db.models import Q, QuerySet

from tongxin.domain.homes import asking, policy
from tongxin.domain.homes.cards import ApprovalCard, GlassCard, ProtectedCard, QuestionCard
from tongxin.domain.homes.models import (
    ApprovalState,
    BreakGlass,
    HomeQuestion,
    LookApproval,
    QuestionState,
    RegisterGrant,
    Resident,
)
from tongxin.domain.incidents import policy as incidents
from tongxin.domain.incidents.models import Incident
from tongxin.foundation.access import policy as access
from tongxin.foundation.access.models import Member
from tongxin.foundation.access.roles import Permission
from tongxin.foundation.access.scope import MemberActor
from tongxin.foundation.access.selectors import scope_of
from tongxin.foundation.territory import locating
from tongxin.kernel import clock
from tongxin.plumbing.vault import actions as vault

MOST = 100


def home_questions(member: Member, *, open_only: bool = True) -> list[QuestionCard]:
    """Return the questions to the beats that the member keeps as an officer, due first."""
    ground = scope_of(member, Permission.SEE_REGISTER)
    with policy.as_member(member):
        rows = HomeQuestion.objects.filter(ground.filter("area_ids"))
        rows = rows.filter(state=QuestionState.ASKED) if open_only else rows
        held = [row for row in rows.order_by("due_at")[:MOST] if _keeps(member, row)]
    return _question_cards(held, member)


def questions_of(member: Member, incident_id: int) -> list[QuestionCard]:
    """Return the questions that an incident asked; raises ``NotFound`` out of sight."""
    incidents.find(incident_id, MemberActor(member))
    with policy.as_member(member):
        rows = list(HomeQuestion.objects.filter(incident_id=incident_id).order_by("id"))
    return _question_cards([r for r in rows if asking.may_read(MemberActor(member), r)], member)


def question_words(
    member: Member, question_id: int, *, purpose: str = "safeguard", because: str = ""
) -> tuple[str, str]:
    """Return the words of a question and of its answer (empty while there is none).

    Opened for one of the two sides only; the look is in the trail. Raises ``NotFound`` for others.
    """
    with policy.as_member(member):
        row = HomeQuestion.objects.filter(pk=question_id).first()
    if row is None or not asking.may_read(MemberActor(member), row):
        raise policy.absent()
    refs = [ref for ref in (row.question_ref, row.answer_ref) if ref]
    why = because or f"home question {row.pk}"
    texts = vault.reveal_many(refs, actor=member, purpose=purpose, because=why)
    return texts.get(row.question_ref, ""), texts.get(row.answer_ref or 0, "")


def looks_to_decide(member: Member) -> list[ApprovalCard]:
    """Return the requests to look at minors' records that wait for this supervisor."""
    ground = scope_of(member, Permission.APPROVE_LOOKS)
    if not ground:
        return []
    with policy.as_member(member):
        rows = LookApproval.objects.filter(ground.filter("area_ids"), state=ApprovalState.ASKED)
        rows = rows.exclude(member_id=member.pk).select_related("resident__flat__unit__building")
        return [_approval_card(row) for row in rows.order_by("asked_at")[:MOST]]


def my_looks(member: Member) -> list[ApprovalCard]:
    """Return the member's own requests to look at minors' records: open, or decided today."""
    since = clock.now() - dt.timedelta(days=1)
    with policy.as_member(member):
        rows = LookApproval.objects.filter(member_id=member.pk).filter(
            Q(state=ApprovalState.ASKED) | Q(decided_at__gte=since)
        )
        rows = rows.select_related("resident__flat__unit__building")
        return [_approval_card(row) for row in rows.order_by("-asked_at")[:MOST]]


def glasses_to_review(member: Member, *, also_reviewed: bool = False) -> list[GlassCard]:
    """Return looks in an emergency on the supervisor's ground, the latest first."""
    ground = scope_of(member, Permission.APPROVE_LOOKS)
    if not ground:
        return []
    with policy.as_member(member):
        rows = BreakGlass.objects.filter(ground.filter("area_ids")).select_related("building")
        rows = rows if also_reviewed else rows.filter(reviewed_at__isnull=True)
        return [_glass_card(row) for row in rows.order_by("-broken_at")[:MOST]]


def because_of_look(member: Member, approval_id: int) -> str:
    """Return in words why a look at a minor is asked for; for its supervisor, with a trail."""
    rows = LookApproval.objects.filter(pk=approval_id)
    return _because(member, rows, f"look approval {approval_id}")


def because_of_glass(member: Member, glass_id: int) -> str:
    """Return in words why the glass was broken; for its supervisor, with a trail."""
    return _because(member, BreakGlass.objects.filter(pk=glass_id), f"break-glass {glass_id}")


def protected_people(member: Member) -> list[ProtectedCard]:
    """Return who is protected on a supervisor's ground, so that he can end it; no names."""
    ground = scope_of(member, Permission.APPROVE_LOOKS)
    if not ground:
        return []
    with policy.as_member(member):
        rows = Resident.objects.filter(
            ground.filter("area_ids"), is_protected=True, left_at__isnull=True
        ).select_related("flat__unit__building")
        return [ProtectedCard(row.pk, row.flat_id, row.flat.label) for row in rows[:MOST]]


def register_grants(member: Member) -> list[RegisterGrant]:
    """Return the register grants that hold now on an officer's ground, the soonest over first."""
    ground = scope_of(member, Permission.SEE_REGISTER)
    rows = RegisterGrant.objects.filter(valid_to__gt=clock.now()).order_by("valid_to")
    return [
        row
        for row in rows
        if ground.covers(locating.area_info(row.area_id).path)
        or (ground.covers(locating.locate(locating.area_info(row.area_id).centroid).area_ids))
    ]


def _keeps(member: Member, row: HomeQuestion) -> bool:
    path = locating.area_info(row.beat_id).path
    return access.can(member, Permission.SEE_REGISTER, path)


def _because(member: Member, rows: QuerySet[LookApproval] | QuerySet[BreakGlass], why: str) -> str:
    with policy.as_member(member):
        row = rows.first()
    if row is None:
        raise policy.absent()
    access.require(member, Permission.APPROVE_LOOKS, row.area_ids)
    return vault.reveal(row.because_ref, actor=member, purpose="audit_review", because=why)


def _question_cards(rows: Iterable[HomeQuestion], member: Member) -> list[QuestionCard]:
    held = list(rows)
    ids = {row.incident_id for row in held}
    numbers = dict(Incident.objects.filter(pk__in=ids).values_list("pk", "number"))
    return [
        QuestionCard(
            id=row.pk,
            incident_id=row.incident_id,
            incident_number=numbers.get(row.incident_id, ""),
            beat_id=row.beat_id,
            beat=locating.area_info(row.beat_id).name,
            state=row.state,
            asked_by=row.asked_by,
            asked_at=row.asked_at,
            due_at=row.due_at,
            answered_at=row.answered_at,
            mine_to_answer=row.state == QuestionState.ASKED and _keeps(member, row),
            version=row.version,
        )
        for row in held
    ]


def _approval_card(row: LookApproval) -> ApprovalCard:
    return ApprovalCard(
        id=row.pk,
        flat_id=row.resident.flat_id,
        label=row.resident.flat.label,
        member_id=row.member_id,
        purpose=row.purpose,
        state=row.state,
        asked_at=row.asked_at,
        valid_to=row.valid_to,
    )


def _glass_card(row: BreakGlass) -> GlassCard:
    return GlassCard(
        id=row.pk,
        building_id=row.building_id,
        label=row.building.label,
        member_id=row.member_id,
        incident_id=row.incident_id,
        broken_at=row.broken_at,
        valid_to=row.valid_to,
        looks=row.looks,
        reviewed_by=row.reviewed_by,
        reviewed_at=row.reviewed_at,
        was_right=row.was_right,
    )
