"""What should become of one order that is paid by cards: a model of plain dicts, of the shop and of the cards' bank.

It knows nothing of the product. Amounts are minor units; days are counted from the order's first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

PRICES = (250, 1_000)
LASTS = 7
"""Days for which the bank keeps what it has set aside."""
MOST_KEPT = 10
"""What is kept of a customer's money, and set aside, is at most so many times the order's total."""
UNDER_WAY = ("requested", "needs_action")
OPEN = ("placed", "processing")
MONEY = ("charged", "captured", "refunded", "credited", "written_off")
STORED = ("gift_card", "store_credit")

Row = dict[str, Any]
"""A payment, an attempt, a refund or a charge, by the names of its columns."""


class Bank:
    """What the gateway has: `charges`, and for each thing it was asked what it answered."""

    def __init__(self) -> None:
        self.charges: list[Row] = []

    def do(self, attempt: Row, day: int) -> str:
        """Do it, once however often it is asked; returns the outcome."""
        if not attempt["answer"]:
            attempt["answer"] = (
                self._authorise(attempt, day) if attempt["kind"] == "authorise" else _change(attempt, day)
            )
        return str(attempt["answer"])

    def act(self, attempt: Row, day: int, *, agrees: bool) -> None:
        """The payer acts at last."""
        attempt["answer"] = self._set_aside(attempt, day) if agrees else "declined"

    def _authorise(self, attempt: Row, day: int) -> str:
        if attempt["card"] == "tok_declined":
            return "declined"
        return "needs_action" if attempt["card"] == "tok_action" else self._set_aside(attempt, day)

    def _set_aside(self, attempt: Row, day: int) -> str:
        charge = {"amount": attempt["amount"], "captured": 0, "refunded": 0, "voided": False}
        attempt["payment"]["charge"] = {**charge, "until": day + LASTS, "card": attempt["card"]}
        self.charges.append(attempt["payment"]["charge"])
        return "succeeded"


def _change(attempt: Row, day: int) -> str:
    charge, kind, amount = attempt["payment"]["charge"], attempt["kind"], attempt["amount"]
    if kind == "capture" and (charge["voided"] or day >= charge["until"]):
        return "declined"
    if kind == "refund" and charge["card"] == "tok_no_refund":
        return "declined"
    if kind == "void":
        charge["voided"] = True
    else:
        charge[f"{kind}d" if kind == "capture" else "refunded"] += amount
    return "succeeded"


class Shop:
    """One order of two lines with its money, its payments, what is asked of the bank, and its refunds."""

    def __init__(self, quantities: Sequence[int], *, on_authorised: bool, once: bool) -> None:
        self.quantities, self.on_authorised, self.once = quantities, on_authorised, once
        self.total = sum(price * count for price, count in zip(PRICES, quantities, strict=True))
        self.bank = Bank()
        self.day = 0
        self.status, self.deleted = "placed", False
        self.money = dict.fromkeys(MONEY, 0) | {"charged": self.total}
        self.credit = 0
        """What its last cancellation credited."""
        self.shipped, self.credited = [0, 0], [0, 0]
        self.payments: list[Row] = []
        self.attempts: list[Row] = []
        self.refunds: list[Row] = []
        self.stored = {"gift_card": 700, "store_credit": 500}

    # What it comes to

    @property
    def due(self) -> int:
        money = self.money
        return money["charged"] - money["credited"] - money["written_off"] - money["captured"] + money["refunded"]

    @property
    def left_of_charge(self) -> int:
        return self.money["charged"] - self.money["credited"] - self.money["written_off"]

    @property
    def kept(self) -> int:
        return self.money["captured"] - self.money["refunded"]

    @property
    def room(self) -> int:
        """What it can take beside what is set aside."""
        return MOST_KEPT * self.total - self.kept - self.authorised

    @property
    def authorised(self) -> int:
        """Set aside and not captured."""
        return sum(_left_of(payment) for payment in self.payments)

    @property
    def is_wanted(self) -> bool:
        return self.status != "cancelled" and not self.deleted

    def under_way(self, *kinds: str) -> list[Row]:
        asked = [each for each in self.attempts if each["status"] in UNDER_WAY]
        return [each for each in asked if each["kind"] in kinds] if kinds else asked

    def is_busy(self, payment: Row) -> bool:
        return any(each["payment"] is payment for each in self.under_way())

    def is_past(self, payment: Row) -> bool:
        return payment["until"] is not None and payment["until"] <= self.day

    def not_asked_for(self, but: Row | None = None) -> int:
        return self.due - sum(self._set_aside(each) for each in self.payments if each is not but)

    def _set_aside(self, payment: Row) -> int:
        if payment["status"] == "pending":
            asked = any(each["payment"] is payment and each["status"] == "requested" for each in self.attempts)
            return int(payment["amount"]) if asked else 0
        return _left_of(payment)

    def is_settled(self) -> bool:
        """Whether its goods may leave."""
        if self.due <= 0:
            return True
        letting_go = any(
            payment["status"] == "authorised"
            and (self.is_past(payment) or any(each["payment"] is payment for each in self.under_way("void")))
            for payment in self.payments
        )
        return self.on_authorised and self.authorised >= self.due and not letting_go

    def to_ship(self, sku: int) -> int:
        return 0 if self.status == "cancelled" else self.quantities[sku] - self.shipped[sku]

    # Payments

    def ask(self, payment: Row, kind: str, amount: int, **more: Any) -> None:
        """Of the bank."""
        asked = {"payment": payment, "kind": kind, "amount": amount, "status": "requested", "answer": ""}
        self.attempts.append({**asked, "id": None, "card": "", "then_capture": False, "refund": None, **more})

    def pay(self, payment_id: Any, method: str, amount: int) -> None:
        """Otherwise than by card: it is here at once."""
        paid = {"status": "captured", "authorised": amount, "captured": amount}
        self.payments.append({**_payment(payment_id, method, amount), **paid})
        self.money["captured"] += amount
        if method in STORED:
            self.stored[method] -= amount

    def charge(self, payment_id: Any, card: str, amount: int, *, capture: bool) -> None:
        self.payments.append(_payment(payment_id, "card", amount))
        self.ask(self.payments[-1], "authorise", amount, card=card, then_capture=capture)

    def settle(self, attempt: Row, outcome: str) -> bool:
        """Hear what became of it; returns whether that was news. What is known already stays so."""
        if attempt["status"] not in UNDER_WAY or attempt["status"] == outcome:
            return False
        attempt["status"] = outcome
        if outcome == "declined":
            self._declined(attempt)
        elif outcome == "succeeded":
            done = {"authorise": self._set, "capture": self._captured, "void": self._voided, "refund": self._refunded}
            done[attempt["kind"]](attempt)
        return True

    def _declined(self, attempt: Row) -> None:
        payment = attempt["payment"]
        if attempt["kind"] == "authorise":
            payment["status"] = "failed"
        elif attempt["kind"] == "capture" and not self.is_wanted:
            self.ask(payment, "void", _left_of(payment))
        elif attempt["kind"] == "void" and self.is_past(payment):
            self._voided(attempt)
        elif attempt["refund"]:
            self._part(attempt["refund"], 0)

    def _set(self, attempt: Row) -> None:
        payment, amount = attempt["payment"], attempt["amount"]
        is_due = self.is_wanted and amount <= self.not_asked_for(but=payment)
        payment.update(status="authorised", authorised=amount, until=payment["charge"]["until"])
        if not is_due:
            self.ask(payment, "void", amount)
        elif attempt["then_capture"]:
            self.ask(payment, "capture", amount)
        else:
            self.capture_what_left()

    def _captured(self, attempt: Row) -> None:
        payment = attempt["payment"]
        payment["captured"] += attempt["amount"]
        self.money["captured"] += attempt["amount"]
        if not _left_of(payment):
            payment["status"] = "captured"
        elif not self.is_wanted or self.due <= 0 or self.once:
            self.ask(payment, "void", _left_of(payment))
        self.capture_what_left()

    def _voided(self, attempt: Row) -> None:
        payment = attempt["payment"]
        payment["authorised"] -= attempt["amount"]
        gone = "expired" if self.is_past(payment) else "voided"
        payment["status"] = "captured" if payment["captured"] else gone

    def _refunded(self, attempt: Row) -> None:
        self._take_back(attempt["payment"], attempt["amount"])
        if attempt["refund"]:
            self._part(attempt["refund"], attempt["amount"])

    def capture_what_left(self) -> None:
        """What the goods that have left cost, the oldest payment first."""
        if not self.authorised or not self.is_wanted or not any(self.shipped):
            return
        asked = sum(each["amount"] for each in self.under_way("capture"))
        staying = sum(price * self.to_ship(sku) for sku, price in enumerate(PRICES))
        left = max(self.due - staying - asked, 0)
        for payment in self.payments:
            most = self.due - asked if self.once and left else left
            part = min(most, _left_of(payment))
            if part > 0 and payment["status"] == "authorised" and not self.is_busy(payment):
                self.ask(payment, "capture", part)
                left, asked = left - part, asked + part

    def expirable(self) -> list[Row]:
        """Payments of which something ran out that nobody has let go yet, the longest over first."""
        over = [each for each in self.payments if each["status"] == "authorised" and self.is_past(each)]
        found = [each for each in over if _left_of(each) and not self.is_busy(each)]
        return sorted(found, key=lambda each: self.bank.charges.index(each["charge"]))

    # Refunds

    def _take_back(self, payment: Row, amount: int) -> None:
        payment["refunded"] += amount
        self.money["refunded"] += amount

    def give_back(self, payment: Row, amount: int, to: str = "original", refund: Row | None = None) -> None:
        if payment["method"] == "card" and to == "original":
            self.ask(payment, "refund", amount, refund=refund)
            return
        self._take_back(payment, amount)
        place = payment["method"] if to == "original" else to
        if place in STORED:
            self.stored[place] += amount
        payment["elsewhere"] += amount if to != "original" else 0
        if refund:
            refund["back"] += amount

    def work_out(self, units: Sequence[int], goodwill: int) -> tuple[int, int] | None:
        """What crediting so much comes to, and how much goes back for it; None when that can't be."""
        left = [each - done for each, done in zip(self.quantities, self.credited, strict=True)]
        if any(wanted > most for wanted, most in zip(units, left, strict=True)):
            return None
        goods = sum(price * count for price, count in zip(PRICES, units, strict=True))
        credited = total = goods + goodwill
        if total and (not self.left_of_charge or (goodwill and total > self.left_of_charge)):
            return None
        if total and (list(units) == left or total > self.left_of_charge):
            credited = self.left_of_charge
        asked = sum(each["amount"] for each in self.under_way("refund"))
        overpaid = max(credited - self.due - asked, 0)
        back = min(overpaid, credited) if credited else overpaid
        return (credited, back) if credited or back else None

    def parts(self, back: int) -> list[tuple[Row, int]]:
        """Of which payments so much goes back: the newest first."""
        found = []
        for payment in reversed(self.payments):
            part = min(back, payment["captured"] - payment["refunded"])
            back -= part
            found += [(payment, part)] if part else []
        return found

    def can_carry_out(self, units: Sequence[int], goodwill: int) -> bool:
        worked = self.work_out(units, goodwill)
        return worked is not None and not any(self.is_busy(payment) for payment, _ in self.parts(worked[1]))

    def carry_out(self, refund: Row) -> None:
        """Credit it, and give back at once what no bank is asked for."""
        credited, back = self.work_out(refund["units"], refund["goodwill"]) or (0, 0)
        refund.update(status="approved", credited=credited, amount=back)
        self.money["credited"] += credited
        self.credited = [done + units for done, units in zip(self.credited, refund["units"], strict=True)]
        for payment, amount in self.parts(back):
            self.give_back(payment, amount, refund["to"], refund)
        self._part(refund, 0)

    def _part(self, refund: Row, amount: int) -> None:
        """So much more of it went back; the last answer of a bank ends it."""
        refund["back"] += amount
        if not any(each["refund"] is refund for each in self.under_way()):
            refund["status"] = "succeeded" if refund["back"] == refund["amount"] else "failed"

    # The order

    def can_cancel(self) -> bool:
        return self.status in OPEN and not any(self.shipped)

    def cancel(self) -> None:
        self.status = "cancelled"
        self.credit = self.left_of_charge
        self.money["credited"] += self.credit
        for payment in reversed(self.payments):
            if payment["status"] == "authorised" and _left_of(payment) and not self.is_busy(payment):
                self.ask(payment, "void", _left_of(payment))

    def reopen(self) -> None:
        self.status = "placed"
        self.money["credited"] -= self.credit

    def can_delete(self) -> bool:
        """With nothing on its way, and no money of the customer's left."""
        if self.status in OPEN:
            return self.can_cancel() and self.kept <= 0 and not self.under_way("capture")
        return self.status in {"cancelled", "completed"} and self.due >= 0 and not self.under_way("capture")

    def dispatch(self, parcel: Counter[int]) -> None:
        for sku, count in parcel.items():
            self.shipped[sku] += count
        if not any(self.to_ship(sku) for sku in range(2)):
            self.status = "shipped"


def _payment(payment_id: Any, method: str, amount: int) -> Row:
    """One that nobody has paid yet. `elsewhere`: what of it was given back to somewhere else than it came from."""
    empty = {"authorised": 0, "captured": 0, "refunded": 0, "elsewhere": 0, "until": None, "charge": None}
    return {"id": payment_id, "method": method, "status": "pending", "amount": amount, **empty}


def _left_of(payment: Row) -> int:
    return int(payment["authorised"] - payment["captured"])
