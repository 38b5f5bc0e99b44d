"""Fills in whatever text a request or a form takes, with a word that is nowhere else.

What there is to fill in is read off the routes' serializers and the buttons' forms, so that a field that comes later is
filled in too.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator, Mapping
from typing import Any

from django import forms
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.urls import get_resolver
from django.utils import timezone
from rest_framework import serializers
from stdnum import iban as ibans

from core.api.serializers import EmailField
from core.api.views import ApiView
from core.console.forms import ActionForm
from tests.architecture.test_routes import PREFIX, routes

WORD = "zqxwu"
"""No hexadecimal digits, no name of ours."""

IDENTIFIERS = {
    "sku": "A SKU names what is sold; events may name it.",
    "code": "A location's code names it, as a SKU does.",
    "display_name": "A colleague's name is the actor's of what they do, which events keep.",
    "username": "Likewise, of a colleague without another name.",
    "tax_class_code": "A tax class's code names it likewise.",
    "postal_prefix": "How postal codes begin, which is letters and digits of a place.",
    "symbol": "A symbol names a book, and is letters and digits.",
    "codes": "A code of an offer names it.",
    "delivery_method": "A delivery method's code names it.",
    "quote": "A quote is a text of ours.",
    "number_prefix": "What order numbers of a storefront begin with.",
    "gateway": "A gateway's name is one of those that the server knows.",
    "tax_provider": "A tax provider's name is one of those that the server knows.",
}
"""Texts that are codes of things, not of people: they may stand in events, and why."""

_NOT_TEXT = (
    serializers.IntegerField, serializers.BooleanField, serializers.ChoiceField, serializers.UUIDField,
    serializers.DateTimeField, serializers.DateField, serializers.DecimalField,
)  # fmt: skip
_TEXT_INPUTS = (forms.CharField, forms.FileField)
_numbers = itertools.count(1)
Path = tuple[str, ...]


def word(*, email: bool = False, url: bool = False) -> str:
    """A new one each time, short enough for a postal code; the address of somebody or of a page if it is to be one."""
    text = f"{WORD}{next(_numbers)}"
    if url:
        return f"https://example.com/{text}"
    return f"{text}@example.com" if email else text


def _word_for(name: str, *, email: bool) -> str:
    """A new word as a field of the name takes it."""
    if name == "iban":
        account = f"MALT01100{word()}".ljust(27, "0")
        return f"MT{ibans.calc_check_digits(f'MT00{account}'.upper())}{account}"
    if name == "vat_id":
        return f"GB{word()}"
    return word(email=email, url=name.endswith("_url"))


def found_in(table: str) -> list[str]:
    """The rows of a table that have the word in any column, whatever its letter case."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT each::text FROM {table} each WHERE each::text ILIKE %s", [f"%{WORD}%"])
        return [row[0] for row in cursor.fetchall()]


# The API


def operations() -> dict[tuple[str, str], type[serializers.BaseSerializer[Any]]]:
    """(method, route) → the body that it takes."""
    views = [(route, getattr(callback, "cls", None)) for route, callback in routes(get_resolver().url_patterns)]
    return {
        (method, route.removeprefix(PREFIX)): body
        for route, view in views
        if view is not None and issubclass(view, ApiView)
        for method, body in view.bodies.items()
    }


def texts_of(field: Any, path: Path = ()) -> Iterator[Path]:
    """The paths of all texts in a body; "*" for each member of a list or an object of any names."""
    if isinstance(field, serializers.Serializer):
        for name, member in field.fields.items():
            if not member.read_only:
                yield from texts_of(member, (*path, name))
    elif isinstance(field, serializers.ListSerializer | serializers.ListField | serializers.DictField):
        yield from texts_of(field.child, (*path, "*"))
    elif not isinstance(field, _NOT_TEXT) and path[-1] not in IDENTIFIERS:
        yield path


def filled(field: Any, given: Any = None, name: str = "") -> Any:
    """A body with a word in every text; `given` are the values of what isn't text, in the same structure."""
    if isinstance(field, serializers.Serializer):
        members = {key: member for key, member in field.fields.items() if not member.read_only}
        known = given or {}
        sent = [key for key, member in members.items() if key in known or member.required or _has_text(member, key)]
        return {key: filled(members[key], known.get(key), key) for key in sent}
    if isinstance(field, serializers.ListSerializer | serializers.ListField):
        return [filled(field.child, each, name) for each in given or [None]]
    if isinstance(field, serializers.DictField):
        return {word(): filled(field.child, None, name)}
    return given if given is not None else _plain(field, name)


def _plain(field: Any, name: str) -> Any:
    if isinstance(field, serializers.ChoiceField):
        return next(iter(field.choices))
    if isinstance(field, serializers.BooleanField):
        return True
    if isinstance(field, serializers.IntegerField):
        return 1
    return _word_for(name, email=isinstance(field, EmailField))


def _has_text(field: Any, name: str) -> bool:
    return any(texts_of(field, (name,)))


def texts_in(value: Any, path: Path = ()) -> Iterator[Path]:
    """The paths under which a body has the word."""
    if isinstance(value, Mapping):
        for name, member in value.items():
            yield from texts_in(member, (*path, "*" if WORD in name else name))
    elif isinstance(value, list):
        for member in value:
            yield from texts_in(member, (*path, "*"))
    elif WORD in str(value):
        yield path


# The console


def takes_text(form: type[ActionForm] | None) -> bool:
    return form is not None and any(_text_fields(form))


def _text_fields(form: type[ActionForm]) -> Iterator[str]:
    of_rows = form.row_form.base_fields if form.row_form is not None else {}
    for name, field in [*form.base_fields.items(), *of_rows.items()]:
        if isinstance(field, _TEXT_INPUTS) and name not in IDENTIFIERS:
            yield name


def filled_form(form: ActionForm, given: Mapping[str, Any]) -> dict[str, Any]:
    """What a browser sends of a form, with a word in every text of it; `given` are values by a field's name."""
    sent = {name: _entered(name, field, form.initial.get(name), given) for name, field in form.fields.items()}
    if form.row_form is not None:
        row = form.row_form.base_fields.items()
        sent |= {f"rows-0-{name}": _entered(name, field, None, given) for name, field in row}
        sent |= {"rows-TOTAL_FORMS": 1, "rows-INITIAL_FORMS": 0}
    return {name: value for name, value in sent.items() if value is not None}


def _entered(name: str, field: forms.Field, initial: Any, given: Mapping[str, Any]) -> Any:
    if name in given:
        return given[name]
    if isinstance(field, forms.FileField):
        return SimpleUploadedFile(f"{word()}.csv", f"1,JPM,Buy,20,20\n{word()},JPM,Hold,1,1\n".encode())
    if isinstance(field, forms.CharField):
        return initial if name in IDENTIFIERS else _word_for(name, email=isinstance(field, forms.EmailField))
    if isinstance(field, forms.ModelChoiceField):
        first = field.queryset.first() if field.queryset is not None else None
        return None if first is None else first.pk
    if isinstance(field, forms.ChoiceField):
        return initial or next((str(choice[0]) for choice in field.widget.choices if choice[0]), "")
    if isinstance(field, forms.DateField | forms.DateTimeField):
        day = timezone.localdate() + dt.timedelta(days=30)
        return f"{day}T12:00" if isinstance(field, forms.DateTimeField) else str(day)
    return initial or "1"
