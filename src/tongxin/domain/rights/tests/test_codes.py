from __future__ import annotations

from typing import Any

import pytest

from tongxin.domain.homes.tests.making import enter
from tongxin.domain.rights import codes
from tongxin.domain.rights.models import PhoneCode
from tongxin.domain.rights.tests.making import PHONE, visit
from tongxin.foundation.access.scope import acting_as
from tongxin.kernel.errors import BadInput, Conflict
from tongxin.plumbing.vault import selectors as vault_selectors


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


def test_five_wrong_tries_end_a_code_and_the_right_one_is_no_use_then(homes: Any) -> None:
    sent = codes.send_code(PHONE)
    for _try in range(codes.TRIES):
        with pytest.raises(BadInput):
            codes.enter_code(sent.session, wrong(sent.code))
    with pytest.raises(Conflict) as caught:
        codes.enter_code(sent.session, sent.code)
    assert caught.value.code == "rights.code_over"


def test_a_code_holds_ten_minutes_and_opens_once(homes: Any, held_clock: Any) -> None:
    sent = codes.send_code(PHONE)
    held_clock.advance(601)
    with pytest.raises(Conflict):
        codes.enter_code(sent.session, sent.code)
    again = codes.send_code(PHONE)
    assert codes.enter_code(again.session, f" {again.code[:3]} {again.code[3:]}").is_open
    with pytest.raises(Conflict):
        codes.enter_code(again.session, again.code)


def test_a_visit_ends_after_fifteen_minutes_or_by_leaving_and_its_number_is_erased(
    homes: Any, held_clock: Any
) -> None:
    sent = codes.send_code(PHONE)
    codes.enter_code(sent.session, sent.code)
    opened = codes.visit(sent.session)
    assert opened is not None
    assert codes.phone_of(opened) == "+8613800138000"
    held_clock.advance(15 * 60 + 1)
    assert codes.visit(sent.session) is None
    codes.sweep()
    assert vault_selectors.find(phone=PHONE) == []
    other = codes.send_code(PHONE)
    codes.end(other.session)
    assert codes.visit(other.session) is None
    assert vault_selectors.find(phone=PHONE) == []
    held_clock.advance(3 * 86_400)
    codes.sweep()
    with acting_as("test"):
        assert not PhoneCode.objects.exists()


def test_codes_are_rationed_by_number_and_by_address_whether_or_not_something_is_held(
    homes: Any, held_clock: Any
) -> None:
    enter(homes.flat("501"), homes.officer)

    def sent_until_refused(phone: str, address: str) -> int:
        for count in range(50):
            try:
                codes.send_code(phone, address=address)
            except codes.TooMany:
                return count
        return 50

    assert sent_until_refused(PHONE, "203.0.113.1") == codes.PER_NUMBER_HOUR
    assert sent_until_refused("13911112222", "203.0.113.2") == codes.PER_NUMBER_HOUR
    held_clock.advance(3_601)
    assert sent_until_refused(PHONE, "203.0.113.1") == codes.PER_NUMBER_HOUR
    held_clock.advance(3_601)
    assert sent_until_refused(PHONE, "203.0.113.1") == 0  # six a day
    one_address = [sent_until_refused(f"1392222{n:04d}", "203.0.113.3") for n in range(6)]
    assert sum(one_address) == codes.PER_ADDRESS_HOUR


def test_nothing_of_a_code_lies_in_clear(homes: Any, settings: Any, tmp_path: Any) -> None:
    from django.db import connection

    from tongxin.plumbing.channels import registry
    from tongxin.plumbing.channels.models import Delivery

    (tmp_path / "channels.yaml").write_text(
        "sms: {url: 'http://127.0.0.1:9', secret: '0123456789abcdef'}\n"
    )
    settings.TONGXIN_DATA, before = tmp_path, settings.TONGXIN_DATA
    registry.forget()
    try:
        sent = codes.send_code(PHONE)
    finally:
        settings.TONGXIN_DATA = before
        registry.forget()
    delivery = Delivery.objects.get(template="rights.code")
    with acting_as("test"), connection.cursor() as cursor:
        cursor.execute("SELECT p::text FROM rights_phonecode p")
        row = cursor.fetchone()[0]
    for secret in (sent.code, sent.session, "13800138000"):
        assert secret not in str(delivery.values)
        assert secret not in row


def test_the_message_that_goes_out_carries_the_code(homes: Any) -> None:
    from tongxin.plumbing.channels import sending, templates
    from tongxin.plumbing.channels.models import Delivery
    from tongxin.plumbing.vault import actions as vault

    stored = vault.put(
        category="rights_code", fields={"phone": PHONE, "code": "482913"}, actor="system:test",
        legal_basis="duty", basis_rule="pipl_50",
    )  # fmt: skip
    values = {"sealed": str(stored.refs["code"]), "minutes": 10}
    row = Delivery(
        pk=1, once_key="k", channel="sms", recipient=f"vault:{stored.refs['phone']}",
        template="rights.code", values=values,
    )  # fmt: skip
    ((_id, outgoing),) = sending._addressed([row])
    assert "482913" in outgoing.text
    assert outgoing.address == PHONE
    assert "482913" not in templates.render("rights.code", values)


@pytest.mark.parametrize("phone", ["", "abc", "1", "9" * 40, "138\x00", "٣٣٣٣٣٣٣٣"])
def test_what_is_no_number_is_said_so(homes: Any, phone: str) -> None:
    with pytest.raises(BadInput):
        codes.send_code(phone)


def test_a_session_of_somebody_elses_making_is_none(homes: Any) -> None:
    visit()
    for session in ("", "x" * 5_000, "0"):
        assert codes.visit(session) is None
