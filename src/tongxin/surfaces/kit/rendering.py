"""One view, two answers: the whole page, or the one block that htmx asks for."""

from __future__ import annotations

from typing import Any

import jinja2
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.template.backends.jinja2 import Jinja2
from django.template.backends.utils import csrf_input_lazy, csrf_token_lazy
from django.utils.cache import patch_vary_headers
from jinja2_fragments import BlockNotFoundError


def engine() -> Jinja2:
    """Return Django's configured Jinja2 backend; raises ``LookupError`` if there is none."""
    for backend in engines.all():
        if isinstance(backend, Jinja2):
            return backend
    raise LookupError("TEMPLATES has no Jinja2 backend")


def is_fragment(request: HttpRequest) -> bool:
    """Say whether htmx asks for a part (and not for a page that it restores from history)."""
    headers = request.headers
    return (
        headers.get("HX-Request") == "true" and headers.get("HX-History-Restore-Request") != "true"
    )


def render(
    request: HttpRequest,
    template: str,
    context: dict[str, Any] | None = None,
    *,
    block: str | None = None,
    status: int = 200,
) -> HttpResponse:
    """Render ``template``; only its ``block`` when htmx asks and a block is named."""
    backend = engine()
    filled = full_context(request, backend, context or {})
    environment: jinja2.Environment = backend.env
    if block and is_fragment(request):
        html = one_block(environment, template, block, filled)
    else:
        html = environment.get_template(template).render(filled)
    response = HttpResponse(html, status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response


def fragment(
    request: HttpRequest,
    template: str,
    block: str,
    context: dict[str, Any] | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    """Render one block of ``template``, whoever asks."""
    backend = engine()
    filled = full_context(request, backend, context or {})
    return HttpResponse(one_block(backend.env, template, block, filled), status=status)


def one_block(
    environment: jinja2.Environment, name: str, block: str, filled: dict[str, Any]
) -> str:
    """Render one block with the imports at the head of its template in force.

    ``jinja2_fragments.render_block`` calls the block without them. The template's root runs up to
    its first output here, which is where the head ends; raises ``BlockNotFoundError``.
    """
    template = environment.get_template(name)
    draw = template.blocks.get(block)
    if draw is None:
        raise BlockNotFoundError(block, name)
    context = template.new_context(filled)
    try:
        next(iter(template.root_render_func(context)), None)
        return str(environment.concat(draw(context)))
    except Exception:
        environment.handle_exception()


def full_context(request: HttpRequest, backend: Jinja2, context: dict[str, Any]) -> dict[str, Any]:
    """Return ``context`` with request, csrf and what the context processors add, as Django does."""
    filled: dict[str, Any] = {
        "request": request,
        "csrf_input": csrf_input_lazy(request),
        "csrf_token": csrf_token_lazy(request),
    }
    for process in backend.template_context_processors:
        filled |= process(request)
    return filled | context
