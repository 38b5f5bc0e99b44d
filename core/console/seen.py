"""What a form showed when it was opened: it is sent along, so that nobody overwrites what they haven't seen."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import QueryDict

from core.console.forms import ROWS, ActionForm, sent, shown

SEEN = "seen"

Seen = Mapping[str, list[str]]
"""A filled-in field, the rows below, or the label of a watched value → the texts that it showed."""


@dataclass(frozen=True)
class Difference:
    """A value that changed after the form was opened. `yours` is what is sent if the person sends it as it is now."""

    label: str
    was: str
    now: str
    yours: str


def seen_in(form: ActionForm, watched: Mapping[str, object]) -> dict[str, list[str]]:
    """What the form shows of the subject, and the `watched` values: of a form just opened, not of one sent."""
    fields = {name: shown(form[name]) for name in form.initial if name in form.fields}
    rows = {ROWS: [_row_text(row, shown) for row in form.rows.initial_forms]} if form.rows is not None else {}
    return {**fields, **rows, **{label: [str(value)] for label, value in watched.items()}}


def sent_along(data: QueryDict) -> Seen | None:
    """What the form says it showed; None when it doesn't."""
    try:
        told = json.loads(data.get(SEEN, ""))
    except (ValueError, RecursionError):
        return None
    if not isinstance(told, dict):
        return None
    return {str(name): [str(each) for each in texts] for name, texts in told.items() if isinstance(texts, list)}


def typed_in(form: ActionForm) -> dict[str, list[str]]:
    """What the person sent of each field, as `seen_in` tells it."""
    typed = {name: sent(form[name]) for name in form.fields}
    if form.rows is not None:
        typed[ROWS] = [text for row in form.rows.forms if (text := _row_text(row, sent))]
    return typed


def brought_up_to_date(typed: ActionForm, opened: ActionForm, seen: Seen, now: Seen) -> QueryDict:
    """The data of `typed` with what the person left as it was shown replaced by what is shown now."""
    sent_data: Any = typed.data
    data: QueryDict = sent_data.copy()
    mine = typed_in(typed)
    for name in (name for name in typed.fields if name in now and mine[name] == seen.get(name, now[name])):
        data.setlist(typed[name].html_name, now[name])
    if typed.rows is not None and mine[ROWS] == seen.get(ROWS):
        _replace_rows(data, opened.rows)
    return data


def differences(form: ActionForm, seen: Seen, now: Seen) -> list[Difference]:
    """What changed, field by field. `form` is the one that is shown next."""
    mine = typed_in(form)
    return [
        Difference(_label(form, name), _text(seen[name]), _text(now[name]), _text(mine.get(name, [])))
        for name in now
        if name in seen and seen[name] != now[name]
    ]


def _row_text(row: forms.Form, what: Any) -> str:
    return " ".join(text for name in row.fields for text in what(row[name]))


def _replace_rows(data: QueryDict, rows: Any) -> None:
    for name in [name for name in data if name.startswith(f"{rows.prefix}-")]:
        del data[name]
    data[f"{rows.prefix}-TOTAL_FORMS"] = str(rows.total_form_count())
    data[f"{rows.prefix}-INITIAL_FORMS"] = str(rows.initial_form_count())
    for row in rows.initial_forms:
        for name in row.fields:
            data.setlist(row[name].html_name, shown(row[name]))


def _label(form: ActionForm, name: str) -> str:
    if name in form.fields:
        return str(form[name].label)
    return "Rows" if name == ROWS else name


def _text(values: list[str]) -> str:
    return ", ".join(values)
