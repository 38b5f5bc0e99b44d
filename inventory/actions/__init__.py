"""The only way to write to inventory."""

from inventory.actions.reservations import Wanted, release, reserve, ship, take_back

__all__ = ["Wanted", "release", "reserve", "ship", "take_back"]
