"""The variables that the product reads are those that docs/operations.md explains and compose.yaml passes on."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings

from tests.rooms import ROOMS

ROOT = Path(settings.BASE_DIR)
READERS = ("config/settings.py", "config/gunicorn.py", "config/feed/__main__.py")
OF_THE_IMAGE = {"BIND", "DATA_DIR", "QM_ENV"}
"""Those that the Dockerfile sets."""
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
OPERATIONS = (ROOT / "docs/operations.md").read_text()


def variables(path: str) -> Iterator[str]:
    """What is read by env.…("NAME"), _required("NAME") or os.environ….("NAME")."""
    calls = (node for node in ast.walk(ast.parse((ROOT / path).read_text())) if isinstance(node, ast.Call))
    for call in calls:
        reads = re.fullmatch(r"(env|os\.environ)\.\w+|_required", ast.unparse(call.func))
        if reads and isinstance(call.args[0], ast.Constant):
            yield str(call.args[0].value)


def explained(heading: str) -> set[str]:
    """The names in the first column of the table under this row of headings."""
    table = OPERATIONS.split(heading, 1)[1].split("\n\n", 1)[0]
    return {name for row in table.splitlines() for name in re.findall(r"`([A-Z_]+)`", row.split("|")[1] if row else "")}


READ = {name for path in READERS for name in variables(path)}
SERVICES = {name: each for name, each in COMPOSE["services"].items() if each.get("image") == "quartermaster"}


def test_each_variable_that_is_read_is_explained_and_no_other() -> None:
    assert explained("| variable | meaning |\n") == READ


@pytest.mark.parametrize("service", SERVICES)
def test_each_variable_that_is_read_is_passed_on_by_compose_and_no_other(service: str) -> None:
    assert set(SERVICES[service]["environment"]) | OF_THE_IMAGE == READ


def test_each_variable_of_compose_is_explained() -> None:
    used = set(re.findall(r"(?<!\$)\$\{([A-Z_]+)", (ROOT / "compose.yaml").read_text()))
    assert used - READ == explained("| of compose alone | meaning |\n")


def test_the_image_sets_what_compose_does_not_pass_on() -> None:
    lines = re.findall(r"^ENV (.*)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert {pair.split("=")[0] for line in lines for pair in line.split()} >= OF_THE_IMAGE


def test_nothing_else_reads_the_environment() -> None:
    reading = {
        str(path.relative_to(ROOT))
        for room in ROOMS
        for path in (ROOT / room).rglob("*.py")
        if re.search(r"os\.environ(?!\.setdefault\(\"DJANGO_SETTINGS_MODULE\")|getenv", path.read_text())
    }
    assert reading == {"config/gunicorn.py", "config/feed/__main__.py"}


def test_only_the_proxy_is_reached_from_outside_and_web_and_feed_believe_it_alone() -> None:
    assert [name for name, each in COMPOSE["services"].items() if "ports" in each] == ["proxy"]
    subnet, proxy = (
        re.sub(r"\$\{[A-Z_]+:-(.*)\}", r"\1", text)
        for text in (
            COMPOSE["networks"]["default"]["ipam"]["config"][0]["subnet"],
            COMPOSE["services"]["proxy"]["networks"]["default"]["ipv4_address"],
        )
    )
    assert ip_address(proxy) in ip_network(subnet)
    for name in ("web", "feed"):
        trusted = SERVICES[name]["environment"]["TRUSTED_PROXIES"]
        assert trusted == f"${{PROXY_ADDRESS:-{proxy}}},${{OUTER_PROXY:-}}"


def test_the_proxy_and_the_image_are_of_a_version_that_is_said() -> None:
    images = {each["image"] for each in COMPOSE["services"].values()}
    assert all(re.search(r":\d", image) for image in images - {"quartermaster"})
