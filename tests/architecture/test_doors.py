"""Another app is its doors: every app has a contract that forbids all of it but those, and the contracts bite."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

PYPROJECT = tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
ROOTS = set(PYPROJECT["root_packages"])
ENTERED = sorted(path.parent.name for path in settings.BASE_DIR.glob("*/apps.py") if path.parent.name != "core")
"""core is what all apps are made of, and is entered anywhere."""
DOORS = {"actions", "errors", "events", "queries"}
DOCUMENT = (settings.BASE_DIR / "docs" / "architecture.md").read_text(encoding="utf-8")


def contract_of(app: str) -> dict[str, Any]:
    return next(each for each in PYPROJECT["contracts"] if each.get("forbidden_modules") == [app])


def test_every_room_is_known_to_the_contracts() -> None:
    rooms = {path.parent.name for path in settings.BASE_DIR.glob("*/__init__.py")} - {"tests"}
    assert rooms == ROOTS


@pytest.mark.parametrize("app", ENTERED)
def test_an_app_is_forbidden_whole_to_every_other_room(app: str) -> None:
    contract = contract_of(app)
    assert contract["type"] == "forbidden"
    assert set(contract["source_modules"]) == ROOTS - {app}


@pytest.mark.parametrize("app", ENTERED)
def test_what_is_excepted_is_a_door_or_has_its_reason_in_the_document(app: str) -> None:
    excepted = set(contract_of(app)["ignore_imports"]) - {f"** -> {app}.{door}" for door in DOORS}
    for importer, imported in (each.split(" -> ") for each in excepted):
        told = f"`{imported}`" if importer == "**" else f"| `{importer} -> {imported}` |"
        assert told in DOCUMENT, f"{importer} -> {imported}"


def test_the_document_excepts_nothing_that_the_contracts_refuse() -> None:
    ignored = {each for app in ENTERED for each in contract_of(app)["ignore_imports"]}
    assert set(re.findall(r"\| `([\w.]+ -> [\w.]+)` \|", DOCUMENT)) == {each for each in ignored if "**" not in each}


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The product's source, to plant imports in."""
    for room in ROOTS:
        shutil.copytree(
            settings.BASE_DIR / room, tmp_path / room, ignore=shutil.ignore_patterns("__pycache__", "static")
        )
    shutil.copy(settings.BASE_DIR / "pyproject.toml", tmp_path)
    return tmp_path


def lint(place: Path) -> str:
    """What lint-imports says of the source there."""
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    return subprocess.run(command, cwd=place, capture_output=True, text=True, check=False).stdout


PLANTED = [
    (
        "shipping/actions/open.py",
        "from orders.querysets import OrderQuerySet",
        "shipping.actions.open -> orders.querysets",
    ),
    ("shipping/queries.py", "import orders.payments.models", "shipping.queries -> orders.payments.models"),
    ("trading/queries/reading.py", "from orders import locking", "trading.queries.reading -> orders.locking"),
    ("trading/tasks.py", "from orders.actions.cancel import _cancel", "trading.tasks -> orders.actions.cancel"),
    ("orders/tasks.py", "from inventory.added_tomorrow import x", "orders.tasks -> inventory.added_tomorrow"),
    ("orders/checks.py", "from customers.querysets import x", "orders.checks -> customers.querysets"),
    ("config/demo.py", "from trading.models import Fill", "config.demo -> trading.models"),
    ("config/celery.py", "import shipping.tasks_of_tomorrow", "config.celery -> shipping.tasks_of_tomorrow"),
    ("orders/pricing/lines.py", "import orders.payments.actions", "orders.pricing.lines -> orders.payments.actions"),
    (
        "orders/payments/queries/reading.py",
        "import orders.queries",
        "orders.payments.queries.reading -> orders.queries",
    ),
    ("orders/models/order.py", "import orders.payments.models", "orders.models.order -> orders.payments.models"),
    (
        "orders/payments/actions/ledger.py",
        "import orders.refunds.actions",
        "orders.payments.actions.ledger -> orders.refunds.actions",
    ),
]


def test_an_import_past_the_doors_is_refused_whatever_is_behind_them(copy: Path) -> None:
    for added in (
        "inventory/added_tomorrow.py",
        "shipping/tasks_of_tomorrow.py",
        "orders/refunds/actions_of_tomorrow.py",
    ):
        (copy / added).parent.mkdir(exist_ok=True)
        (copy / added).touch()
    for place, line, _ in PLANTED:
        with (copy / place).open("a", encoding="utf-8") as file:
            file.write(f"\n{line}\n")
    said = lint(copy)
    assert [arrow for *_, arrow in PLANTED if arrow not in said] == []


def test_what_is_not_planted_is_not_refused(copy: Path) -> None:
    assert " 0 broken" in lint(copy)


def test_a_module_of_orders_without_a_layer_is_refused(copy: Path) -> None:
    (copy / "orders" / "helpers.py").touch()
    assert "orders.helpers" in lint(copy)
