from django.db import models

MOST_SHOP_FLOOR_UNITS = 1_000_000


class MovementKind(models.TextChoices):
    RECEIVE = "receive", "Receive"
    RESERVE = "reserve", "Reserve"
    RELEASE = "release", "Release"
    SHIP = "ship", "Ship"
    UNDELIVERED = "undelivered", "Undelivered"
    RETURN = "return", "Return"
    ADJUST = "adjust", "Adjust"
    TRANSFER = "transfer", "Transfer"
    SCRAP = "scrap", "Scrap"


class StockPolicy(models.TextChoices):
    """What happens to an order for units that nobody has."""

    REFUSE = "refuse", "Refuse the order"
    BACKORDER = "backorder", "Backorder: sell on, deliver when stock arrives"
    PREORDER = "preorder", "Preorder: sell before the first stock arrives"


LONGEST_RESTOCK = 999
"""Days: what comes later than that is promised by a date."""

RESTOCK_DAYS = (
    "Days after which units that wait are usually there, told as a date when they are ordered; empty: not told."
)
