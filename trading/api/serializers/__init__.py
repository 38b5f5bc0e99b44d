"""Bodies that the routes of trading take and give."""

from trading.api.serializers.book import BookAnswer, PriceAnswer, PriceBody
from trading.api.serializers.instruments import InstrumentAnswer, InstrumentChangesBody, NewInstrumentBody
from trading.api.serializers.orders import (
    BookOrderAnswer,
    BookOrderChangesBody,
    BookOrderTransitionsAnswer,
    HistoryAnswer,
    NewBookOrderBody,
)
from trading.api.serializers.trades import NewTradeBody, TradeAnswer

__all__ = [
    "BookAnswer",
    "BookOrderAnswer",
    "BookOrderChangesBody",
    "BookOrderTransitionsAnswer",
    "HistoryAnswer",
    "InstrumentAnswer",
    "InstrumentChangesBody",
    "NewBookOrderBody",
    "NewInstrumentBody",
    "NewTradeBody",
    "PriceAnswer",
    "PriceBody",
    "TradeAnswer",
]
