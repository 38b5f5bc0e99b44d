from django.db import models


class Side(models.TextChoices):
    """The label of a book order. A Buy walks orders labelled Buy from the lowest price, a Sell those labelled Sell
    from the highest."""

    BUY = "Buy", "Buy"
    SELL = "Sell", "Sell"


class BookOrderStatus(models.TextChoices):
    OPEN = "open", "Open"
    PARTIALLY_FILLED = "partially_filled", "Partially filled"
    FILLED = "filled", "Filled"
    REMOVED = "removed", "Removed"


IN_THE_BOOK = (BookOrderStatus.OPEN, BookOrderStatus.PARTIALLY_FILLED)
"""There is something left to take."""

OUT_OF_THE_BOOK = (BookOrderStatus.FILLED, BookOrderStatus.REMOVED)

BOOK_ORDER_MOVES = [
    ("open", "partially_filled"),
    ("open", "filled"),
    ("open", "removed"),
    ("partially_filled", "partially_filled"),
    ("partially_filled", "filled"),
    ("partially_filled", "removed"),
]
"""Every move that the database's own trigger lets through; a test holds it against the transitions of the model."""
