"""Creating orders: placed at once, or as a draft that keeps its stock for a while and is placed later."""

from orders.actions.place.drafts import create_draft, place_draft, renew_reservation
from orders.actions.place.placing import place, place_order

__all__ = ["create_draft", "place", "place_draft", "place_order", "renew_reservation"]
