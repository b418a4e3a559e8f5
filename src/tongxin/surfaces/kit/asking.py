"""What views ask about the request: who acts, with which right, on which ground."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from tongxin.foundation.access import policy, selectors
from tongxin.foundation.access.models import Member
from tongxin.foundation.access.roles import Permission
from tongxin.kernel.errors import Forbidden
from tongxin.surfaces.kit.middleware import login_redirect

P = ParamSpec("P")
_WHOLE = re.compile(r"[0-9]{1,18}")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


def acting_member(request: HttpRequest) -> Member:
    """Return the member behind the request; raises ``Forbidden`` for an account without one."""
    member: Member | None = getattr(request, "member", None)
    if not member:
        raise Forbidden("member.none", _("This log-in belongs to no active member."))
    return member


def member_page(*permissions: Permission) -> Callable[[View[P]], View[P]]:
    """Let a view be reached by members who hold any of ``permissions`` somewhere.

    Without a log-in the person is sent to the log-in page; without the right the answer is 403.
    What the member may see on the page is decided by scoped selectors, not here.
    """

    def wrap(view: View[P]) -> View[P]:
        @wraps(view)
        def inner(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if not request.user.is_authenticated:
                return login_redirect(request)
            member = acting_member(request)
            if permissions and not any(policy.holds(member, each) for each in permissions):
                raise Forbidden("page.forbidden", _("Your role does not open this page."))
            return view(request, *args, **kwargs)

        inner.permissions = permissions  # type: ignore[attr-defined]
        return cast(View[P], inner)

    return wrap


def whole_number(text: str) -> int | None:
    """Return what a form or an address says as a number, ``None`` when it is none that fits.

    Plain digits only, 18 at most: "²" is a digit to Python, and a hundred digits fit no column.
    """
    return int(text) if _WHOLE.fullmatch(text) else None


def topics_of(member: Member) -> list[str]:
    """Return the live topics that a member may hear: own page, own areas, the branch."""
    scope = selectors.scope_of(member, Permission.SEE_INCIDENTS)
    return [f"member:{member.pk}", *(f"area:{area_id}" for area_id in sorted(scope.area_ids))]
