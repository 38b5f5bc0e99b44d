"""What trading refuses, in words."""

from __future__ import annotations

from core.errors import DomainError
from core.money import format_money


class BookTooThin(DomainError):
    """The side of the book has less than was asked for."""

    code = "book_too_thin"
    title = "Book too thin"

    def __init__(self, symbol: str, side: str, *, asked: int, available: int) -> None:
        super().__init__(
            f"The {side} side of {symbol} has {available:,} and {asked:,} was asked for.",
            unblock=f"Ask for {available:,} or less, or wait for more orders." if available else "Wait for orders.",
            symbol=symbol,
            side=side,
            amount=asked,
            available=available,
        )


class LimitExceeded(DomainError):
    """The trade would cost more than its caller allows."""

    code = "limit_exceeded"
    title = "Limit exceeded"

    def __init__(self, *, total: int, limit_total: int, currency: str, available: int) -> None:
        super().__init__(
            f"The trade comes to {format_money(total, currency)}, over the limit of "
            f"{format_money(limit_total, currency)}.",
            unblock="Ask for the price again, then raise limit_total or ask for less.",
            total=total,
            limit_total=limit_total,
            currency=currency,
            available=available,
        )


class BookOrderExists(DomainError):
    """The client has another order under this id."""

    code = "book_order_exists"
    title = "Book order exists"

    def __init__(self, public_id: int | str, differing: list[str]) -> None:
        super().__init__(
            f"Order {public_id} was added before with another {' and '.join(differing)}.",
            unblock="Change that order with PATCH, or add this one under an id of its own.",
            id=public_id,
            differing=differing,
        )


class AddedMeanwhile(DomainError):
    """Another request added the same id, or placed the same trade, at the same moment; asking again finds it."""

    code = "added_meanwhile"
    title = "Added meanwhile"

    def __init__(self) -> None:
        super().__init__("The same was added by another request just now.", unblock="Send the request again.")


class TradeRefReused(DomainError):
    """The client placed another trade under this reference."""

    code = "trade_ref_reused"
    title = "Trade reference reused"

    def __init__(self, client_ref: str) -> None:
        super().__init__(
            f"Another trade was placed under client_ref {client_ref!r}.",
            unblock="Use a client_ref of its own for each trade.",
            client_ref=client_ref,
        )


class NotSettleable(DomainError):
    """The symbol names nothing that can be ordered."""

    code = "not_settleable"
    title = "Not settleable"

    def __init__(self, symbol: str) -> None:
        super().__init__(
            f"{symbol} has no SKU, so that its trades can't be settled as orders.",
            unblock="Give the instrument a SKU, or trade without a customer.",
            symbol=symbol,
        )


class InstrumentExists(DomainError):
    code = "instrument_exists"
    title = "Instrument exists"

    def __init__(self, symbol: str) -> None:
        super().__init__(f"{symbol} is listed already.", unblock="Change it with PATCH.", symbol=symbol)


class CurrencyFixed(DomainError):
    """Prices in the book are in the instrument's currency already."""

    code = "currency_fixed"
    title = "Currency fixed"

    def __init__(self, symbol: str, currency: str) -> None:
        super().__init__(
            f"{symbol} has orders priced in {currency}.",
            unblock="Use another symbol for another currency.",
            symbol=symbol,
            currency=currency,
        )
