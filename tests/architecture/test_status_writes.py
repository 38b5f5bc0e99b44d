"""A status moves by a transition and in no other way: nothing in the rooms writes one by hand."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
ROOMS = ("config", "customers", "inventory", "orders", "shipping")
BIRTHPLACES = {"orders/actions/place.py"}
"""Where orders begin, as drafts or placed; the database refuses any other beginning."""

WRITERS = {"update", "create", "get_or_create", "update_or_create", "bulk_update", "bulk_create", "acreate", "aupdate"}
MODELS = {"Order", "Shipment", "Payment"}
_sets_status = re.compile(r"\bset\s+(\w+\s*=.*,\s*)?status\s*=", re.IGNORECASE | re.DOTALL).search


def status_writes(source: str) -> Iterator[tuple[int, str]]:
    """(line, what) of everything that writes a status other than by a transition."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Assign(targets=targets):
                yield from ((node.lineno, "assignment") for target in targets if _is_status(target))
            case ast.AugAssign(target=target) | ast.AnnAssign(target=target, value=ast.expr()):
                if _is_status(target):
                    yield node.lineno, "assignment"
            case ast.Call():
                yield from _call(node)
            case ast.Constant(value=str(text)) if _sets_status(text):
                yield node.lineno, "SQL"


def _is_status(target: ast.expr) -> bool:
    """x.status = ... and x.__dict__["status"] = ..."""
    match target:
        case ast.Attribute(attr="status"):
            return True
        case ast.Subscript(value=ast.Attribute(attr="__dict__"), slice=ast.Constant(value="status")):
            return True
    return False


def _call(node: ast.Call) -> Iterator[tuple[int, str]]:
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    names_status = any(keyword.arg == "status" for keyword in node.keywords)
    spelled = any(isinstance(each, ast.Constant) and each.value == "status" for each in ast.walk(node))
    if names_status and name in WRITERS | MODELS:
        yield node.lineno, f"{name}(status=...)"
    elif spelled and name in {"setattr", "bulk_update", "__setattr__"}:
        yield node.lineno, f'{name}("status")'


def files() -> Iterator[Path]:
    for room in ROOMS:
        yield from (path for path in (ROOT / room).rglob("*.py") if "migrations" not in path.parts)


def test_no_room_writes_a_status_by_hand() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line} {what}"
        for path in files()
        if str(path.relative_to(ROOT)) not in BIRTHPLACES
        for line, what in status_writes(path.read_text())
    ]
    assert found == []


def test_orders_begin_in_one_place_and_are_not_moved_there() -> None:
    for name in BIRTHPLACES:
        assert [what for _, what in status_writes((ROOT / name).read_text())] == ["Order(status=...)"]


@pytest.mark.parametrize(
    "source",
    [
        "order.status = 'shipped'",
        "order.status: str = 'shipped'",
        "order.__dict__['status'] = 'shipped'",
        "Order.objects.filter(pk=1).update(status='shipped')",
        "Order.objects.create(client=c, status='shipped')",
        "Order.objects.get_or_create(pk=1, status='shipped')",
        "Order(status='shipped')",
        "Order.objects.bulk_update(orders, ['total', 'status'])",
        "setattr(order, 'status', 'shipped')",
        "cursor.execute(\"UPDATE orders_order SET status = 'shipped'\")",
        "cursor.execute(\"update orders_order set total = 1, status = 'shipped'\")",
    ],
)
def test_the_lint_finds_each_way_round(source: str) -> None:
    assert len(list(status_writes(source))) == 1


@pytest.mark.parametrize(
    "source",
    [
        "Order.objects.filter(status='shipped')",
        "save_order(order, 'status', 'released_at')",
        "if order.status == 'shipped': pass",
        "status = FSMField()",
        "Blocker('The order has no status set', '')",
    ],
)
def test_the_lint_lets_reading_be(source: str) -> None:
    assert list(status_writes(source)) == []
