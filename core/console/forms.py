"""Forms of the console: what an action needs to be told, in the console's widgets."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from unfold import widgets

from core.days import FIRST_YEAR, LAST_YEAR, in_range
from core.errors import DomainError
from core.money import MAX_MINOR, exponent, from_minor, to_minor
from core.text import TextKind, UnfitText, settle

_WIDGETS: list[tuple[type[forms.Widget], Any]] = [
    (forms.Textarea, widgets.UnfoldAdminTextareaWidget),
    (forms.CheckboxSelectMultiple, widgets.UnfoldAdminCheckboxSelectMultipleWidget),
    (forms.SelectMultiple, widgets.UnfoldAdminSelectMultipleWidget),
    (forms.Select, widgets.UnfoldAdminSelectWidget),
    (forms.CheckboxInput, widgets.UnfoldBooleanSwitchWidget),
    (forms.FileInput, widgets.UnfoldAdminFileFieldWidget),
    (forms.EmailInput, widgets.UnfoldAdminEmailInputWidget),
    (forms.TextInput, widgets.UnfoldAdminTextInputWidget),
]


ROWS = "rows"
MOST_ROWS = 200
LONGEST_EMAIL = 254
MOST_DIGITS = 18
"""Of an amount as it is written; what the money may be at most is checked in minor units."""


class _SettledForm(forms.Form):
    """What is typed is settled (core/text.py): one line, or several in a text area. Passwords stay as they are."""

    def _clean_fields(self) -> None:
        super()._clean_fields()  # type: ignore[misc]
        for name, field in self.fields.items():
            typed = self.cleaned_data.get(name)
            if isinstance(field, forms.CharField) and isinstance(typed, str) and not _is_secret(field):
                self._settle(name, field, typed)

    def _settle(self, name: str, field: forms.Field, typed: str) -> None:
        kind = TextKind.BLOCK if isinstance(field.widget, forms.Textarea) else TextKind.LINE
        try:
            self.cleaned_data[name] = settle(typed, kind)
        except UnfitText as error:
            self.add_error(name, ValidationError(error.detail, code=error.code))
            return
        if field.required and not self.cleaned_data[name]:
            self.add_error(name, ValidationError(field.error_messages["required"], code="required"))


def _is_secret(field: forms.Field) -> bool:
    return isinstance(field.widget, forms.PasswordInput)


class RowForm(_SettledForm):
    """One row of a table in a form; empty rows are left out."""

    use_required_attribute = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            _dress(field)


class ActionForm(_SettledForm):
    """The arguments of one action. `subject` is the object that the button is on, None on a list.

    `person` is who is asked. `stored` are values that the subject has, as the fields' clean values: what is sent as it
    was shown stays as it is stored, whatever a browser or a field makes of it.
    """

    use_required_attribute = False
    row_form: type[RowForm] | None = None
    rows: Any = None
    rows_needed = True

    def __init__(
        self,
        *args: Any,
        subject: Any = None,
        person: Any = None,
        stored: Mapping[str, Any] | None = None,
        initial: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        self.subject = subject
        self.person = person
        self.stored = stored or {}
        kwargs["initial"] = {**self.stored, **(initial or {})}
        super().__init__(*args, **kwargs)
        self.prepare()
        for name, field in self.fields.items():
            _offer(field, self.stored.get(name))
            _dress(field)
        if self.row_form is not None:
            rows = forms.formset_factory(self.row_form, extra=3, max_num=MOST_ROWS, validate_max=True)
            # Of what is sent every row counts, changed or not.
            filled = {"data": self.data} if self.is_bound else {"initial": self.initial.get(ROWS)}
            self.rows = rows(prefix=ROWS, **filled)

    def untouched(self, *names: str) -> bool:
        """Whether all these fields are sent as they are stored."""
        return all(name in self.stored and sent(self[name]) == shown(self[name]) for name in names)

    def _clean_fields(self) -> None:
        super()._clean_fields()
        for name, field in self.fields.items():
            if self.untouched(name) and (sent(self[name]) or not field.required):
                self.errors.pop(name, None)
                self.cleaned_data[name] = self.stored[name]
            elif isinstance(field, forms.MultipleChoiceField) and name in self.cleaned_data:
                self.cleaned_data[name] += _not_offered(field, self.stored.get(name))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if self.rows is not None:
            if not self.rows.is_valid():
                raise ValidationError(["Some rows below need a correction.", *self.rows.non_form_errors()])
            cleaned[ROWS] = [row.cleaned_data for row in self._filled()]
            if not cleaned[ROWS] and self.rows_needed:
                raise ValidationError("Fill in at least one row.")
        return cleaned

    def _filled(self) -> list[forms.Form]:
        return [row for row in self.rows.forms if row.has_changed()]

    def prepare(self) -> None:
        """Adjust the fields to the subject: choices, initial values, currencies."""

    @property
    def has_mistakes(self) -> bool:
        """Of what was sent, in its own fields or in a row."""
        return bool(self.errors) or (self.rows is not None and any(self.rows.errors))

    def refuse(self, error: DomainError) -> None:
        """Show a refusal where it belongs: at the field that its pointer names, else above the form."""
        placed = False
        for problem in error.errors:
            form, name = self._place(problem.pointer.strip("/").split("/"))
            form.add_error(name, problem.detail)
            placed = True
        if not placed:
            self.add_error(None, " ".join(filter(None, [error.detail, error.unblock])))

    def _place(self, pointer: list[str]) -> tuple[forms.Form, str | None]:
        """The form and field of a pointer: ["email"], or ["lines", "0", "sku"] for the first row that is filled in."""
        filled = self._filled() if self.rows is not None else []
        if len(pointer) > 1 and pointer[1].isdecimal() and int(pointer[1]) < len(filled):
            row = filled[int(pointer[1])]
            return row, _field_of(row, pointer[-1])
        return self, _field_of(self, pointer[0])


def shown(bound: forms.BoundField) -> list[str]:
    """What a browser sends of the field when nobody touches it."""
    widget, initial = bound.field.widget, bound.field.prepare_value(bound.initial)
    if isinstance(widget, forms.CheckboxInput):
        return ["on"] if widget.check_test(initial) else []
    formatted = widget.format_value(initial)
    values = formatted if isinstance(formatted, list | tuple) else [] if formatted is None else [formatted]
    offered = _offered(bound.field)
    return _as_sent(widget, [str(value) for value in values if offered is None or str(value) in offered])


def sent(bound: forms.BoundField) -> list[str]:
    """What was sent of the field."""
    data = bound.form.data
    values = data.getlist(bound.html_name) if hasattr(data, "getlist") else [data.get(bound.html_name) or ""]
    return _as_sent(bound.field.widget, values)


def _as_sent(widget: forms.Widget, values: Iterable[str]) -> list[str]:
    """Without what browsers alter: kinds of line breaks, and line breaks in fields of one line."""
    if isinstance(widget, forms.CheckboxInput):
        return ["on"] if any(values) else []
    lines = [value.replace("\r\n", "\n").replace("\r", "\n") for value in values]
    if not isinstance(widget, forms.Textarea):
        lines = [line.replace("\n", "") for line in lines]
    return [line for line in lines if line]


def _offered(field: forms.Field) -> set[str] | None:
    """The choices of a field that has any."""
    if isinstance(field, forms.ModelChoiceField) or not isinstance(field, forms.ChoiceField):
        return None
    choices: Any = field.choices
    return {str(value) for value, _ in choices}


def _offer(field: forms.Field, stored: Any) -> None:
    """A stored value is a choice, even if it would be none for a new one; but of several only what may be chosen."""
    offered = _offered(field)
    if offered is not None and not isinstance(field, forms.MultipleChoiceField) and stored not in {None, "", *offered}:
        field.choices = [*field.choices, (stored, stored)]  # type: ignore[attr-defined]


def _not_offered(field: forms.Field, stored: Iterable[str] | None) -> list[str]:
    """What is stored and not the person's to take away."""
    return [value for value in stored or () if value not in (_offered(field) or ())]


def _field_of(form: forms.Form, name: str) -> str | None:
    """The form's field of that name. A form has the object itself (`location`) where the API takes its id."""
    return next((known for known in (name, name.removesuffix("_id")) if known in form.fields), None)


def _dress(field: forms.Field) -> None:
    """Replace Django's widget by the console's, keeping attributes and choices."""
    widget = field.widget
    if type(widget).__module__.startswith("unfold") or widget.is_hidden:
        return
    if type(widget) in {forms.NumberInput, forms.DateInput, forms.DateTimeInput, forms.PasswordInput}:
        widget.attrs["class"] = " ".join(widgets.INPUT_CLASSES)
        return
    for plain, dressed in _WIDGETS:
        if isinstance(widget, plain):
            attrs = {name: value for name, value in widget.attrs.items() if name != "class"}
            chosen = {"choices": field.choices} if isinstance(field, forms.ChoiceField) else {}
            field.widget = dressed(attrs=attrs, **chosen)
            field.widget.is_required = field.required
            return


class EmailField(forms.EmailField):
    """An e-mail address, as long as its columns are."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"max_length": LONGEST_EMAIL, **kwargs})


def _require_in_range(value: dt.date | None) -> None:
    if value is not None and not in_range(value):
        raise ValidationError(f"This is outside the years {FIRST_YEAR} to {LAST_YEAR}.", code="out_of_range")


class DateField(forms.DateField):
    """A day, chosen with the browser's own calendar."""

    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")

    def validate(self, value: dt.date | None) -> None:
        super().validate(value)
        _require_in_range(value)


class MomentField(forms.DateTimeField):
    """A day and time in the shop's time zone."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")

    def validate(self, value: dt.datetime | None) -> None:
        super().validate(value)
        _require_in_range(value)


class MoneyField(forms.DecimalField):
    """An amount as people write it; its value is minor units of `currency`, which `prepare` may set."""

    def __init__(self, *, currency: str = "GBP", **kwargs: Any) -> None:
        kwargs.setdefault("min_value", 0)
        kwargs.setdefault("max_digits", MOST_DIGITS)
        super().__init__(**kwargs)
        self.currency = currency

    def prepare_value(self, value: Any) -> Any:
        return from_minor(value, self.currency) if isinstance(value, int) else value

    def clean(self, value: Any) -> int | None:
        amount: Decimal | None = super().clean(value)
        return None if amount is None else parse_amount(amount, self.currency)


def parse_amount(amount: Decimal, currency: str) -> int:
    """Decimal("2.50"), "EUR" → 250. Raises ValidationError for digits the currency hasn't, or too large an amount."""
    minor = to_minor(amount, currency)
    if from_minor(minor, currency) != amount:
        raise ValidationError(f"{currency} has {exponent(currency)} digits after the point.", code="too_precise")
    if abs(minor) > MAX_MINOR:
        raise ValidationError("That is too large an amount.", code="too_large")
    return minor
