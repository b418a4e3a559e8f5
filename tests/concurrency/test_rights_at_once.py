"""Real threads: two who decide one request, many who guess one code, a tap that comes twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from harness.at_once import at_once
from tongxin.kernel.errors import BadInput, Conflict, TongxinError

pytestmark = pytest.mark.django_db(transaction=True)
PHONE = "13800138000"


@pytest.fixture
def homes(held_clock: Any, settings: Any) -> Iterator[Any]:
    from tongxin.domain.homes.tests.making import standing_homes

    settings.DEMO = True
    yield from standing_homes()


def lines(act: str) -> int:
    from tongxin.foundation.audit.models import AuditEntry

    return AuditEntry.objects.filter(act=act).count()


def test_of_two_who_decide_at_once_one_wins_and_the_other_hears_so(homes: Any) -> None:
    from tongxin.domain.homes.tests.making import by, enter
    from tongxin.domain.rights import actions, selectors
    from tongxin.domain.rights.tests.making import visit
    from tongxin.foundation.access.models import Role
    from tongxin.foundation.access.tests.making import member
    from tongxin.plumbing.vault import selectors as vault

    someone = enter(homes.flat("501"), homes.officer)
    chief = member("戚局", Role.BRANCH_CHIEF, homes.ground.branch)
    asked = actions.ask(visit(PHONE), "delete")
    erase = actions.Answer("已删除", [someone.subject_id])
    results = at_once(
        lambda: actions.answer(asked.pk, erase, actor=by(homes.supervisor), version=1),
        lambda: actions.refuse(
            asked.pk, actor=by(chief), reason="not_made_sure", words="请到所里来", version=1
        ),
    )
    assert sorted(isinstance(result, Conflict) for result in results) == [False, True]
    assert lines("rights.answered") + lines("rights.refused") == 1
    decided = selectors.one(homes.supervisor, asked.pk).card.state
    assert vault.is_erased(someone.subject_id) == (decided == "answered")


def test_twenty_guesses_at_once_are_no_more_than_five_tries(homes: Any) -> None:
    from tongxin.domain.rights import codes

    sent = codes.send_code(PHONE)
    wrong = f"{(int(sent.code) + 1) % 1_000_000:06d}"

    def guess() -> object:
        return codes.enter_code(sent.session, wrong)

    results = at_once(*[guess] * 20)
    assert sum(isinstance(result, BadInput) for result in results) == codes.TRIES
    assert sum(isinstance(result, Conflict) for result in results) == 20 - codes.TRIES


def test_codes_asked_for_at_once_are_rationed_all_the_same(homes: Any) -> None:
    from tongxin.domain.rights import codes

    acts: list[Callable[[], object]] = [lambda: codes.send_code(PHONE)] * 8
    results = at_once(*acts)
    assert sum(not isinstance(each, TongxinError) for each in results) == codes.PER_NUMBER_HOUR


def test_a_consent_taken_back_twice_at_once_is_taken_back(homes: Any) -> None:
    from tongxin.domain.homes.tests.making import enter
    from tongxin.domain.rights import actions
    from tongxin.domain.rights.tests.making import visit
    from tongxin.plumbing.vault import selectors as vault

    someone = enter(homes.flat("501"), homes.officer)
    here = visit(PHONE)

    def tap() -> object:
        return actions.ask(here, "withdraw", concerns=[someone.subject_id])

    results = at_once(tap, tap)
    assert any(not isinstance(result, Exception) for result in results)
    assert all(not isinstance(r, Exception) or isinstance(r, TongxinError) for r in results)
    assert vault.is_erased(someone.subject_id)
