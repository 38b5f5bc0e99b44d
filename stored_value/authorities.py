"""What there is to do with gift cards and store credit."""

from core.authority import StandardRole, declare, declare_scope
from core.models import ClientKind

_MONEY = [StandardRole.SUPPORT_AGENT, StandardRole.FINANCE, StandardRole.MANAGER]

READ = declare_scope("gift_cards:read", "See gift cards and store credit", ClientKind.STOREFRONT)
WRITE = declare_scope(
    "gift_cards:write", "Issue gift cards, give store credit, adjust and disable them", ClientKind.STOREFRONT
)

VIEW = declare(
    "gift_cards.view",
    "See gift cards and store credit",
    "stored_value.storedvalue",
    "stored_value.storedvalueentry",
    scope=READ,
    roles=_MONEY,
)
ISSUE = declare(
    "gift_cards.issue",
    "Issue gift cards and give store credit",
    "stored_value.storedvalue",
    scope=WRITE,
    roles=_MONEY,
    limits={StandardRole.SUPPORT_AGENT: 50_00, StandardRole.FINANCE: 1_000_00},
)
ADJUST = declare(
    "gift_cards.adjust",
    "Adjust gift cards and store credit",
    "stored_value.storedvalue",
    scope=WRITE,
    roles=_MONEY,
    limits={StandardRole.SUPPORT_AGENT: 10_00, StandardRole.FINANCE: 1_000_00},
)
DISABLE = declare(
    "gift_cards.disable",
    "Disable gift cards and store credit, and enable them again",
    "stored_value.storedvalue",
    scope=WRITE,
    roles=_MONEY,
)
