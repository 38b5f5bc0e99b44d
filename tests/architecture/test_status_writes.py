"""Nothing but a transition method writes the status of a status machine."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator
from pathlib import Path

import pytest
from django.conf import settings

from core.models import Job
from orders.models import Order
from orders.payments.models import Payment
from shipping.models import Shipment
from tests import rooms
from trading.models import BookOrder

MACHINES = {"Order", "Payment", "Shipment", "BookOrder", "Job", "BookImport"}
TABLES = "orders_order|orders_payment|shipping_shipment|trading_bookorder|core_job"
MAKES = {"create", "acreate", "get_or_create", "update_or_create", "update", "aupdate"}
INSERTS: dict[str, Collection[str]] = {"orders/actions/place/building.py": {"Order"}}
"""Where a row may be given its first status, which the database's own trigger limits to the two that are first."""

TRIGGERS = {"trading/triggers.py": "UPDATE trading_bookorder book"}
"""The one statement that writes a status beside the models: a fill's own trigger, so that no order is filled but by a
fill, and no fill is without its effect. It gives the status that BookOrder.take() gives, as the book's tests see."""

# core imports no other room (a contract of import-linter): of the status machines it knows jobs alone.
ROOMS = (*(room for room in rooms.ROOMS if room != "core"), "core/admin/jobs.py", "core/jobs", "core/models/jobs.py")
EVERYWHERE = ("core", *ROOMS)


def sources(rooms: tuple[str, ...]) -> Iterator[Path]:
    for room in rooms:
        place = settings.BASE_DIR / room
        found = [place] if place.is_file() else place.rglob("*.py")
        yield from (path for path in found if "migrations" not in path.parts)


def names_status(node: ast.AST) -> bool:
    return any(isinstance(each, ast.Constant) and each.value == "status" for each in ast.walk(node))


def assignments(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """`x.status = …` in any form, `setattr(x, "status", …)`, and the ways around Python's own attribute."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute | ast.Subscript | ast.Call) and _assigns(node):
            yield node.lineno, ast.unparse(node)


def _assigns(node: ast.Attribute | ast.Subscript | ast.Call) -> bool:
    if isinstance(node, ast.Attribute):
        return node.attr == "status" and not isinstance(node.ctx, ast.Load)
    if isinstance(node, ast.Subscript):
        around = ast.unparse(node.value).endswith(".__dict__") or ast.unparse(node.value).startswith("vars(")
        return around and not isinstance(node.ctx, ast.Load) and names_status(node.slice)
    return ast.unparse(node.func).endswith(("setattr", "__setattr__")) and any(map(names_status, node.args[:2]))


def queries(tree: ast.AST, *, may_make: Collection[str] = ()) -> Iterator[tuple[int, str]]:
    """Status written by a constructor, `.create()`, `.update()`, `.bulk_update()`, `.bulk_create()` or SQL."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _call_writes(node, MACHINES - set(may_make)):
            yield node.lineno, ast.unparse(node)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and _is_sql(node.value):
            yield node.lineno, node.value


def _call_writes(call: ast.Call, constructors: Collection[str]) -> bool:
    name = ast.unparse(call.func).rpartition(".")[2]
    if name in constructors or name in MAKES:
        return any(map(_gives_status, call.keywords))
    return name in {"bulk_update", "abulk_update", "bulk_create", "abulk_create"} and names_status(call)


def _gives_status(keyword: ast.keyword) -> bool:
    """`status=…`, `**{"status": …}`, `defaults={"status": …}`."""
    return keyword.arg == "status" or (keyword.arg in {None, "defaults", "create_defaults"} and names_status(keyword))


def _is_sql(text: str) -> bool:
    pattern = rf"update\s+(only\s+)?\"?({TABLES})\"?(\s+(as\s+)?\w+)?\s+set\b.*\bstatus\b"
    return re.search(pattern, text, re.IGNORECASE | re.DOTALL) is not None


def test_no_status_is_assigned_anywhere() -> None:
    found = [
        (str(path.relative_to(settings.BASE_DIR)), *each)
        for path in sources(EVERYWHERE)
        for each in assignments(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert found == []


def test_no_query_writes_the_status_of_a_machine() -> None:
    found = []
    for path in sources(ROOMS):
        name = path.relative_to(settings.BASE_DIR).as_posix()
        tree = ast.parse(path.read_text(encoding="utf-8"))
        found += [(name, *each) for each in queries(tree, may_make=INSERTS.get(name, ()))]
    sanctioned = [each for each in found if TRIGGERS.get(each[0], "?") in each[2]]
    assert [each for each in found if each not in sanctioned] == []
    assert [(name, text.count(TRIGGERS[name])) for name, _, text in sanctioned] == [(name, 1) for name in TRIGGERS]


@pytest.mark.parametrize(
    "planted",
    [
        "order.status = 'shipped'",
        "self.status: str = 'shipped'",
        "order.status += 'x'",
        "order.status, other = 'shipped', 1",
        "with a as order.status: pass",
        "for order.status in 'ab': pass",
        "del order.status",
        "setattr(order, 'status', 'shipped')",
        "object.__setattr__(order, 'status', 'shipped')",
        "order.__dict__['status'] = 'shipped'",
        "vars(order)['status'] = 'shipped'",
    ],
)
def test_a_planted_assignment_is_found(planted: str) -> None:
    assert list(assignments(ast.parse(planted)))


@pytest.mark.parametrize(
    "planted",
    [
        "Order.objects.filter(pk=pk).update(status='shipped')",
        "orders.update(**{'status': 'shipped'})",
        "Order.objects.bulk_update(rows, ['version', 'status'])",
        "Shipment.objects.bulk_update(rows, fields=('status',))",
        "Order.objects.bulk_create(rows, update_conflicts=True, update_fields=['status'])",
        "Order(status='shipped')",
        "models.Payment(amount=1, status=state)",
        "Shipment.objects.create(order=order, status='delivered')",
        "Order.objects.update_or_create(pk=pk, defaults={'status': 'shipped'})",
        "cursor.execute('UPDATE orders_order SET version = 1, status = %s', [status])",
        'SQL = """update "shipping_shipment"\\nset status = 1"""',
        "SQL = 'UPDATE trading_bookorder o SET amount = 0, status = %s'",
        "SQL = 'UPDATE ONLY core_job AS j SET status = %s'",
        "BookOrder(ref='1', status='filled')",
        "Job.objects.filter(pk=pk).update(status='finished')",
    ],
)
def test_a_planted_query_is_found(planted: str) -> None:
    assert list(queries(ast.parse(planted)))


@pytest.mark.parametrize(
    "innocent",
    [
        "Order.objects.filter(status='shipped').update(version=2)",
        "order.save(update_fields=['status', 'shipped_at'])",
        "if order.status == 'shipped': pass",
        "status = order.status",
        "Order(currency='EUR')",
    ],
)
def test_reading_a_status_is_no_offence(innocent: str) -> None:
    tree = ast.parse(innocent)
    assert [*assignments(tree), *queries(tree)] == []


def test_a_first_status_is_given_where_orders_are_made_and_nowhere_else() -> None:
    tree = ast.parse("Order(status=status)")
    assert not list(queries(tree, may_make=INSERTS["orders/actions/place/building.py"]))
    assert list(queries(tree))


@pytest.mark.parametrize("model", [Order, Payment, Shipment, BookOrder, Job])
def test_a_status_refuses_to_be_assigned(model: type[Order | Payment | Shipment | BookOrder | Job]) -> None:
    row = model()
    with pytest.raises(AttributeError, match="status"):
        row.status = "completed"
