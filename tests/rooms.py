"""The rooms of the product: the folders beside this one that hold its code."""

from __future__ import annotations

from django.conf import settings

ROOMS = tuple(
    sorted(
        path.parent.name
        for path in settings.BASE_DIR.glob("*/__init__.py")
        if path.parent.name not in {"deploy", "tests"}
    )
)
"""Without deploy, which the production image leaves out."""

APPS = tuple(room for room in ROOMS if room != "config")
