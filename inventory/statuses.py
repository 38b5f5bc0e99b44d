from django.db import models


class MovementKind(models.TextChoices):
    RECEIVE = "receive", "Receive"
    RESERVE = "reserve", "Reserve"
    RELEASE = "release", "Release"
    SHIP = "ship", "Ship"
    RETURN = "return", "Return"
    ADJUST = "adjust", "Adjust"
    TRANSFER = "transfer", "Transfer"
    SCRAP = "scrap", "Scrap"
