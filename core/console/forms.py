"""Forms of the console: what an action needs to be told, in the console's widgets."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from unfold import widgets

from core.errors import DomainError
from core.money import MAX_MINOR, exponent, from_minor, to_minor

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


MOST_ROWS = 200
MOST_DIGITS = 18
"""Of an amount as it is written; what the money may be at most is checked in minor units."""


class RowForm(forms.Form):
    """One row of a table in a form; empty rows are left out."""

    use_required_attribute = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            _dress(field)


class ActionForm(forms.Form):
    """The arguments of one action. `subject` is the object that the button is on, None on a list.

    `person` is who is asked.
    """

    use_required_attribute = False
    row_form: type[RowForm] | None = None
    rows: Any = None

    def __init__(self, *args: Any, subject: Any = None, person: Any = None, **kwargs: Any) -> None:
        self.subject = subject
        self.person = person
        super().__init__(*args, **kwargs)
        self.prepare()
        for field in self.fields.values():
            _dress(field)
        if self.row_form is not None:
            rows = forms.formset_factory(self.row_form, extra=3, max_num=MOST_ROWS, validate_max=True)
            self.rows = rows(self.data if self.is_bound else None, initial=self.initial.get("rows"), prefix="rows")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if self.rows is not None:
            if not self.rows.is_valid():
                raise ValidationError(["Some rows below need a correction.", *self.rows.non_form_errors()])
            cleaned["rows"] = [row.cleaned_data for row in self._filled()]
            if not cleaned["rows"]:
                raise ValidationError("Fill in at least one row.")
        return cleaned

    def _filled(self) -> list[forms.Form]:
        return [row for row in self.rows.forms if row.has_changed()]

    def prepare(self) -> None:
        """Adjust the fields to the subject: choices, initial values, currencies."""

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


class DateField(forms.DateField):
    """A day, chosen with the browser's own calendar."""

    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class MomentField(forms.DateTimeField):
    """A day and time in the shop's time zone."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")


class MoneyField(forms.DecimalField):
    """An amount as people write it; its clean value is minor units of `currency`, which `prepare` may set."""

    def __init__(self, *, currency: str = "GBP", **kwargs: Any) -> None:
        kwargs.setdefault("min_value", 0)
        kwargs.setdefault("max_digits", MOST_DIGITS)
        super().__init__(**kwargs)
        self.currency = currency

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
