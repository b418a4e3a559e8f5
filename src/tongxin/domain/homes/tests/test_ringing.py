"""Refusal 12: an absent owner's number is dialled masked where there is a gateway."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tongxin.domain.homes import actions, ringing
from tongxin.domain.homes.models import Resident
from tongxin.domain.homes.tests.making import Homes, by, enter
from tongxin.foundation.access.models import Account
from tongxin.foundation.audit.models import AuditEntry
from tongxin.kernel.errors import BadInput, Conflict, Forbidden, NotFound
from tongxin.plumbing.channels import registry
from tongxin.plumbing.channels.tests import standin

pytestmark = pytest.mark.django_db
SECRET = "a-secret-of-the-gateway"
OWNER = "13700137001"


@pytest.fixture
def gateway(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[standin.StandIn]:
    """A call gateway on this machine, configured."""
    with standin.running(SECRET) as running:
        path = tmp_path / "channels.yaml"
        path.write_text(f"call:\n  url: {running.url}\n  secret: {SECRET}\n")
        monkeypatch.setenv("TONGXIN_CHANNELS", str(path))
        registry.forget()
        yield running
    registry.forget()


@pytest.fixture
def owner(homes: Homes) -> Resident:
    """An owner who lives elsewhere, of flat 601; a neighbour lives in it."""
    homes.officer.phone = "13500135000"
    homes.officer.save(update_fields=["phone"])
    flat = homes.flat("601")
    enter(flat, homes.officer, name="租客", part="tenant", phone="13600136000")
    return enter(flat, homes.officer, name="钱远行", part="owner", phone=OWNER, lives_here=False)


def logged_in(member: Any) -> Client:
    member.account = Account.objects.create(username=f"m{member.pk}")
    member.save(update_fields=["account"])
    client = Client()
    client.force_login(member.account)
    return client


def test_the_gateway_joins_two_telephones_and_no_number_is_opened(
    homes: Homes, owner: Resident, gateway: standin.StandIn
) -> None:
    opened = ringing.open_to_ring(owner.flat_id, "find_owner", actor=by(homes.officer))
    assert {(one.name, one.phone, one.masked) for one in opened} == {
        ("租客", "13600136000", False),
        ("钱远行", "", True),
    }
    asked: Any = {"actor": by(homes.officer), "once": "form-1"}
    ringing.connect(owner.flat_id, owner.pk, "find_owner", **asked)
    ringing.connect(owner.flat_id, owner.pk, "find_owner", **asked)  # the second tap
    (joined,) = gateway.connections.values()
    assert (joined["first"], joined["second"]) == ("13500135000", OWNER)
    acts = AuditEntry.objects.filter(subject=f"resident:{owner.pk}", act="homes.rung_masked")
    assert acts.count() == 2
    looks = AuditEntry.objects.filter(act="vault.reveal", subject=f"vault:{owner.phone_ref}")
    assert set(looks.values_list("purpose", flat=True)) == {"find_owner"}


def test_it_is_a_look_like_any_other(
    homes: Homes, owner: Resident, gateway: standin.StandIn
) -> None:
    with pytest.raises(Forbidden):
        ringing.connect(owner.flat_id, owner.pk, actor=by(homes.officer), once="1")
    with pytest.raises(NotFound):
        ringing.connect(owner.flat_id, owner.pk, "find_owner", actor=by(homes.outsider), once="1")
    homes.chief.phone = ""
    homes.chief.save(update_fields=["phone"])
    with pytest.raises(BadInput):  # no work telephone to put through
        ringing.connect(owner.flat_id, owner.pk, "find_owner", actor=by(homes.chief), once="1")
    assert gateway.connections == {}


def test_a_gateway_that_fails_says_so_and_the_number_opens_with_a_trail(
    homes: Homes, owner: Resident, gateway: standin.StandIn
) -> None:
    actions.amend_resident(owner.pk, actor=by(homes.officer), phone="13700137006")
    with pytest.raises(Conflict):
        ringing.connect(owner.flat_id, owner.pk, "find_owner", actor=by(homes.officer), once="1")
    opened = ringing.open_to_ring(owner.flat_id, "find_owner", actor=by(homes.officer), unmask=True)
    assert "13700137006" in {one.phone for one in opened}
    assert AuditEntry.objects.filter(act="homes.unmasked").count() == 1


def test_without_a_gateway_the_number_is_tapped_as_ever(homes: Homes, owner: Resident) -> None:
    registry.forget()
    opened = ringing.open_to_ring(owner.flat_id, "find_owner", actor=by(homes.officer))
    assert OWNER in {one.phone for one in opened}
    with pytest.raises(Conflict):
        ringing.connect(owner.flat_id, owner.pk, "find_owner", actor=by(homes.officer), once="1")


def test_the_page_rings_and_holds_no_number(
    homes: Homes, owner: Resident, gateway: standin.StandIn, settings: Any
) -> None:
    settings.SECOND_FACTOR_REQUIRED = False
    client = logged_in(homes.officer)
    page = client.post(reverse("field_flat_open", args=[owner.flat_id]), {"purpose": "find_owner"})
    text = page.content.decode()
    assert "钱远行" in text
    assert OWNER not in text.replace(" ", "")
    assert reverse("field_ring", args=[owner.flat_id, owner.pk]) in text
    rung = client.post(
        reverse("field_ring", args=[owner.flat_id, owner.pk]),
        {"purpose": "find_owner", "once": "abc"},
    )
    assert rung.status_code == 200
    assert OWNER not in rung.content.decode().replace(" ", "")
    assert len(gateway.connections) == 1
    # a neighbour who happens to be a member of the ground sees and rings nobody
    neighbour = logged_in(homes.volunteer)
    assert (
        neighbour.post(
            reverse("field_ring", args=[owner.flat_id, owner.pk]), {"purpose": "find_owner"}
        ).status_code
        == 403
    )
    assert len(gateway.connections) == 1
