from django.db import models


class MethodKind(models.TextChoices):
    PARCEL = "parcel", "Parcel"
    PICKUP = "pickup", "Pickup"
