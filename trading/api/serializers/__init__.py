"""Bodies that the routes of trading take and give."""

from trading.api.serializers.book import BookAnswer, PriceAnswer, PriceBody
from trading.api.serializers.imports import (
    ImportAnswer,
    ListedImportAnswer,
    NewImportBody,
    NotificationAnswer,
    NotificationBody,
)
from trading.api.serializers.instruments import InstrumentAnswer, InstrumentChangesBody, NewInstrumentBody
from trading.api.serializers.orders import (
    BookOrderAnswer,
    BookOrderChangesBody,
    HistoryAnswer,
    NewBookOrderBody,
)
from trading.api.serializers.trades import NewTradeBody, TradeAnswer

__all__ = [
    "BookAnswer",
    "BookOrderAnswer",
    "BookOrderChangesBody",
    "HistoryAnswer",
    "ImportAnswer",
    "InstrumentAnswer",
    "InstrumentChangesBody",
    "ListedImportAnswer",
    "NewBookOrderBody",
    "NewImportBody",
    "NewInstrumentBody",
    "NewTradeBody",
    "NotificationAnswer",
    "NotificationBody",
    "PriceAnswer",
    "PriceBody",
    "TradeAnswer",
]
