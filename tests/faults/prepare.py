"""Fills a running site's database with a small ground and its people, and prints their tokens.

Run as a command with the site's environment: ``python prepare.py REPORTERS RESPONDERS``.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tests")]

PASSWORD = "the-dispatchers-own-word"


def main(reporters: int, responders: int) -> None:
    from tongxin.config import reaching

    with reaching.django():
        from tongxin.foundation.access.scope import acting_as

        with acting_as("test"):
            print(json.dumps(_cast(reporters, responders)))


def _cast(reporters: int, responders: int) -> dict[str, object]:
    from tongxin.domain.dispatch.tests.making import Station
    from tongxin.foundation.access.models import Account, Role
    from tongxin.foundation.access.tests.making import member

    station = Station()
    account = Account.objects.create_account("dispatcher", PASSWORD)
    station.dispatcher.account = account
    station.dispatcher.save(update_fields=["account"])
    shops = [member(f"店{n}", Role.PARTNER, station.beats[n % 4]) for n in range(reporters)]
    crews = [_on_duty(station, n) for n in range(responders)]
    return {
        "dispatcher": _token(station.dispatcher),
        "reporters": {who.pk: _token(who) for who in shops},
        "responders": {who.pk: _token(who) for who in crews},
    }


def _on_duty(station: object, number: int) -> object:
    """Officers everywhere; every fourth is the officer of a beat, who leads there."""
    from tongxin.domain.dispatch.tests.making import Station
    from tongxin.foundation.access.models import Role
    from tongxin.foundation.access.tests.making import member
    from tongxin.foundation.territory.tests.making import spot

    assert isinstance(station, Station)
    at, phone = spot(0.5 + number % 8, 0.5 + number // 8 % 8), f"138{number:07d}1"
    if number % 4:
        return station.officer(f"王{number}", at, phone=phone)
    who = member(f"李{number}", Role.COMMUNITY_OFFICER, station.beats[number // 4 % 4], phone=phone)
    return station.on_duty(who, at)


def _token(who: object) -> str:
    from tongxin.foundation.access.actions import issue_token
    from tongxin.foundation.access.models import Member
    from tongxin.foundation.access.scope import SystemActor

    assert isinstance(who, Member)
    return issue_token(member=who, actor=SystemActor("test"), name="faults")[0]


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
