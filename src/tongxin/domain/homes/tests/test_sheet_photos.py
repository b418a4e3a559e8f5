"""Photographs of paper sheets: kept until done, then gone; cells of a sheet as people."""

from __future__ import annotations

import io
from typing import Any

import pytest
from PIL import Image

from tongxin.domain.homes import actions, importing, selectors
from tongxin.domain.homes.importing import HomeFault
from tongxin.domain.homes.keeping import Ground
from tongxin.domain.homes.models import Resident, Sheet
from tongxin.domain.homes.tests.making import Homes, by
from tongxin.foundation.access.scope import acting_as
from tongxin.foundation.audit.models import AuditEntry
from tongxin.kernel.errors import BadInput, Forbidden, NotFound
from tongxin.plumbing.vault import erasing
from tongxin.plumbing.vault import selectors as vault_selectors

pytestmark = pytest.mark.django_db
DUTY = Ground("duty", "police_law_21")


def photo() -> bytes:
    out = io.BytesIO()
    image = Image.new("RGB", (60, 40), "white")
    exif = Image.Exif()
    exif[0x010F] = "PhoneMaker"
    image.save(out, "JPEG", exif=exif)
    return out.getvalue()


def test_a_sheet_waits_until_it_is_done_and_its_photo_is_gone_then(homes: Homes) -> None:
    officer = by(homes.officer)
    sheet = actions.add_sheet(homes.units[1].pk, photo(), actor=officer)
    (card,) = selectors.waiting_sheets(homes.officer)
    assert (card.id, card.unit_number, card.building_id) == (sheet.pk, "2", homes.here.pk)
    seen = actions.open_sheet(sheet.pk, actor=officer)
    assert b"PhoneMaker" not in seen
    assert Image.open(io.BytesIO(seen)).size == (60, 40)
    look = AuditEntry.objects.get(subject=f"vault-file:{sheet.photo_token}")
    assert (look.purpose, look.actor) == ("keep_register", str(officer))
    actions.finish_sheet(sheet.pk, actor=officer)
    assert selectors.waiting_sheets(homes.officer) == []
    assert vault_selectors.is_erased(sheet.subject_id)
    with pytest.raises(NotFound):
        actions.open_sheet(sheet.pk, actor=officer)
    with acting_as("test"):
        assert Sheet.objects.get(pk=sheet.pk).done_at is not None


def test_a_sheet_shows_to_the_officers_of_its_ground_only(homes: Homes) -> None:
    sheet = actions.add_sheet(homes.units[0].pk, photo(), actor=by(homes.officer))
    assert [card.id for card in selectors.waiting_sheets(homes.chief)] == [sheet.pk]
    assert selectors.waiting_sheets(homes.outsider) == []
    assert selectors.waiting_sheets(homes.grid_worker) == []
    with pytest.raises(NotFound):
        actions.open_sheet(sheet.pk, actor=by(homes.outsider))
    with pytest.raises(Forbidden):
        actions.open_sheet(sheet.pk, actor=by(homes.grid_worker))
    with pytest.raises(Forbidden):
        actions.add_sheet(homes.units[0].pk, photo(), actor=by(homes.grid_worker))
    with pytest.raises(BadInput):
        actions.add_sheet(homes.units[0].pk, b"no photo", actor=by(homes.officer))


def test_a_sheet_nobody_finishes_goes_by_itself(homes: Homes, held_clock: Any) -> None:
    sheet = actions.add_sheet(homes.units[0].pk, photo(), actor=by(homes.officer))
    held_clock.advance(91 * 24 * 3600)
    erasing.erase_due()
    assert vault_selectors.is_erased(sheet.subject_id)
    assert selectors.waiting_sheets(homes.officer) == []


def test_a_sheet_is_put_to_the_right_unit_of_its_building(homes: Homes) -> None:
    officer = by(homes.officer)
    sheet = actions.add_sheet(homes.units[0].pk, photo(), actor=officer)
    actions.move_sheet(sheet.pk, homes.units[1].pk, actor=officer)
    assert selectors.waiting_sheets(homes.officer)[0].unit_id == homes.units[1].pk
    with pytest.raises(NotFound):
        actions.move_sheet(sheet.pk, homes.far_unit.pk, actor=officer)


def test_cells_of_a_sheet_become_people(homes: Homes) -> None:
    first, second, third = (homes.flat(number).pk for number in ("501", "502", "401"))
    cells = [
        (first, "张三 13800138000 房主; 李四 13900139000"),
        (second, "402 王五 13700137000"),
        (third, "小明 孩子"),
        (third, "110101199003071233 赵六"),
    ]
    done = importing.fill_cells(homes.here.pk, cells, actor=by(homes.officer), ground=DUTY)
    assert (done.people, done.flats) == (2, {first: 2})
    assert [row.fault for row in done.bad] == [
        HomeFault.WRONG_FLAT,
        HomeFault.MINOR,
        HomeFault.IDENTITY,
    ]
    again = importing.fill_cells(homes.here.pk, cells[:1], actor=by(homes.officer), ground=DUTY)
    assert (again.people, again.duplicates) == (0, 2)
    with acting_as("test"):
        kept = list(Resident.objects.order_by("id").values_list("part", "legal_basis"))
    assert kept == [("owner", "duty"), ("occupant", "duty")]
    with pytest.raises(NotFound):
        importing.fill_cells(
            homes.there.pk, [(first, "张三")], actor=by(homes.outsider), ground=DUTY
        )
