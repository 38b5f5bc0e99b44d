"""What a gateway paid to the bank, from its file to the books."""

from __future__ import annotations

import csv
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import F

from books.models import Posting, PostingLine
from books.queries import postings_of, trial_balance
from core.ids import new_id
from core.models import Event
from orders.payments.models import PaymentAttempt
from orders.settlement.actions import import_payouts
from orders.settlement.errors import PayoutsRefused
from orders.settlement.models import Payout, PayoutLine
from orders.settlement.payouts import NewPayout
from orders.settlement.queries import settlement_off
from orders.settlement.reading import LAYOUT
from tests.factories.core import ACTOR
from tests.factories.orders import TOTAL
from tests.factories.settlement import PAID_ON, a_captured_attempt, a_new_payout, a_payout
from tests.factories.watching import as_superuser, nothing_changes, refused_by_the_database

pytestmark = pytest.mark.django_db


def problems(*payouts: NewPayout) -> list[str]:
    """Why they are refused; nothing is changed."""
    with nothing_changes(), pytest.raises(PayoutsRefused) as refusal:
        import_payouts("fake", payouts, actor=ACTOR)
    return list(refusal.value.problems)


def test_the_bank_gets_the_net_fees_what_was_kept_and_the_gateway_has_so_much_less() -> None:
    attempt = a_captured_attempt()
    payout = a_payout(attempt)
    found = {each.account: (each.detail, each.amount) for each in trial_balance(None)}
    assert found == {"bank": ("", TOTAL - 30), "fees": ("fake", 30), "goods": ("", -TOTAL)}
    posting = postings_of(payout.pk).get()
    assert (posting.kind, posting.subject_type, posting.version, posting.actor) == ("paid_out", "payout", 1, ACTOR)
    assert (payout.gross, payout.fee, payout.net, payout.paid_on) == (TOTAL, 30, TOTAL - 30, PAID_ON)
    assert PayoutLine.objects.get().attempt == attempt
    assert Event.objects.get(type="payout.imported").data == {
        "gateway": "fake", "currency": "EUR", "gross": TOTAL, "fee": 30, "net": TOTAL - 30, "lines": 1,
    }  # fmt: skip
    assert settlement_off() == []


def test_a_payout_that_is_here_stays_as_it_is_and_others_beside_it_are_brought_in() -> None:
    first, second = a_captured_attempt(), a_captured_attempt()
    payouts = [a_new_payout([first], "po_1"), a_new_payout([second], "po_2")]
    import_payouts("fake", payouts[:1], actor=ACTOR)
    assert [each.reference for each in import_payouts("fake", payouts, actor=ACTOR)] == ["po_2"]
    with nothing_changes():
        assert import_payouts("fake", payouts, actor=ACTOR) == []


def test_every_problem_is_told_at_once_and_nothing_is_changed() -> None:
    attempt, paid_out = a_captured_attempt(), a_captured_attempt()
    a_payout(paid_out, "po_0")
    good = a_new_payout([attempt])
    line = good.lines[0]
    unknown = new_id()
    assert problems(replace(good, gross=1, fee=2, net=3)) == [
        "line 2: payout po_1 has a gross of 0.01 EUR, and its lines come to 27.50 EUR.",
        "line 2: payout po_1 has a fee of 0.02 EUR, and its lines come to 0.30 EUR.",
        "line 2: payout po_1 has a net of 0.03 EUR, and its gross less its fee is -0.01 EUR.",
    ]
    lines = [
        replace(line, key=unknown, place="line 3"),
        replace(line, key=paid_out.pk, place="line 4"),
        replace(line, amount=5),
    ]
    whole = replace(good, lines=lines, gross=2 * TOTAL + 5, fee=90, net=2 * TOTAL - 85)
    assert problems(whole) == [
        f"line 3: the gateway was never asked for the call {unknown}.",
        f"line 4: the call {paid_out.pk} is paid out already, by po_0.",
        f"line 2: the call {attempt.pk} is 0.05 EUR, and here 27.50 EUR.",
    ]
    assert problems(good, replace(good, reference="po_2")) == [f"line 2: the call {attempt.pk} is named 2 times."] * 2
    assert problems(replace(good, currency="USD")) == [
        f"line 2: the call {attempt.pk} is 27.50 USD, and here 27.50 EUR."
    ]
    stored = Payout.objects.get()
    other = replace(a_new_payout([paid_out], "po_0"), paid_on=PAID_ON.replace(day=1))
    assert problems(other) == [f"line 2: payout {stored} is here already, with other figures or other calls."]


def test_what_moved_no_money_is_not_paid_out() -> None:
    authorised = a_captured_attempt().payment.attempts.get(kind="authorise")
    good = a_new_payout([a_captured_attempt()])
    wrong = replace(good, lines=[replace(good.lines[0], key=authorised.pk)])
    assert problems(wrong) == [
        f"line 2: the call {authorised.pk} is 27.50 EUR, and here it moved no money: authorise, succeeded."
    ]


def test_calls_of_another_gateway_are_not_known_to_this_one() -> None:
    payout = a_new_payout([a_captured_attempt()])
    with nothing_changes(), pytest.raises(PayoutsRefused, match="1 problems"):
        import_payouts("other", [payout], actor=ACTOR)


class TestTheDatabase:
    @pytest.mark.parametrize("statement", ["UPDATE {} SET id = id", "DELETE FROM {}"])
    @pytest.mark.parametrize("table", ["orders_payout", "orders_payoutline"])
    def test_keeps_what_was_paid_out(self, table: str, statement: str) -> None:
        a_payout()
        with refused_by_the_database("Cannot update or delete"), connection.cursor() as cursor:
            cursor.execute(statement.format(table))

    def plant(self, *, lines: bool = True, **figures: Any) -> None:
        attempt = a_captured_attempt()
        given = {"gross": TOTAL, "fee": 0, "net": TOTAL, **figures}
        with refused_by_the_database("payout"):
            payout = Payout.objects.create(
                gateway="fake", reference="po_9", currency="EUR", paid_on=PAID_ON, version=1, **given, **ACTOR.columns()
            )
            if lines:
                PayoutLine.objects.create(payout=payout, attempt=attempt, amount=TOTAL, fee=0)
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

    def test_adds_a_payout_up(self) -> None:
        self.plant(net=TOTAL - 1)
        self.plant(gross=TOTAL + 1, net=TOTAL + 1)
        self.plant(fee=1, net=TOTAL - 1)
        self.plant(lines=False)

    def test_takes_no_line_later_and_pays_no_call_out_twice(self) -> None:
        payout, attempt = a_payout(), a_captured_attempt()
        with refused_by_the_database("all of its lines at once"):
            PayoutLine.objects.create(payout=payout, attempt=attempt, amount=5, fee=0)
        with refused_by_the_database("attempt_id"):
            PayoutLine.objects.create(payout=payout, attempt=payout.lines.get().attempt, amount=5, fee=0)

    def test_has_a_reference_of_a_gateway_once(self) -> None:
        payout = a_payout()
        with refused_by_the_database("payout_reference_once"):
            payout.pk = new_id()
            payout.save(force_insert=True)


def test_a_planted_fee_and_a_missing_posting_are_named() -> None:
    a_payout()
    with as_superuser(Payout):
        Payout.objects.update(fee=F("fee") + 1)
    assert [(each.account, each.stored, each.expected) for each in settlement_off()] == [("fees (fake)", 30, 31)]
    with as_superuser():
        PostingLine.objects.filter(posting__kind="paid_out").delete()
        Posting.objects.filter(kind="paid_out").delete()
    assert [each.stored for each in settlement_off()] == [0, 0, 0]


class TestTheFile:
    def row(self, attempt: PaymentAttempt, **cells: str) -> dict[str, str]:
        given = {
            "payout": "po_1", "paid_on": "2026-01-31", "currency": "EUR", "gross": "27.50", "fee": "0.30",
            "net": "27.20", "call": str(attempt.pk), "amount": "27.50", "call_fee": "0.30",
        }  # fmt: skip
        return {**given, **cells}

    def bring_in(self, path: Path, *rows: dict[str, str]) -> tuple[str, str]:
        """What the command tells, and its problems."""
        with path.open("w", newline="") as file:
            writer = csv.DictWriter(file, LAYOUT.names)
            writer.writeheader()
            writer.writerows(rows)
        output, errors = StringIO(), StringIO()
        try:
            call_command("import_payouts", str(path), "--gateway", "fake", stdout=output, stderr=errors)
        except CommandError as error:
            return str(error), errors.getvalue()
        return output.getvalue(), errors.getvalue()

    def test_is_brought_in_once(self, tmp_path: Path) -> None:
        row = self.row(a_captured_attempt())
        assert self.bring_in(tmp_path / "po.csv", row) == (
            "po_1 of 2026-01-31: 27.20 EUR to the bank, 0.30 EUR of fees\n1 payouts brought in, 0 were here already\n",
            "",
        )
        with nothing_changes():
            told, _ = self.bring_in(tmp_path / "po.csv", row)
        assert told == "0 payouts brought in, 1 were here already\n"
        assert Payout.objects.get().net == TOTAL - 30

    def test_has_every_cell_that_cannot_be_read_told_with_its_line(self, tmp_path: Path) -> None:
        attempt = a_captured_attempt()
        bad = self.row(attempt, payout="", paid_on="31.1.2026", call="x", gross="27,50", fee="0.301", net=str(10**16))
        with nothing_changes():
            told, errors = self.bring_in(
                tmp_path / "po.csv", bad, self.row(attempt, currency="XXX"), self.row(attempt),
                self.row(attempt, net="1.00"), self.row(attempt, amount="0.00"),
            )  # fmt: skip
        assert told.endswith("9 problems; nothing was brought in.")
        assert errors.splitlines() == [
            "line 2: payout has 1 to 100 characters.",
            "line 2: paid_on is not a day such as 2026-01-31.",
            "line 2: call is not the key of a call that we made.",
            "line 2: gross is not a decimal number with a point.",
            "line 2: fee has more digits than EUR has.",
            "line 2: net is too large.",
            "line 3: currency is no currency of today, such as EUR.",
            "line 5: payout po_1 has other figures than in line 4.",
            "line 6: amount is nothing.",
        ]

    def test_that_does_not_add_up_is_refused_with_why(self, tmp_path: Path) -> None:
        row = self.row(a_captured_attempt(), amount="27.00")
        with nothing_changes():
            _, errors = self.bring_in(tmp_path / "po.csv", row)
        assert "has a gross of 27.50 EUR, and its lines come to 27.00 EUR." in errors

    def test_of_other_columns_or_of_no_rows_is_refused(self, tmp_path: Path) -> None:
        path = tmp_path / "po.csv"
        path.write_text("payout,paid_on\npo_1,2026-01-31\n")
        with nothing_changes(), pytest.raises(CommandError, match="lacks the columns currency"):
            call_command("import_payouts", str(path), "--gateway", "fake")
        with nothing_changes():
            assert self.bring_in(path)[1] == "The file has no rows.\n"

    def test_of_a_gateway_that_there_is_not_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(CommandError, match="There is no gateway nobody"):
            call_command("import_payouts", str(tmp_path / "po.csv"), "--gateway", "nobody")
