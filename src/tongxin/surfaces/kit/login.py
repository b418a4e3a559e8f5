"""Accounts are made by the security administrator; nobody signs up. Log-ins leave their trail."""

from __future__ import annotations

import time
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.signals import password_changed
from allauth.core import context
from allauth.core.internal import ratelimit
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.contrib.auth.signals import user_logged_in
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tongxin.foundation.access.models import Account, Member, Role
from tongxin.foundation.audit import actions as audit
from tongxin.kernel import clock
from tongxin.surfaces.kit import locking
from tongxin.surfaces.kit.middleware import OWN_PASSWORD_KEY, member_of

JUST_NOW_SECONDS = 300
FAILED = "login_failed"
"""What allauth calls its count of wrong passwords."""

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
    """Closes sign-up, lets accounts rest after five failures, leads each role to its surface."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "username_password_mismatch": _(
            "The log-in name or the password is wrong. After five wrong tries the account rests "
            "for 15 minutes."
        ),
        "too_many_login_attempts": _("Too many tries. Wait a few minutes, then try again."),
        "incorrect_password": _("This password is wrong."),
        "enter_current_password": _("Type the password that you use now."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Say no: accounts come from the office."""
        return False

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Return the first page of the member's day."""
        return home_of(member_of(request))

    def get_signup_redirect_url(self, request: HttpRequest) -> Any:
        """There is no sign-up; send whoever asks to the log-in page."""
        return "/accounts/login/"

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        """Go on with the day once the password is changed."""
        return "/home/"

    def is_reauthentication_required(self, *, app: str) -> bool:
        """Ask for the password again before a factor is changed, unless it was given just now."""
        request = context.request
        given = get_authentication_records(request, request.user)
        return not any(time.time() - record["at"] < JUST_NOW_SECONDS for record in given)

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Refuse every password, the right one too, while the account rests."""
        until = locking.locked_until(credentials.get("username", ""))
        if until is not None:
            raise ValidationError(_resting(timezone.localtime(until).strftime("%H:%M")))
        super().pre_authenticate(request, **credentials)

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Count a wrong password; at the fifth the account rests, and the trail says so."""
        username = credentials.get("username", "")
        if not locking.note_failure(username):
            return
        # The rest takes over from allauth's own count, which would outlast it.
        self._forget_failures(request, username)
        member = Member.objects.filter(account__username__iexact=username.strip()).first()
        subject = f"member:{member.pk}" if member else "account:unknown"
        audit.record(actor="system:login", act="login.locked", subject=subject, allowed=False)

    def pre_login(self, request: HttpRequest, user: Account, **kwargs: Any) -> Any:
        """Ask for a password of one's own at the first log-in with a given one."""
        locking.forget(user.username)
        self._forget_failures(request, user.username)
        if user.last_login is None and not settings.DEMO:
            request.session[OWN_PASSWORD_KEY] = True
        return super().pre_login(request, user, **kwargs)

    def _forget_failures(self, request: HttpRequest, username: str) -> None:
        """Empty allauth's count for a log-in name; that for the address goes on."""
        key = self._get_login_attempts_cache_key(request, username=username)
        for rate in ratelimit.parse_rates(settings.ACCOUNT_RATE_LIMITS[FAILED]):
            if rate.per == "key":
                app = "allauth.account"
                cache.delete(
                    ratelimit.get_cache_key(request, app=app, action=FAILED, rate=rate, key=key)
                )


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Says in clear words what is wrong with a code or a key."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": _("This code is not right. Wait for the next one and try again."),
    }

    def get_totp_issuer(self) -> str:
        """Return the name under which the code stands in an authenticator app."""
        return settings.DISTRICT_NAME or gettext("Tongxin")


def unlock(username: str) -> None:
    """Let an account be used at once: the security administrator has made a new password."""
    locking.forget(username)


def _resting(until: str) -> str:
    return gettext(
        "After five wrong passwords this account rests until %(time)s. Wait till then, or ask your "
        "station’s security administrator."
    ) % {"time": until}


@receiver(user_logged_in)
def note_login(sender: Any, request: HttpRequest, user: Account, **rest: Any) -> None:
    """Write the log-in into the trail; a given password counts as unused until it is changed."""
    member = Member.objects.filter(account_id=user.pk).first()
    subject = f"member:{member.pk}" if member else f"account:{user.pk}"
    audit.record(actor=subject, act="login.opened", subject=subject)
    if request is not None and request.session.get(OWN_PASSWORD_KEY):
        Account.objects.filter(pk=user.pk).update(last_login=None)


@receiver(password_changed)
def note_own_password(sender: Any, request: HttpRequest, user: Account, **rest: Any) -> None:
    """From now on the account has a password of its owner's."""
    request.session.pop(OWN_PASSWORD_KEY, None)
    Account.objects.filter(pk=user.pk).update(last_login=clock.now())
