"""Cards through Stripe, by its own SDK: an extra of the project, which only who names this adapter needs."""

from orders.payments.gateways.stripe.gateway import StripeGateway

__all__ = ["StripeGateway"]
