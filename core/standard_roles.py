"""Makes the standard roles and keeps what they may do equal to the catalogue of authorities: with each migration."""

from __future__ import annotations

from typing import Any

from django.apps import apps as installed
from django.apps.registry import Apps

from core.authority import StandardRole, authorities
from core.limits import ANY


def after_migrate(*, apps: Apps = installed, **_: Any) -> None:
    """Hears post_migrate. Before core has its tables there is nothing to do."""
    try:
        apps.get_model("core", "Role")
    except LookupError:
        return
    make_standard_roles(apps)


def make_standard_roles(apps: Apps) -> None:
    """Make what is missing. A role gets the catalogue's limits when it is made; from then on they are the shop's."""
    permissions = _make_permissions(apps)
    for standard in StandardRole:
        role = _make_role(apps, standard)
        held = {name for each in authorities() if standard in each.roles for name in each.permissions}
        _hold_exactly(role.group, {permissions[name] for name in held})


def _make_permissions(apps: Apps) -> dict[str, int]:
    """The id of every permission of the catalogue, by name: "orders.cancel_order"."""
    model = apps.get_model("auth", "Permission")
    wanted = {name: each.title for each in authorities() for name in each.permissions}
    types = _make_content_types(apps)
    known = _known_permissions(model, set(types.values()))
    model.objects.bulk_create(
        model(content_type_id=types[app, codename.rpartition("_")[2]], codename=codename, name=title)
        for (app, codename), title in ((name.split("."), title) for name, title in wanted.items())
        if f"{app}.{codename}" not in known
    )
    return _known_permissions(model, set(types.values()))


def _known_permissions(model: Any, types: set[int]) -> dict[str, int]:
    rows = model.objects.filter(content_type__in=types).values_list("content_type__app_label", "codename", "pk")
    return {f"{app}.{codename}": pk for app, codename, pk in rows}


def _make_content_types(apps: Apps) -> dict[tuple[str, str], int]:
    """The id of every model that the catalogue names, by app and name."""
    model = apps.get_model("contenttypes", "ContentType")
    wanted = {tuple(label.split(".")) for each in authorities() for label in each.models}
    known = {(app, name) for app, name in model.objects.values_list("app_label", "model")}
    model.objects.bulk_create(model(app_label=app, model=name) for app, name in sorted(wanted - known))
    return {(app, name): pk for app, name, pk in model.objects.values_list("app_label", "model", "pk")}


def _make_role(apps: Apps, standard: StandardRole) -> Any:
    model = apps.get_model("core", "Role")
    role = model.objects.filter(key=standard.value).select_related("group").first()
    if role is None:
        group, _ = apps.get_model("auth", "Group").objects.get_or_create(name=standard.label)
        role = model.objects.create(key=standard.value, group=group)
        _set_limits(apps, role, standard)
    return role


def _set_limits(apps: Apps, role: Any, standard: StandardRole) -> None:
    model = apps.get_model("core", "RoleLimit")
    model.objects.bulk_create(
        model(role=role, authority=each.name, currency=ANY, amount=each.limits[standard])
        for each in authorities()
        if each.limits is not None and standard in each.limits
    )


def _hold_exactly(group: Any, permissions: set[int]) -> None:
    had = set(group.permissions.values_list("pk", flat=True))
    if had != permissions:
        group.permissions.set(permissions)
