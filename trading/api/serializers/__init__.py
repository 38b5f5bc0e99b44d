"""Bodies that the routes of trading take and give."""

from trading.api.serializers.book import AskPriceSerializer, BookSerializer, QuotedPriceSerializer
from trading.api.serializers.imports import (
    ImportSerializer,
    ListedImportSerializer,
    NewImportSerializer,
    NotifiedFilesSerializer,
    NotifyOfFilesSerializer,
)
from trading.api.serializers.instruments import (
    InstrumentChangesSerializer,
    InstrumentSerializer,
    NewInstrumentSerializer,
)
from trading.api.serializers.orders import (
    BookEventSerializer,
    BookOrderChangesSerializer,
    BookOrderSerializer,
    NewBookOrderSerializer,
)
from trading.api.serializers.trades import NewTradeSerializer, TradeSerializer

__all__ = [
    "AskPriceSerializer",
    "BookEventSerializer",
    "BookOrderChangesSerializer",
    "BookOrderSerializer",
    "BookSerializer",
    "ImportSerializer",
    "InstrumentChangesSerializer",
    "InstrumentSerializer",
    "ListedImportSerializer",
    "NewBookOrderSerializer",
    "NewImportSerializer",
    "NewInstrumentSerializer",
    "NewTradeSerializer",
    "NotifiedFilesSerializer",
    "NotifyOfFilesSerializer",
    "QuotedPriceSerializer",
    "TradeSerializer",
]
