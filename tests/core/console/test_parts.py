"""How the pages write what they show."""

from __future__ import annotations

import pytest
from django.template.loader import render_to_string

from core.console import Fact, Panel
from core.console.parts import NOTHING, known, shown
from tests.factories.staff import told_of


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0, 0),
        ("0", "0"),
        (False, "No"),
        (True, "Yes"),
        (None, NOTHING),
        ("", NOTHING),
        ([], "[]"),
        ({"gift": True, "für": None}, '{"gift": true, "für": null}'),
        ("text", "text"),
    ],
)
def test_only_what_is_not_known_is_a_dash(value: object, words: object) -> None:
    assert shown(value) == words


def test_facts_of_nought_and_no_are_known() -> None:
    facts = [Fact("a", 0), Fact("b", False), Fact("c", None), Fact("d", ""), Fact("e", "x")]
    assert [fact.label for fact in known(facts)] == ["a", "b", "e"]


def panel(**parts: object) -> str:
    return told_of(render_to_string("admin/console/panel.html", {"panel": Panel("Title", **parts)}))  # type: ignore[arg-type]


def test_facts_and_cells_show_nought() -> None:
    assert panel(facts=[Fact("Attempts", 0)]) == "Title Attempts 0"
    assert panel(headers=["A", "B", ""], rows=[[0, None, ""]]) == "Title A B 0 —"


def test_a_panel_tells_its_empty_text_only_when_it_is_empty() -> None:
    assert panel(empty="None yet.") == "Title None yet."
    assert panel(empty="None yet.", facts=[Fact("Error", "Timeout")]) == "Title Error Timeout"
    assert panel(empty="None yet.", headers=["A"], rows=[["x"]]) == "Title A x"
    assert "None yet." not in panel(
        empty="None yet.", template="admin/trading/part.html", context={"name": "best", "html": "x"}
    )


def test_a_column_without_a_name_has_no_empty_header() -> None:
    html = render_to_string("admin/console/panel.html", {"panel": Panel("Title", headers=["", "A"], rows=[["x", 1]])})
    assert html.count("<th") == html.count("<thead") + 1
