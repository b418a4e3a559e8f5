"""An export of one's own ground, with a purpose, a trail and a watermark on every page.

Refusal 12: no care mark is ever exported, and over several buildings nothing shows which flats are
empty: there, only people who live in the place are listed, without the flats' states.
"""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Sequence

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tongxin.domain.homes import addresses, policy
from tongxin.domain.homes.models import Flat, Part, Resident
from tongxin.foundation.access import policy as access
from tongxin.foundation.access.models import Member
from tongxin.foundation.access.roles import Permission
from tongxin.foundation.access.scope import Actor, MemberActor
from tongxin.foundation.audit import actions as audit
from tongxin.foundation.territory.models import Building
from tongxin.kernel import clock
from tongxin.kernel.errors import BadInput, Forbidden
from tongxin.plumbing.vault import actions as vault

MOST_BUILDINGS = 200
ONE_BUILDING = ("building", "unit", "flat", "state", "name", "phone", "part")
SEVERAL_BUILDINGS = ("building", "unit", "flat", "name", "phone", "part")
"""The columns of an export; nothing else is ever in one."""
HEADINGS = {
    "building": _("Building"),
    "unit": _("Unit"),
    "flat": _("Flat"),
    "state": _("State"),
    "name": _("Name"),
    "phone": _("Telephone"),
    "part": _("Relation"),
}


def export_homes(
    building_ids: Sequence[int], purpose: str, because: str = "", *, actor: Actor
) -> bytes:
    """Return an Excel file of buildings on the officer's own ground.

    The look is in the trail, committed, before anything is opened; each printed page names the
    member and the time. Protected people and minors are left out; over several buildings also
    whoever does not live there, and the flats' states. Raises ``NotFound`` off the ground,
    ``Forbidden`` without the right or a purpose, ``BadInput`` for too many buildings or none.
    """
    if not isinstance(actor, MemberActor):
        raise Forbidden("homes.member_only", _("Only a member opens personal data."))
    ids = sorted(set(building_ids))
    if not 1 <= len(ids) <= MOST_BUILDINGS:
        raise BadInput("homes.export", _("Choose the buildings, 200 at most."), field="buildings")
    buildings = {b.pk: b for b in Building.objects.filter(pk__in=ids).defer("grams")}
    for building_id in ids:
        if building_id not in buildings:
            raise policy.absent()
        areas = policy.ground_of(buildings[building_id])
        policy.require_ground(actor, areas)
        access.require(actor, Permission.SEE_REGISTER, areas)
    with policy.as_member(actor):
        rows = _rows(ids, purpose, because, actor)
    mark = _watermark(actor.member, purpose)
    columns = ONE_BUILDING if len(ids) == 1 else SEVERAL_BUILDINGS
    return _workbook([[row[name] for name in columns] for row in rows], columns, mark)


def _rows(
    building_ids: list[int], purpose: str, because: str, actor: MemberActor
) -> list[dict[str, str]]:
    alone = len(building_ids) == 1
    flats = Flat.objects.filter(unit__building_id__in=building_ids)
    flats = flats.select_related("unit__building").order_by(
        "unit__building__estate", "unit__building_id", "unit__position", "floor", "number"
    )
    people = Resident.objects.filter(
        flat__unit__building_id__in=building_ids,
        left_at__isnull=True,
        is_protected=False,
        is_minor=False,
    ).order_by("ring_order", "id")
    people = people if alone else people.filter(lives_here=True)
    of_flat: dict[int, list[Resident]] = defaultdict(list)
    for person in people:
        of_flat[person.flat_id].append(person)
    texts = _opened([p for each in of_flat.values() for p in each], purpose, because, actor)
    audit.record(
        actor=str(actor),
        act="homes.exported",
        subject=f"building:{building_ids[0]}",
        purpose=purpose,
        detail={"buildings": building_ids, "people": sum(map(len, of_flat.values()))},
        durable=True,
    )
    nobody: list[Resident | None] = [None] if alone else []
    return [_line(flat, person, texts) for flat in flats for person in (of_flat[flat.pk] or nobody)]


def _opened(
    people: list[Resident], purpose: str, because: str, actor: MemberActor
) -> dict[int, str]:
    refs = [ref for p in people for ref in (p.name_ref, p.phone_ref) if ref is not None]
    if not refs:
        vault.note_look(["homes-export"], actor, purpose, because)
        return {}
    return vault.reveal_many(refs, actor=actor, purpose=purpose, because=because)


def _line(flat: Flat, person: Resident | None, texts: dict[int, str]) -> dict[str, str]:
    row = {
        "building": flat.unit.building.label,
        "unit": addresses.inside(flat.unit.number, ""),
        "flat": flat.number,
        "state": str(flat.get_state_display()),
    }
    empty = {"name": "", "phone": "", "part": ""}
    if person is None:
        return row | empty
    return row | {
        "name": texts.get(person.name_ref or 0, ""),
        "phone": texts.get(person.phone_ref or 0, ""),
        "part": str(Part(person.part).label),
    }


def _watermark(member: Member, purpose: str) -> str:
    at = timezone.localtime(clock.now()).strftime("%Y-%m-%d %H:%M")
    said = _("Opened by %(name)s (%(code)s) on %(at)s for: %(purpose)s. Do not pass on.")
    return str(said) % {"name": member.name, "code": member.code, "at": at, "purpose": purpose}


def _workbook(lines: list[list[str]], columns: Sequence[str], mark: str) -> bytes:
    from openpyxl import Workbook
    from openpyxl.styles import Font

    book = Workbook()
    sheet = book.create_sheet(title="homes", index=0)
    sheet.append([mark])
    sheet.append([str(HEADINGS[name]) for name in columns])
    for line in lines:
        sheet.append([_harmless(text) for text in line])
    sheet["A1"].font = Font(bold=True, color="888888")
    sheet.print_title_rows = "1:2"  # repeated at the top of every printed page
    shown = mark.replace("&", "&&")[:200]
    for part in (sheet.oddHeader, sheet.oddFooter, sheet.evenHeader, sheet.evenFooter):
        part.center.text = shown
    sheet.protection.sheet = True
    for unused in [each for each in book.sheetnames if each != "homes"]:
        del book[unused]
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _harmless(text: str) -> str:
    """Return text that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in ("=", "@", "-") or text[:2] == "+=" else text
