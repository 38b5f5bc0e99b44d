from django.db import models


class ShipmentStatus(models.TextChoices):
    PENDING = "pending", "Pending"
    PACKED = "packed", "Packed"
    DISPATCHED = "dispatched", "Dispatched"
    IN_TRANSIT = "in_transit", "In transit"
    DELIVERED = "delivered", "Delivered"
    FAILED = "failed", "Delivery failed"
    RETURNED = "returned", "Returned"
    CANCELLED = "cancelled", "Cancelled"


NOT_DISPATCHED = (ShipmentStatus.PENDING, ShipmentStatus.PACKED)
"""Its units are still reserved at its location."""

SHIPMENT_MOVES = [
    ("pending", "packed"),
    ("pending", "dispatched"),
    ("pending", "cancelled"),
    ("packed", "pending"),
    ("packed", "dispatched"),
    ("packed", "cancelled"),
    ("dispatched", "in_transit"),
    ("dispatched", "delivered"),
    ("dispatched", "failed"),
    ("in_transit", "delivered"),
    ("in_transit", "failed"),
    ("failed", "in_transit"),
    ("failed", "delivered"),
    ("failed", "returned"),
    ("dispatched", "returned"),
    ("in_transit", "returned"),
]
"""Every move that the database's own trigger lets through; a test holds it against the transitions of the model."""
