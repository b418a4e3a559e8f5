"""Who belongs to a flat, and what care is needed: entered, amended, ended, withdrawn."""

from __future__ import annotations

import datetime as dt

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from tongxin.domain.homes import keeping, policy, stamping
from tongxin.domain.homes.keeping import Ground
from tongxin.domain.homes.models import Care, CareMark, Flat, Part, Resident
from tongxin.foundation.access import policy as access
from tongxin.foundation.access.roles import Permission
from tongxin.foundation.access.scope import Actor, MemberActor, acting_as
from tongxin.foundation.audit import actions as audit
from tongxin.kernel import clock
from tongxin.kernel.errors import BadInput, Conflict
from tongxin.plumbing.vault import actions as vault
from tongxin.plumbing.vault.legal import CONSENTED

MOST_PEOPLE = 60


def add_resident(
    flat_id: int,
    *,
    actor: Actor,
    part: str,
    name: str,
    phone: str = "",
    note: str = "",
    legal_basis: str,
    basis_rule: str = "",
    notice_version: str = "",
    notice_shown_at: dt.datetime | None = None,
    consented: bool = False,
    is_minor: bool = False,
    guardian_consented: bool = False,
    lives_here: bool = True,
    ring_order: int | None = None,
) -> Resident:
    """Enter somebody who belongs to a flat; name, phone and note go to the vault.

    ``legal_basis`` is consent, guardian, duty (with ``basis_rule``) or vital. Raises ``BadInput``
    without consent where that is the basis, or without a guardian's for a minor; ``NotFound`` and
    ``Forbidden`` as everywhere.
    """
    said = Ground(
        legal_basis, basis_rule, notice_version, notice_shown_at, consented, guardian_consented
    )
    ground = keeping.checked(said, is_minor=is_minor)
    fields = keeping.tidy(name, phone, note)
    _check_part(part)
    with policy.at_flat(flat_id, actor, lock=True) as (flat, _seen):
        order = ring_order if ring_order is not None else _next_order(flat)
        stored = keeping.put(fields, ground, actor=actor)
        made = Resident.objects.create(
            flat=flat,
            subject_id=stored.subject_id,
            **{f"{name}_ref": ref for name, ref in stored.refs.items()},
            part=part,
            lives_here=lives_here,
            ring_order=order,
            is_minor=is_minor,
            **keeping.facts_of(ground),
            entered_by=_member_id(actor),
            entered_at=clock.now(),
            confirmed_at=clock.now(),
            area_ids=flat.area_ids,
        )
        stamping.touch([flat.pk])
        _note(actor, "homes.resident_added", made, basis=ground.legal_basis)
    return made


def amend_resident(
    resident_id: int,
    *,
    actor: Actor,
    version: int | None = None,
    name: str | None = None,
    phone: str | None = None,
    note: str | None = None,
    part: str | None = None,
    lives_here: bool | None = None,
    ring_order: int | None = None,
    at: dt.datetime | None = None,
) -> Resident:
    """Change what is given; the former name, phone or note is gone, also from search.

    A grid worker amends those whom he entered, others with a register grant. ``at`` is the change's
    own time where it comes late from a phone. Raises ``Conflict`` when stale.
    """
    with policy.at_resident(resident_id, actor) as (resident, _seen):
        policy.check_version(resident, version)
        given = {"name": name, "phone": phone, "note": note}
        fields = {key: text.strip() for key, text in given.items() if text is not None}
        if fields:
            _check_left(resident, fields)
            keeping.renew(resident, fields, actor=actor)
        changed = _set_plain(resident, part, lives_here, ring_order)
        stamping.bump(resident, [*fields, *changed], at)
        moment = at or clock.now()
        resident.confirmed_at = max(resident.confirmed_at or moment, moment)
        resident.version += 1
        resident.save()
        stamping.touch([resident.flat_id])
        _note(actor, "homes.resident_amended", resident, fields=sorted(fields))
    return resident


def move_out(
    resident_id: int,
    *,
    actor: Actor,
    version: int | None = None,
    at: dt.datetime | None = None,
) -> None:
    """Somebody no longer belongs to the flat: out of the plan, erased when the time is over."""
    with policy.at_resident(resident_id, actor) as (resident, _seen):
        policy.check_version(resident, version)
        now = clock.now()
        stamping.bump(resident, [stamping.HERE], at)
        resident.left_at, resident.version = now, resident.version + 1
        resident.save(update_fields=["left_at", "version", "stamps"])
        stamping.touch([resident.flat_id])
        CareMark.objects.filter(resident=resident, ended_at__isnull=True).update(ended_at=now)
        vault.retention.start_clock([resident.subject_id])
        _note(actor, "homes.moved_out", resident)


def move_back(resident_id: int, *, actor: Actor, at: dt.datetime | None = None) -> None:
    """Somebody who was moved out belongs there after all: two hands differed, and it was settled.

    Care marks ended with the moving out and are not brought back: a need is asked for anew.
    """
    with policy.at_resident(resident_id, actor) as (resident, _seen):
        stamping.bump(resident, [stamping.HERE], at)
        resident.left_at, resident.version = None, resident.version + 1
        resident.save(update_fields=["left_at", "version", "stamps"])
        stamping.touch([resident.flat_id])
        vault.retention.stop_clock([resident.subject_id])
        _note(actor, "homes.moved_back", resident)


def withdraw_consent(resident_id: int, *, actor: Actor) -> None:
    """Take a consent back: the person's record is erased at once, key and all (PIPL 15, 47).

    Raises ``Conflict`` for a record that does not rest on consent.
    """
    with policy.at_resident(resident_id, actor) as (resident, _seen):
        if resident.legal_basis not in CONSENTED:
            said = _("This is kept by duty, not by consent: a request for deletion is answered.")
            raise Conflict("homes.no_consent_to_withdraw", said, field="resident")
        _note(actor, "homes.consent_withdrawn", resident)
        vault.erase(resident.subject_id, actor=actor, reason="withdrawn")


def protect(resident_id: int, on: bool, *, actor: Actor) -> None:
    """Suppress a person everywhere, or end that (domestic-violence law § 5).

    An officer of the ground protects; only a supervisor there ends it. While it holds, nobody sees
    or finds the person, here or in an export. Both are in the trail.
    """
    with acting_as(actor):
        policy.lock_flat_of(resident_id)
        rows = Resident.objects.select_for_update().filter(pk=resident_id, left_at__isnull=True)
        resident = rows.first()
        if resident is None or not (on or resident.is_protected):
            raise policy.absent()
        right = Permission.SEE_REGISTER if on else Permission.APPROVE_LOOKS
        access.require(actor, right, resident.area_ids)
        resident.is_protected, resident.version = on, resident.version + 1
        resident.save(update_fields=["is_protected", "version"])
        stamping.touch([resident.flat_id])
        _note(actor, "homes.protected" if on else "homes.protection_ended", resident)


def add_care(
    resident_id: int,
    code: str,
    *,
    actor: Actor,
    legal_basis: str,
    basis_rule: str = "",
    consented: bool = False,
    guardian_consented: bool = False,
) -> CareMark:
    """Mark a need of the short closed list, by its own consent or a stated duty; once at a time.

    Raises ``BadInput`` for another code or without the ground.
    """
    if code not in Care.values:
        raise BadInput("homes.care", _("This is not on the list of needs."), field="code")
    with policy.at_resident(resident_id, actor) as (resident, _seen):
        said = Ground(
            legal_basis,
            basis_rule,
            resident.notice_version or "care",
            None,
            consented,
            guardian_consented,
        )
        ground = keeping.checked(said, is_minor=resident.is_minor)
        open_marks = CareMark.objects.filter(resident=resident, code=code, ended_at__isnull=True)
        if (held := open_marks.first()) is not None:
            return held
        mark = _write_care(resident, code, ground, actor)
        stamping.touch([resident.flat_id])
        _note(actor, "homes.care_added", resident, code=code, basis=legal_basis)
    return mark


def end_care(care_id: int, *, actor: Actor) -> None:
    """End a care mark, also by withdrawal of its consent: at once, and deleted for good."""
    with acting_as(actor):
        mark = CareMark.objects.filter(pk=care_id).select_related("resident").first()
        if mark is None or mark.resident.is_protected:
            raise policy.absent()
        if not policy.require_sight(actor, mark.area_ids).sees(mark):
            raise policy.not_yours()
        stamping.touch([mark.resident.flat_id])
        mark.delete()
        _note(actor, "homes.care_ended", mark.resident, code=mark.code)


def _set_plain(
    resident: Resident, part: str | None, lives_here: bool | None, ring_order: int | None
) -> list[str]:
    """Set what is given of the plain fields; return the names of those that changed."""
    order = None if ring_order is None else max(1, min(ring_order, 99))
    given: dict[str, object] = {
        "part": None if part is None else _check_part(part),
        "lives_here": lives_here,
        "ring_order": order,
    }
    changed = {n: v for n, v in given.items() if v is not None and getattr(resident, n) != v}
    for name, value in changed.items():
        setattr(resident, name, value)
    return list(changed)


def _write_care(resident: Resident, code: str, ground: Ground, actor: Actor) -> CareMark:
    try:
        with transaction.atomic():
            return CareMark.objects.create(
                resident=resident,
                code=code,
                legal_basis=ground.legal_basis,
                basis_rule=ground.basis_rule,
                consented_at=ground.consented_at,
                entered_by=_member_id(actor),
                entered_at=clock.now(),
                area_ids=resident.area_ids,
            )
    except IntegrityError:  # another hand was faster
        return CareMark.objects.get(resident=resident, code=code, ended_at__isnull=True)


def _check_left(resident: Resident, fields: dict[str, str]) -> None:
    """Refuse what is out of form, and a record left with neither name nor phone."""
    left = {
        name: fields.get(name, "x" if getattr(resident, f"{name}_ref") else "")
        for name in ("name", "phone")
    }
    if not any(left.values()):
        raise BadInput("homes.nobody", _("Write a name or a phone number."), field="name")
    keeping.tidy(fields.get("name") or "x", fields.get("phone", ""), fields.get("note", ""))


def _check_part(part: str) -> str:
    if part not in Part.values:
        raise BadInput("homes.part", _("Say what this person is to the flat."), field="part")
    return part


def _next_order(flat: Flat) -> int:
    people = Resident.objects.filter(flat=flat, left_at__isnull=True)
    if people.count() >= MOST_PEOPLE:
        raise BadInput("homes.too_many_people", _("Enough people belong to this flat."))
    last = people.aggregate(last=Max("ring_order"))["last"]
    return min(99, (last or 0) + 1)


def _member_id(actor: Actor) -> int:
    return actor.member.pk if isinstance(actor, MemberActor) else 0


def _note(actor: Actor, act: str, resident: Resident, **detail: object) -> None:
    subject = f"resident:{resident.pk}"
    audit.record(
        actor=str(actor), act=act, subject=subject, detail={"flat": resident.flat_id, **detail}
    )
