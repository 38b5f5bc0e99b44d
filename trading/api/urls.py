from django.urls import path

from trading.api.views import book, feed, imports, instruments, orders, trades

_ORDER = "orders/<str:ref>/"
_BOOK = "<str:symbol>/"

# What a symbol may not be called stands before it (RESERVED_SYMBOLS).
urlpatterns = [
    path("orders/", orders.Orders.as_view(), name="book-orders"),
    path(_ORDER, orders.OneOrder.as_view(), name="book-order"),
    path(f"{_ORDER}history/", orders.History.as_view(), name="book-order-history"),
    path(f"{_ORDER}operations/", orders.Operations.as_view(), name="book-order-operations"),
    path("trades/", trades.Trades.as_view(), name="trades"),
    path("trades/<id:trade_id>/", trades.OneTrade.as_view(), name="trade"),
    path("imports/", imports.Imports.as_view(), name="book-imports"),
    path("imports/notifications/", imports.Notifications.as_view(), name="book-import-notifications"),
    path("imports/<id:import_id>/", imports.OneImport.as_view(), name="book-import"),
    path("imports/<id:import_id>/rejects/", imports.Rejects.as_view(), name="book-import-rejects"),
    path("instruments/", instruments.Instruments.as_view(), name="instruments"),
    path("instruments/<str:symbol>/", instruments.OneInstrument.as_view(), name="instrument"),
    path(_BOOK, book.OneBook.as_view(), name="book"),
    path(f"{_BOOK}price/", book.BestPrice.as_view(), name="book-price"),
    path(f"{_BOOK}trades/", trades.NewTrade.as_view(), name="book-trades"),
    path(f"{_BOOK}feed/", feed.Feed.as_view(), name="book-feed"),
]
