"""Payment gateways: one interface, the adapters that speak it to somebody outside, and which of them there are."""

from orders.payments.gateways.interface import (
    Answer,
    Call,
    Gateway,
    GatewayRefused,
    GatewayUnavailable,
    Notice,
    NoticeRefused,
    Outcome,
    PaidCall,
    PayingOut,
    PayoutPage,
    ReportedCall,
    ReportedPayout,
    Reporting,
    ReportPage,
)
from orders.payments.gateways.registry import captures_once, gateway_named, gateway_names

__all__ = [
    "Answer",
    "Call",
    "Gateway",
    "GatewayRefused",
    "GatewayUnavailable",
    "Notice",
    "NoticeRefused",
    "Outcome",
    "PaidCall",
    "PayingOut",
    "PayoutPage",
    "ReportPage",
    "ReportedCall",
    "ReportedPayout",
    "Reporting",
    "captures_once",
    "gateway_named",
    "gateway_names",
]
