"""What Django's own templates (django-allauth's pages) need of the kit."""

from __future__ import annotations

from django import template
from django.utils.safestring import SafeString, mark_safe

from tongxin.surfaces.kit import jinja
from tongxin.surfaces.kit.assets import vite_tags

register = template.Library()


@register.simple_tag
def kit_assets(*entries: str) -> SafeString:
    """Return the tags that load the entries, as ``vite_tags`` gives them."""
    return mark_safe(vite_tags(*entries))  # noqa: S308 - made of Markup with escaped addresses


@register.simple_tag
def html_lang() -> str:
    """Return the active language as HTML writes it."""
    return jinja.html_lang()


@register.simple_tag(takes_context=True)
def theme(context: template.Context) -> str:
    """Return the reader's chosen theme, or ''."""
    return jinja.theme_of(context.get("request"))
