"""What the routes of trading share."""

from __future__ import annotations

import uuid

from core.api.views import ApiView

READ, WRITE, TRADE, MANAGE = "book:read", "book:write", "book:trade", "book:manage"


class TradingView(ApiView):
    """A client sees its own orders, trades and imports; the book, which sums up everybody's, is open to all readers."""

    @property
    def owner(self) -> uuid.UUID:
        return self.caller.client.pk
