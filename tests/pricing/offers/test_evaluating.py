"""What offers take off a basket, to the cent, and why the others give nothing."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.money import allot, exponent
from pricing.offers.evaluating import Applied, OfferLine, OfferRule, Refused, evaluate
from pricing.offers.statuses import OfferKind

NOW = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
IDS = [uuid.UUID(int=number) for number in range(1, 40)]
GROUP = uuid.UUID(int=99)
NEEDED: dict[str, dict[str, Any]] = {
    "percentage": {"percentage": Decimal(10)},
    "amount": {"amounts": {"EUR": 500}},
    "free_delivery": {},
    "buy_x_get_y": {"buy_quantity": 2, "get_quantity": 1, "percentage": Decimal(100)},
}


def line(key: str, unit_price: int, quantity: int = 1, **fields: Any) -> OfferLine:
    """The key's number is its variant and its product."""
    number = int(key)
    return OfferLine(key, IDS[number], IDS[number], quantity, unit_price, **fields)


def rule(code: str = "A", kind: str = "percentage", **fields: Any) -> OfferRule:
    needed = NEEDED[kind]
    number = uuid.uuid5(uuid.NAMESPACE_OID, code)
    return OfferRule(
        **{"id": number, "code": code, "label": f"Offer {code}", "kind": OfferKind(kind), **needed, **fields}
    )


def run(
    lines: Sequence[OfferLine], *rules: OfferRule, currency: str = "EUR", **asked: Any
) -> tuple[Sequence[Applied], Sequence[Refused]]:
    codes = asked.pop("codes", [each.asked_by for each in rules if each.asked_by])
    return evaluate(lines, rules, currency=currency, at=NOW, codes=codes, **asked)


def off(lines: Sequence[OfferLine], *rules: OfferRule, **asked: Any) -> list[tuple[str, dict[str, int]]]:
    return [(each.code, dict(each.by_line)) for each in run(lines, *rules, **asked)[0]]


def refusals(lines: Sequence[OfferLine], *rules: OfferRule, **asked: Any) -> list[tuple[str, str]]:
    return [(each.code, each.reason) for each in run(lines, *rules, **asked)[1]]


# What each kind takes off


def test_a_percentage_is_rounded_once_over_all_its_lines_and_allotted() -> None:
    lines = [line("1", 333), line("2", 333), line("3", 333)]
    assert off(lines, rule(percentage=Decimal(10))) == [("A", {"1": 34, "2": 33, "3": 33})]
    assert off([line("1", 5)], rule(percentage=Decimal(10))) == [("A", {"1": 1})]
    assert off([line("1", 1000)], rule(percentage=Decimal("33.33"))) == [("A", {"1": 333})]


def test_an_amount_is_allotted_by_what_lines_cost_and_never_exceeds_them() -> None:
    assert off([line("1", 1000), line("2", 500)], rule(kind="amount")) == [("A", {"1": 333, "2": 167})]
    assert off([line("1", 300)], rule(kind="amount")) == [("A", {"1": 300})]


def test_buying_two_gets_the_cheapest_third_for_nothing() -> None:
    lines = [line("1", 900), line("2", 400, 2)]
    assert off(lines, rule(kind="buy_x_get_y")) == [("A", {"2": 400})]
    assert off([line("1", 100, 8)], rule(kind="buy_x_get_y")) == [("A", {"1": 200})]


def test_of_units_that_are_got_a_percentage_is_taken_off() -> None:
    lines = [line("1", 900), line("2", 405, 2)]
    assert off(lines, rule(kind="buy_x_get_y", percentage=Decimal(50))) == [("A", {"2": 203})]


def test_units_that_are_got_share_exactly_what_an_offer_before_has_left_of_their_line() -> None:
    """100 × 3 less 10 % is 270; less 1 of another offer it is 269: thirds of 90, 89 and 90."""
    first = rule("A", "amount", amounts={"EUR": 31}, priority=1)
    assert off([line("1", 100, 3)], first, rule("B", "buy_x_get_y")) == [("A", {"1": 31}), ("B", {"1": 90})]
    assert (
        sum(
            part
            for _, by_line in off([line("1", 100, 3)], first, rule("B", "buy_x_get_y", buy_quantity=1, get_quantity=2))
            for part in by_line.values()
        )
        == 31 + 179
    )


def test_offers_take_in_order_of_priority_of_what_is_left() -> None:
    tenth, five = rule("A", percentage=Decimal(10)), rule("B", "amount")
    assert off([line("1", 10_000)], tenth, five) == [("A", {"1": 1_000}), ("B", {"1": 500})]
    assert off([line("1", 10_000)], tenth, replace(five, priority=1)) == [("B", {"1": 500}), ("A", {"1": 950})]


def test_free_delivery_takes_nothing_off_lines() -> None:
    applied, _ = run([line("1", 100)], rule(kind="free_delivery"))
    assert [(each.free_delivery, dict(each.by_line), each.rate) for each in applied] == [(True, {}, None)]


def test_an_offer_is_for_the_products_and_variants_that_it_names() -> None:
    lines = [line("1", 100), line("2", 100), line("3", 100, takes_offers=False)]
    assert off(lines, rule(variant_ids=frozenset([IDS[1]]))) == [("A", {"1": 10})]
    assert off(lines, rule(product_ids=frozenset([IDS[2]]), variant_ids=frozenset([IDS[1]]))) == [
        ("A", {"1": 10, "2": 10})
    ]
    assert off(lines, rule()) == [("A", {"1": 10, "2": 10})]


def test_an_applied_offer_says_what_it_is() -> None:
    applied, _ = run([line("1", 1000)], rule(asked_by="Hello"))
    assert list(applied) == [Applied(rule().id, "Hello", "Offer A", OfferKind.PERCENTAGE, {"1": 100}, rate=Decimal(10))]
    assert applied[0].amount == 100


# Why not


@pytest.mark.parametrize(
    ("fields", "asked", "reason", "detail"),
    [
        ({"active": False}, {}, "not_available", "This offer is not available."),
        ({"code_active": False}, {}, "not_available", "This offer is not available."),
        ({"starts_at": NOW + DAY}, {}, "not_begun", "This offer has not begun yet."),
        ({"ends_at": NOW}, {}, "ended", "This offer has ended."),
        ({"group_ids": frozenset([GROUP])}, {}, "group", "This offer is for other customers."),
        ({"minimum_amounts": {"GBP": 1}}, {}, "currency", "This offer is not available in EUR."),
        ({"kind": OfferKind.AMOUNT, "amounts": {"GBP": 1}}, {}, "currency", "This offer is not available in EUR."),
        (
            {"variant_ids": frozenset([IDS[30]])}, {}, "nothing_in_basket",
            "There is nothing in the basket that this offer is for.",
        ),
        (
            {"minimum_amounts": {"EUR": 5_000}}, {}, "minimum_amount",
            "Add 40.00 EUR more of what this offer is for: it needs 50.00 EUR.",
        ),
        ({"minimum_quantity": 3}, {}, "minimum_quantity", "Add 2 more of what this offer is for: it needs 3."),
        ({"total_limit": 5, "used": 5}, {}, "used_up", "This offer has been used up."),
        ({"total_limit": 5}, {"used": {rule().id: 5}}, "used_up", "This offer has been used up."),
        ({"code_limit": 1, "code_used": 1}, {}, "used_up", "This offer has been used up."),
        (
            {"limit_per_customer": 1}, {"customer_uses": {rule().id: 1}}, "used_by_customer",
            "Each customer can use this offer once, and you have.",
        ),
        (
            {"limit_per_customer": 2}, {"customer_uses": {rule().id: 3}}, "used_by_customer",
            "Each customer can use this offer 2 times, and you have.",
        ),
        (
            {"limit_per_customer": 1}, {"buyer_known": False}, "buyer_unknown",
            "This offer is limited per customer: sign in, or give your e-mail address.",
        ),
    ],
)  # fmt: skip
def test_a_refused_code_says_why(fields: dict[str, Any], asked: dict[str, Any], reason: str, detail: str) -> None:
    applied, refused = run([line("1", 1000)], rule(asked_by="HELLO", **fields), **asked)
    assert list(applied) == []
    assert list(refused) == [Refused("HELLO", "Offer A", reason, detail, rule().id)]


def test_what_is_just_reached_holds() -> None:
    fitting = rule(
        starts_at=NOW, ends_at=NOW + DAY, minimum_amounts={"EUR": 1000}, minimum_quantity=1, total_limit=5, used=4,
        limit_per_customer=2, group_ids=frozenset([GROUP]), asked_by="A", code_limit=2, code_used=1,
    )  # fmt: skip
    assert off([line("1", 1000)], fitting, groups={GROUP}, customer_uses={fitting.id: 1}) == [("A", {"1": 100})]


def test_buy_two_get_one_says_how_many_more() -> None:
    _, refused = run([line("1", 100, 2)], rule(kind="buy_x_get_y"))
    assert [(each.reason, each.detail) for each in refused] == [
        ("minimum_quantity", "Add 1 more of what this offer is for: it needs 3.")
    ]


def test_an_unknown_code_is_told_once_as_it_was_typed() -> None:
    assert run([line("1", 100)], codes=["nope", "NOPE"])[1] == [
        Refused("nope", "", "unknown_code", "There is no such code.")
    ]


def test_a_rule_whose_code_was_not_asked_for_gives_nothing() -> None:
    assert run([line("1", 100)], rule(asked_by="HELLO"), codes=[]) == ([], [])
    assert off([line("1", 100)], rule(asked_by="HELLO"), codes=["hello"]) == [("HELLO", {"1": 10})]


def test_automatic_offers_are_silent_unless_the_shopper_can_do_something() -> None:
    for hidden in ({"active": False}, {"ends_at": NOW}, {"group_ids": frozenset([GROUP])}, {"total_limit": 0}):
        assert refusals([line("1", 100)], rule(**hidden)) == []
    assert refusals([line("1", 100)], rule(minimum_quantity=2)) == [("A", "minimum_quantity")]


def test_two_codes_of_one_offer_give_it_once_by_the_one_that_can_be_used() -> None:
    spent, good = rule(asked_by="AAA", code_limit=1, code_used=1), rule(asked_by="BBB")
    assert off([line("1", 100)], spent, good) == [("BBB", {"1": 10})]
    assert refusals([line("1", 100)], spent, good) == [("AAA", "used_up")]
    assert refusals([line("1", 100)], rule(asked_by="AAA"), good) == [("BBB", "same_offer")]


def test_an_offer_for_which_nothing_is_left_is_not_used() -> None:
    all_of_it, more = rule("A", percentage=Decimal(100)), rule("B", asked_by="B")
    assert off([line("1", 100)], all_of_it, more) == [("A", {"1": 100})]
    assert refusals([line("1", 100)], all_of_it, more) == [("B", "nothing_left")]
    twice = [rule(code, "free_delivery", asked_by=code) for code in ("A", "B")]
    assert refusals([line("1", 100)], *twice) == [("B", "nothing_left")]


# Combining


def test_the_best_for_the_shopper_is_one_that_stands_alone_or_all_others_together() -> None:
    five, ten = rule("FIVE", percentage=Decimal(5), asked_by="FIVE"), rule("TEN", asked_by="TEN")
    alone = rule("ALONE", percentage=Decimal(14), combinable=False, asked_by="ALONE")
    lines = [line("1", 10_000)]
    assert off(lines, five, ten, alone) == [("FIVE", {"1": 500}), ("TEN", {"1": 950})]
    _, refused = run(lines, five, ten, alone)
    assert [each.detail for each in refused] == [
        "It can't be combined with Offer FIVE and Offer TEN, which is better for you."
    ]
    better = replace(alone, percentage=Decimal(15))
    assert off(lines, five, ten, better) == [("ALONE", {"1": 1_500})]
    assert refusals(lines, five, ten, better) == [("FIVE", "not_combinable"), ("TEN", "not_combinable")]


def test_ties_go_by_priority_and_then_by_code() -> None:
    lines = [line("1", 1000)]
    one, two = rule("ONE", combinable=False), rule("TWO", combinable=False)
    assert off(lines, two, one) == [("ONE", {"1": 100})]
    assert off(lines, replace(two, priority=1), one) == [("TWO", {"1": 100})]


def test_free_delivery_is_worth_what_delivery_costs() -> None:
    lines, free = [line("1", 1000)], rule("FREE", "free_delivery", combinable=False)
    tenth = rule("TEN", combinable=False)
    assert [each[0] for each in off(lines, free, tenth, delivery_charge=99)] == ["TEN"]
    assert [each[0] for each in off(lines, free, tenth, delivery_charge=101)] == ["FREE"]
    assert [each[0] for each in off(lines, free)] == ["FREE"]


# Whatever the basket and the offers


CURRENCIES = ("EUR", "JPY", "KWD")


@st.composite
def baskets(draw: Any) -> list[OfferLine]:
    numbers = draw(st.lists(st.integers(0, 30), min_size=1, max_size=6, unique=True))
    amounts = st.integers(0, 10**6)
    return [
        line(str(number), draw(amounts), draw(st.integers(1, 7)), takes_offers=draw(st.integers(0, 5)) > 0)
        for number in numbers
    ]


@st.composite
def offers(draw: Any, currency: str) -> list[OfferRule]:
    found = []
    for number in range(draw(st.integers(0, 6))):
        code = f"O{number}"
        kind = draw(st.sampled_from(list(OfferKind)))
        needed: dict[str, Any] = {
            "percentage": draw(st.decimals("0.01", 100, places=2)) if kind in {"percentage", "buy_x_get_y"} else None
        }
        if kind == OfferKind.AMOUNT:
            needed["amounts"] = {currency: draw(st.integers(1, 10**6))}
        if kind == OfferKind.BUY_X_GET_Y:
            needed |= {"buy_quantity": draw(st.integers(1, 4)), "get_quantity": draw(st.integers(1, 3))}
        found.append(
            rule(
                code, str(kind), **needed, combinable=draw(st.booleans()), priority=draw(st.integers(1, 3)),
                asked_by=draw(st.sampled_from(["", code.lower()])),
                variant_ids=frozenset(draw(st.lists(st.sampled_from(IDS[:31]), max_size=3))),
                minimum_quantity=draw(st.integers(0, 3)), total_limit=draw(st.sampled_from([None, 1])),
                used=draw(st.integers(0, 1)),
            )
        )  # fmt: skip
    return found


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_no_offer_takes_more_than_a_line_has_and_order_makes_no_difference(data: Any) -> None:
    currency = data.draw(st.sampled_from(CURRENCIES))
    assert exponent(currency) in {0, 2, 3}
    lines, rules = data.draw(baskets()), data.draw(offers(currency))
    codes = [each.asked_by for each in rules if each.asked_by] + ["unknown"]
    applied, refused = evaluate(lines, rules, currency=currency, at=NOW, codes=codes)

    by_key = {each.key: each for each in lines}
    for key, each in by_key.items():
        taken = [one.by_line.get(key, 0) for one in applied]
        assert all(type(part) is int and part >= 0 for part in taken)
        assert sum(taken) <= (each.amount if each.takes_offers else 0)
    assert all(one.by_line or one.free_delivery for one in applied)
    assert all(part > 0 for one in applied for part in one.by_line.values())

    told = {one.offer_id for one in applied} | {one.offer_id for one in refused}
    assert {each.id for each in rules if each.asked_by} <= told
    assert len(applied) == len({one.offer_id for one in applied})
    alone = [each for each in rules if each.id in {one.offer_id for one in applied} and not each.combinable]
    assert not alone or len(applied) == 1

    shuffled = evaluate(
        data.draw(st.permutations(lines)), data.draw(st.permutations(rules)), currency=currency, at=NOW,
        codes=data.draw(st.permutations(codes)),
    )  # fmt: skip
    assert shuffled == (applied, refused)


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_no_other_choice_is_better_for_the_shopper(data: Any) -> None:
    lines, rules = data.draw(baskets()), data.draw(offers("EUR"))
    rules = [replace(each, asked_by="", total_limit=None) for each in rules]
    best = sum(each.amount for each in run(lines, *rules)[0])
    alone = [[each] for each in rules if not each.combinable]
    for choice in (*alone, [each for each in rules if each.combinable]):
        assert sum(each.amount for each in run(lines, *choice)[0]) <= best


@settings(max_examples=200, deadline=None)
@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=8), st.decimals("0.01", 100, places=2))
def test_the_parts_of_a_percentage_are_those_of_its_one_rounding(prices: list[int], percentage: Decimal) -> None:
    lines = [line(str(number), price) for number, price in enumerate(prices)]
    whole = int((Decimal(sum(prices)) * percentage / 100).quantize(Decimal(1), rounding="ROUND_HALF_UP"))
    by_line = next((parts for _, parts in off(lines, rule(percentage=percentage))), {})
    assert sum(by_line.values()) == whole
    ordered = sorted(range(len(prices)), key=lambda number: str(IDS[number]))
    parts = allot(whole, [prices[number] for number in ordered])
    assert by_line == {str(number): part for number, part in zip(ordered, parts, strict=True) if part}
