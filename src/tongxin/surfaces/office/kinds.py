"""Kinds of incident: each procedure drawn, where it comes from, and a district's own table."""

from __future__ import annotations

from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from tongxin.domain.incidents import adopting
from tongxin.domain.incidents.kinds import Kind, Kinds, WrongTable, check, registry
from tongxin.foundation.access import policy
from tongxin.foundation.access.roles import Permission
from tongxin.foundation.access.scope import acting_as
from tongxin.kernel.errors import BadInput, NotFound, TongxinError
from tongxin.kernel.lifecycle import BACK
from tongxin.surfaces.kit.asking import acting_member, member_page
from tongxin.surfaces.kit.procedure_words import field_words
from tongxin.surfaces.office import uploads, words
from tongxin.surfaces.office.drawing import drawn, is_drawn, order_of
from tongxin.surfaces.office.frame import rights_of, show

LINES_ROUND = 2
OK = 200


@require_GET
@member_page(*rights_of("kinds"))
def page(request: HttpRequest) -> HttpResponse:
    """List the kinds with where each comes from, and the check of the district's own table."""
    uploads.forget_old()
    return show(request, "kinds", _context(request), here="kinds")


def _context(request: HttpRequest) -> dict[str, Any]:
    table, own = registry(), adopting.district_text()
    return {
        "kinds": [(kind, _origin(kind, own is not None)) for kind in table.kinds.values()],
        "own": own is not None,
        "wrong": _wrong(own),
        "may_change": policy.holds(acting_member(request), Permission.MANAGE_KINDS),
    }


def _origin(kind: Kind, has_own: bool) -> str:
    """Say whether a kind is the package's own or was changed by the district's file."""
    if not has_own:
        return "package"
    return "package" if check(None).kinds.get(kind.code) == kind else "district"


def _wrong(content: bytes | None) -> dict[str, Any] | None:
    """Check a table as it lies there; return what is wrong with it, ``None`` for nothing."""
    if content is None:
        return None
    try:
        adopting.check_text(content)
    except TongxinError as error:
        return _told(error, content)
    return None


def _told(error: TongxinError, content: bytes) -> dict[str, Any]:
    """Return what is wrong with the line itself and those round it."""
    said: dict[str, Any] = {"message": str(error.message), "line": None, "lines": []}
    if isinstance(error, WrongTable) and error.file == adopting.FILE_SHOWN:
        text = content.decode("utf-8", "replace").splitlines()
        first = max(1, error.line - LINES_ROUND)
        last = min(len(text), error.line + LINES_ROUND)
        said |= {
            "message": error.says,
            "line": error.line,
            "lines": [(n, text[n - 1]) for n in range(first, last + 1)],
        }
    return said


@require_GET
@member_page(*rights_of("kinds"))
def one(request: HttpRequest, code: str) -> HttpResponse:
    """Show one kind: its procedure drawn, its clocks, who is called, what the reporter hears."""
    kind = _kind(registry(), code)
    context = {
        "kind": kind,
        "origin": _origin(kind, adopting.district_text() is not None),
        "role_name": words.role_name,
        "level_name": words.level_name,
        "act_words": lambda act: words.of(words.ACTS, act),
        "clock_words": lambda name: words.of(words.CLOCKS, name),
        "part_words": lambda part: words.of(words.PARTS, part),
    }
    if not kind.count_only:
        context |= {"drawing": drawn(kind), "acts": _acts(kind)}
    return show(request, "kind", context, here="kinds")


def _kind(table: Kinds, code: str) -> Kind:
    found = table.kinds.get(code)
    if found is None:
        raise NotFound("kind.unknown", _("There is no such kind."), field="kind")
    return found


def _acts(kind: Kind) -> list[dict[str, Any]]:
    """Return the acts as rows: from where to where, who may, what is asked, which clocks."""
    order = order_of(kind.lifecycle.states)
    return [
        {
            "words": words.of(words.ACTS, act),
            "sources": [str(kind.face(s).words) for s in kind.lifecycle.states if s in t.sources],
            "target": "" if t.target == BACK else str(kind.face(t.target).words),
            "may": str(words.RIGHTS.get(Permission(t.permission), t.permission)),
            "requires": [field_words(name) for name in t.requires],
            "starts": [words.of(words.CLOCKS, name) for name in t.starts],
            "stops": [_stopped(name) for name in t.stops],
            "drawn": is_drawn(t, order),
        }
        for act, t in kind.lifecycle.transitions.items()
    ]


def _stopped(name: str) -> str:
    return _("all clocks") if name == "all" else words.of(words.CLOCKS, name)


@require_POST
@member_page(Permission.MANAGE_KINDS)
def upload(request: HttpRequest) -> HttpResponse:
    """Check a district's table; take it over only when it is clean and ``adopt`` was pressed.

    A table that was found clean is kept for an hour, so that nobody chooses it twice (``key``).
    """
    owner, key = acting_member(request).pk, request.POST.get("key", "")
    try:
        if not key:
            key = uploads.keep(_small(request), uploads.TABLE_ENDINGS, owner)
        content = uploads.file_of(key, owner).read_bytes()
    except TongxinError as error:
        context = _context(request) | {"errors": {"table": str(error.message)}}
        return show(request, "kinds", context, here="kinds", status=error.status)
    answer = _take(request, content, key)
    if "adopt" in request.POST or answer.status_code != OK:
        uploads.drop(key, owner)
    return answer


def _small(request: HttpRequest) -> UploadedFile[bytes]:
    given = request.FILES.get("table")
    if given is None or given.size is None or given.size > adopting.LARGEST_BYTES:
        raise BadInput("kinds.file", _("Choose a kinds.yaml of at most 1 MB."), field="table")
    return given


def _take(request: HttpRequest, content: bytes, key: str) -> HttpResponse:
    try:
        with acting_as(acting_member(request)) as actor:
            if "adopt" in request.POST:
                adopting.adopt(content, actor=actor)
            else:
                adopting.check_text(content)
    except TongxinError as error:
        context = _context(request) | {"refused": _told(error, content)}
        return show(request, "kinds", context, here="kinds", status=error.status)
    if "adopt" in request.POST:
        return HttpResponseRedirect(reverse("office_kinds"))
    return show(request, "kinds", _context(request) | {"clean": key}, here="kinds")


@require_POST
@member_page(Permission.MANAGE_KINDS)
def give_up(request: HttpRequest) -> HttpResponse:
    """Go back to the package's table."""
    with acting_as(acting_member(request)) as actor:
        adopting.give_up(actor=actor)
    return HttpResponseRedirect(reverse("office_kinds"))


@require_GET
@member_page(*rights_of("kinds"))
def download(request: HttpRequest) -> HttpResponse:
    """Return the district's own table as it lies there."""
    content = adopting.district_text()
    if content is None:
        raise NotFound("kinds.none", _("The district has no table of its own."))
    response = HttpResponse(content, content_type="text/yaml; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="kinds.yaml"'
    return response
