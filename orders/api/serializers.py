"""Request bodies and responses of the order routes."""

from __future__ import annotations

from typing import Any

from django_countries import countries
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from core.api.serializers import (
    ActorSerializer,
    AmountField,
    BlockField,
    BooleanField,
    ChoiceField,
    CurrencyField,
    DateField,
    EmailField,
    IdentifierField,
    IdField,
    ListField,
    MapField,
    PercentageField,
    QuantityField,
    StrictSerializer,
    StringField,
    TimestampField,
)
from core.text import TextKind, UnfitText, settle
from orders.instalments.api.serializers import InstalmentSerializer
from orders.payments.api.serializers import PaymentSerializer
from orders.statuses import (
    MAX_LINES,
    FulfilmentStatus,
    Handover,
    HoldReason,
    OrderStatus,
    PaymentStatus,
    PaymentTerms,
    ReturnStatus,
)

_COUNTRY_CODES = [code for code, _ in countries]
MAX_METADATA = 50
MAX_CODES = 10
MAX_DISCOUNTS = 10
MAX_QUOTE = 100_000


class PostalAddressSerializer(StrictSerializer):
    name = StringField(max_length=200)
    company = StringField(max_length=200, required=False, allow_blank=True)
    line1 = StringField(max_length=200)
    line2 = StringField(max_length=200, required=False, allow_blank=True)
    city = StringField(max_length=100)
    region = StringField(max_length=100, required=False, allow_blank=True)
    postal_code = StringField(max_length=20, required=False, allow_blank=True)
    country = ChoiceField(_COUNTRY_CODES, help_text="ISO 3166-1 alpha-2.")
    phone = StringField(max_length=40, required=False, allow_blank=True)


class MetadataField(MapField):
    """Up to 50 names with strings: what the storefront wants to find again."""

    def __init__(self, **options: Any) -> None:
        super().__init__(child=BlockField(max_length=500, allow_blank=True), max_length=MAX_METADATA, **options)

    def to_internal_value(self, data: Any) -> Any:
        value = super().to_internal_value(data)
        try:
            settled = {settle(name, TextKind.IDENTIFIER): each for name, each in value.items()}
        except UnfitText as error:
            raise ValidationError(error.detail, code=error.code) from None
        if "" in settled or len(settled) < len(value):
            raise ValidationError("A name is blank, or is there twice.", code="invalid")
        return settled


class TagsField(ListField):
    """Up to 20 tags of 1 to 50 characters; kept sorted, without doubles."""

    def __init__(self, **options: Any) -> None:
        super().__init__(child=IdentifierField(max_length=50), max_length=20, **options)

    def to_internal_value(self, data: Any) -> Any:
        return sorted(set(super().to_internal_value(data)))


class NewOrderLineSerializer(StrictSerializer):
    sku = IdentifierField(max_length=64)
    quantity = QuantityField()
    unit_price = AmountField(
        required=False,
        min_value=0,
        help_text="Minor units. Needs the scope orders:price; without it the variant's price holds.",
    )
    discount = AmountField(
        required=False, min_value=0, help_text="Minor units off the whole line. Needs the scope orders:price."
    )
    tax = AmountField(
        required=False,
        min_value=0,
        help_text="Minor units on top of the whole line. Needs the scope orders:price. Once a line says it, no tax "
        "of the order is calculated.",
    )


class OwnDiscountSerializer(StrictSerializer):
    amount = AmountField(required=False, min_value=1, help_text="Minor units; or a percentage.")
    percentage = PercentageField(required=False)
    reason = StringField(max_length=200)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("amount" in attrs) == ("percentage" in attrs):
            raise ValidationError({"amount": "A discount is an amount or a percentage."}, code="one_of")
        return attrs


class SurchargeSerializer(StrictSerializer):
    label = StringField(max_length=200)  # type: ignore[assignment]
    amount = AmountField(min_value=1)
    code = IdentifierField(max_length=64, required=False)


class BasketSerializer(StrictSerializer):
    """What decides the price of an order."""

    currency = CurrencyField()
    lines = NewOrderLineSerializer(many=True, min_length=1, max_length=MAX_LINES)  # type: ignore[call-arg]
    customer_id = IdField(required=False, help_text="A customer of the storefront; without one the order is a guest's.")
    email = EmailField(required=False, help_text="Where order e-mails go; the customer's by default.")
    shipping_address = PostalAddressSerializer(required=False)
    codes = ListField(
        child=IdentifierField(max_length=64), required=False, max_length=MAX_CODES, help_text="Codes of offers."
    )
    delivery_method = IdentifierField(
        max_length=32,
        required=False,
        help_text="The code of the method that is chosen; its rates say the charge.",
    )
    shipping = AmountField(
        required=False, min_value=0, help_text="A delivery charge in minor units, instead of a method's."
    )
    discounts = OwnDiscountSerializer(  # type: ignore[call-arg]
        many=True, required=False, max_length=MAX_DISCOUNTS,
        help_text="Off all lines together, beside offers. Needs the scope orders:price.",
    )  # fmt: skip
    surcharges = SurchargeSerializer(  # type: ignore[call-arg]
        many=True, required=False, max_length=MAX_DISCOUNTS,
        help_text="On top of all lines together. Needs the scope orders:price.",
    )  # fmt: skip
    client_id = IdField(required=False, help_text="The storefront; back-office clients only.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "shipping" in attrs and "delivery_method" in attrs:
            raise ValidationError({"shipping": "Choose a delivery method or give a charge, not both."}, code="one_of")
        return attrs


class NewOrderSerializer(BasketSerializer):
    external_ref = IdentifierField(max_length=100, required=False, help_text="Unique per client, for ever.")
    payment_terms = ChoiceField(
        PaymentTerms.choices, required=False, help_text="on_account needs the scope orders:terms."
    )
    billing_address = PostalAddressSerializer(required=False)
    handover = ChoiceField(
        Handover.choices, required=False, help_text="A parcel needs a complete shipping address to be released."
    )
    shipping_method = StringField(
        max_length=100,
        required=False,
        allow_blank=True,
        help_text="How it is called; the delivery method's name by default.",
    )
    metadata = MetadataField(required=False)
    tags = TagsField(required=False)
    draft = BooleanField(required=False, help_text="Reserve stock for a checkout, and place the order later.")
    quote = StringField(
        max_length=MAX_QUOTE, required=False,
        help_text="What POST /quotes/ gave as `quote`: the order costs that, or is refused with what changed.",
    )  # fmt: skip


class OrderChangesSerializer(StrictSerializer):
    email = EmailField(required=False, allow_blank=True)
    payment_terms = ChoiceField(
        PaymentTerms.choices, required=False, help_text="on_account needs the scope orders:terms."
    )
    shipping_address = PostalAddressSerializer(required=False)
    billing_address = PostalAddressSerializer(required=False)
    handover = ChoiceField(
        Handover.choices, required=False, help_text="A parcel needs a complete shipping address to be released."
    )
    shipping_method = StringField(max_length=100, required=False, allow_blank=True)
    metadata = MetadataField(required=False)
    tags = TagsField(required=False)


class CancelOrderSerializer(StrictSerializer):
    reason = StringField(max_length=200)


class ChangePromiseSerializer(StrictSerializer):
    line_id = IdField(help_text="A line of the order of which units wait.")
    promised_on = DateField(help_text="Today, as it is where the storefront is, or later.")


class NewHoldSerializer(StrictSerializer):
    reason = ChoiceField(HoldReason.choices)
    note = StringField(max_length=500, required=False, allow_blank=True)
    expires_at = TimestampField(required=False)


class NewNoteSerializer(StrictSerializer):
    body = BlockField(max_length=5000)


class OrderLineSerializer(StrictSerializer):
    id = IdField()
    position = serializers.IntegerField()
    variant_id = IdField()
    sku = StringField()
    name = StringField()
    unit_price = AmountField()
    discount = AmountField()
    surcharge = AmountField()
    tax = AmountField(help_text="All taxes of the line, whether its price includes them or not.")
    tax_included = AmountField(help_text="The part of them that the price includes.")
    total = AmountField(help_text="unit_price × quantity − discount + surcharge + tax − tax_included.")
    quantity = serializers.IntegerField()
    cancelled = serializers.IntegerField()
    reserved = serializers.IntegerField()
    backordered = serializers.IntegerField(help_text="Units that wait for stock.")
    shipped = serializers.IntegerField(help_text="Units that were ever dispatched, those that came back included.")
    delivered = serializers.IntegerField()
    undelivered = serializers.IntegerField(help_text="Units that the carrier brought back.")
    returned = serializers.IntegerField(help_text="Delivered units that the customer sent back.")
    credited = serializers.IntegerField(help_text="Units whose share of the total was credited by refunds.")
    promised_on = DateField(
        allow_null=True, help_text="The day that was told for units that wait, or waited; null if none was."
    )


class OrderSerializer(StrictSerializer):
    id = IdField()
    number = serializers.IntegerField(help_text="Unique among all storefronts' orders.")
    display_number = StringField(help_text="What people call the order: its storefront's prefix and the number.")
    client_id = IdField()
    customer_id = IdField(allow_null=True)
    email = StringField()
    external_ref = StringField(allow_null=True)
    currency = CurrencyField()
    status = ChoiceField(OrderStatus.choices)
    payment_status = ChoiceField(PaymentStatus.choices)
    fulfilment_status = ChoiceField(FulfilmentStatus.choices)
    return_status = ChoiceField(ReturnStatus.choices)
    payment_terms = ChoiceField(PaymentTerms.choices)
    subtotal = AmountField()
    discount = AmountField(help_text="Of lines and delivery.")
    surcharge = AmountField()
    tax = AmountField(help_text="All taxes, those of the delivery too, whether prices include them or not.")
    tax_included = AmountField()
    shipping = AmountField(help_text="The delivery charge before discounts and taxes.")
    rounding = AmountField(help_text="By how much the total was rounded to what can be paid in cash; may be negative.")
    total = AmountField()
    authorised = AmountField(help_text="Set aside by cards and not captured yet.")
    captured = AmountField()
    refunded = AmountField()
    due = AmountField(help_text="Still to be paid; negative when money is to be given back.")
    shipping_address = serializers.DictField(child=StringField())
    billing_address = serializers.DictField(child=StringField())
    handover = ChoiceField(Handover.choices)
    shipping_method = StringField()
    metadata = serializers.DictField(child=StringField())
    tags = serializers.ListField(child=StringField())
    cancel_reason = StringField()
    reserved_until = TimestampField(allow_null=True)
    created_at = TimestampField()
    updated_at = TimestampField()
    placed_at = TimestampField(allow_null=True)
    released_at = TimestampField(allow_null=True)
    shipped_at = TimestampField(allow_null=True)
    delivered_at = TimestampField(allow_null=True)
    completed_at = TimestampField(allow_null=True)
    cancelled_at = TimestampField(allow_null=True)
    version = serializers.IntegerField()
    lines = OrderLineSerializer(many=True, required=False, help_text="In lists with ?expand=lines only.")
    payments = PaymentSerializer(many=True, required=False, help_text="With ?expand=payments only.")
    instalments = InstalmentSerializer(
        many=True, required=False, help_text="With ?expand=instalments only: when what is due is to be paid."
    )
    prices = serializers.ListField(
        child=serializers.DictField(),
        required=False,
        help_text="With ?expand=prices only: one object with the adjustments, the deliveries and the taxes by rate.",
    )
    sourcing = serializers.ListField(
        child=serializers.DictField(),
        required=False,
        help_text="With ?expand=sourcing only: the plans by which its units were taken, as POST /stock/sourcing-plan/ "
        "tells them. Empty where the storefront had no rules.",
    )
    shipments = serializers.ListField(
        child=serializers.DictField(),
        required=False,
        help_text="With ?expand=shipments only: as GET /shipments/ gives them.",
    )


class HoldSerializer(StrictSerializer):
    id = IdField()
    reason = ChoiceField(HoldReason.choices)
    note = StringField()
    actor = ActorSerializer(help_text="Who placed it and answers for it.")
    placed_at = TimestampField()
    expires_at = TimestampField(allow_null=True)
    lifted_at = TimestampField(allow_null=True)
    lifted_by = ActorSerializer(allow_null=True)


class NoteSerializer(StrictSerializer):
    id = IdField()
    body = StringField()
    actor = ActorSerializer()
    created_at = TimestampField()


class EventSerializer(StrictSerializer):
    specversion = StringField()
    id = IdField()
    type = StringField()
    source = StringField()  # type: ignore[assignment]
    subject = IdField()
    time = TimestampField()
    sequence = StringField(help_text="The order's version after this event: gap-free.")
    datacontenttype = StringField()
    dataschema = StringField(help_text="Names the type and the version of its data's schema.")
    clientid = IdField(help_text="The storefront whose order it is.")
    actor = StringField(help_text="Kind and id of who did it: staff:7.")
    requestid = StringField()
    data = serializers.DictField()  # type: ignore[assignment]
