"""People of a station with a phone each, and what they press on it."""

from __future__ import annotations

from typing import Any

from django.test import Client

from tongxin.domain.dispatch.models import Assignment
from tongxin.domain.dispatch.tests.making import Station, planned
from tongxin.domain.incidents.models import Incident
from tongxin.foundation.access.models import Account, Member, Role
from tongxin.foundation.access.tests.making import member
from tongxin.foundation.territory.tests.making import spot

SCRIPT = {"Accept": "application/json", "HX-Request": "true"}


class Phones:
    """``officer`` is on duty on the beat where ``task`` gives somebody something to do."""

    def __init__(self) -> None:
        self.station = Station()
        self.officer = self.station.community_officer("李响", 0, spot(1, 1))
        self.other = member("王远", Role.COMMUNITY_OFFICER, self.station.beats[1])
        self.volunteer = member("孙热心", Role.SECURITY_VOLUNTEER, self.station.beats[0])

    def helper(self, role: Role) -> Member:
        return member("钱某", role, self.station.beats[0])

    def task(self, who: Member, kind: str = "help", state: str = "asked") -> Assignment:
        """Report something, and have ``who`` asked to go there."""
        row = Assignment.objects.filter(incident=planned(spot(1, 1), kind), state="asked").latest(
            "pk"
        )
        Assignment.objects.filter(pk=row.pk).update(member_id=who.pk, state=state)
        row.refresh_from_db()
        return row

    def of(self, who: Member) -> Client:
        """Return the phone of a member."""
        if who.account is None:
            who.account = Account.objects.create(username=who.code)
            who.save()
        client = Client(headers={"accept-language": "zh-hans"})
        client.force_login(who.account)
        return client

    def read(self, who: Member, path: str) -> str:
        """Return the page as ``who`` reads it."""
        answer = self.of(who).get(path)
        assert answer.status_code == 200, (path, answer.status_code)
        return answer.content.decode()

    def press(self, who: Member, path: str, **said: Any) -> tuple[int, dict[str, str]]:
        """Send a form as the page's script does; return status and what it says."""
        answer = self.of(who).post(path, said, headers=SCRIPT)
        return answer.status_code, answer.json()


def page_of(incident: Incident) -> str:
    return f"/field/incidents/{incident.number}/"
