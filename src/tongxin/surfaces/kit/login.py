"""Accounts are made by the security administrator; nobody signs up."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest

from tongxin.foundation.access.models import Member, Role
from tongxin.surfaces.kit.middleware import member_of

HOME_OF_ROLE: dict[str, str] = {
    Role.DISPATCHER: "/console/",
    Role.SUPERVISOR: "/console/",
    Role.STATION_CHIEF: "/office/",
    Role.DEPUTY_STATION_CHIEF: "/office/",
    Role.BRANCH_CHIEF: "/office/",
    Role.SYSTEM_ADMINISTRATOR: "/office/",
    Role.SECURITY_ADMINISTRATOR: "/office/",
    Role.AUDIT_ADMINISTRATOR: "/office/",
}
"""Where a log-in leads; everybody else works on a phone."""


def home_of(member: Member | None) -> str:
    """Return the page on which a member's day begins."""
    if member is None:
        return "/"
    return HOME_OF_ROLE.get(member.kind, "/field/")


class ClosedSignupAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Closes sign-up and sends each role to its own surface after log-in."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Say no: accounts come from the office."""
        return False

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Return the first page of the member's day."""
        return home_of(member_of(request))

    def get_signup_redirect_url(self, request: HttpRequest) -> Any:
        """There is no sign-up; send whoever asks to the log-in page."""
        return "/accounts/login/"
