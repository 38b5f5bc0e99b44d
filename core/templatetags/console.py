"""What the console's templates ask of Python: where a page is, and how a value is written.

The theme loads every module of template tags while it is imported itself, so that what stands on the theme is imported
in the functions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import template

if TYPE_CHECKING:
    from core.console.trail import Trail

register = template.Library()


@register.filter
def shown(value: object) -> object:
    """How a page writes a value: core.console.parts.shown."""
    from core.console import parts

    return parts.shown(value)


@register.simple_tag(takes_context=True)
def trail(context: template.Context) -> Trail:
    """Where the page is. It reads `request`, `title` and, on a model's pages, `opts` and `original`."""
    from core.console.trail import trail_of

    return trail_of(context["request"], context.get("title", ""), context.get("opts"), context.get("original"))
