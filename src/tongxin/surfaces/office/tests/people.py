"""One of each who works in the office, each with a log-in, on a small district."""

from __future__ import annotations

from functools import cache

from django.contrib.auth.hashers import make_password
from django.test import Client

from tongxin.foundation.access.models import Account, Member, Role
from tongxin.foundation.access.tests.making import give, member
from tongxin.foundation.territory import locating
from tongxin.foundation.territory.models import Post
from tongxin.foundation.territory.tests.making import District, spot
from tongxin.kernel import clock

PASSWORD = "平安同心-2026-right"


@cache
def hashed() -> str:
    """Return the password's hash: slow on purpose, so it is made once."""
    return make_password(PASSWORD)


def give_log_in(one: Member, username: str) -> Member:
    """Give a member a log-in that has been used before."""
    one.account = Account.objects.create(
        username=username, password=hashed(), last_login=clock.now()
    )
    one.save()
    return one


class Office:
    """The people by the name of their log-in, on `District`."""

    def __init__(self) -> None:
        locating.forget()
        self.ground = District()
        branch, station = self.ground.branch, self.ground.station
        self.people = {
            "chief": member("丁武歌", Role.STATION_CHIEF, station),
            "branchchief": member("龚长海", Role.BRANCH_CHIEF, branch),
            "sysadmin": member("梁系统", Role.SYSTEM_ADMINISTRATOR, branch),
            "secadmin": member("付安全", Role.SECURITY_ADMINISTRATOR, branch),
            "auditor": member("苏审计", Role.AUDIT_ADMINISTRATOR, branch),
            "officer": member("李响", Role.COMMUNITY_OFFICER, self.ground.beats[0]),
            "gridworker": member("赵小网", Role.GRID_WORKER, self.ground.grids[0]),
            "partner": member("钱店主", Role.PARTNER, self.ground.beats[0]),
        }
        give(self.people["secadmin"], Role.SECURITY_ADMINISTRATOR, self.ground.community)
        for name, one in self.people.items():
            give_log_in(one, name)
        here = spot(0.5, 0.5)
        self.post = Post.objects.create(
            kind="room", code="R1", name="第一警务室", lon=here.lon, lat=here.lat,
            phone="02781230000", area=self.ground.beats[0],
        )  # fmt: skip
        locating.forget()

    def log_in(self, name: str, client: Client | None = None) -> Client:
        """Return a browser in which the member is logged in; it speaks English."""
        client = client or Client(headers={"accept-language": "en"})
        account = self.people[name].account
        assert account is not None
        client.force_login(account)
        return client
