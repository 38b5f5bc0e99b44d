"""What there is to do with shipments."""

from core.authority import StandardRole, declare, declare_scope

_WAREHOUSE = [StandardRole.WAREHOUSE, StandardRole.MANAGER]
_CARRIER_S_NEWS = [StandardRole.SUPPORT_AGENT, *_WAREHOUSE]

READ = declare_scope("shipments:read", "See shipments")
WRITE = declare_scope("shipments:write", "Pack, dispatch, track and return shipments")

VIEW = declare(
    "shipments.view",
    "See shipments",
    "shipping.shipment",
    "shipping.shipmentline",
    scope=READ,
    roles=[*_CARRIER_S_NEWS, StandardRole.FINANCE],
)
PACK = declare("shipments.pack", "Pack and unpack", "shipping.shipment", scope=WRITE, roles=_WAREHOUSE)
DISPATCH = declare("shipments.dispatch", "Hand over to the carrier", "shipping.shipment", scope=WRITE, roles=_WAREHOUSE)
TRACK = declare(
    "shipments.track", "Record transit, delivery and its failure", "shipping.shipment", scope=WRITE,
    roles=_CARRIER_S_NEWS,
)  # fmt: skip
RETURN = declare("shipments.return", "Take back", "shipping.shipment", scope=WRITE, roles=_WAREHOUSE)
CANCEL = declare("shipments.cancel", "Cancel shipments", "shipping.shipment", scope=WRITE, roles=_WAREHOUSE)
EDIT = declare("shipments.edit", "Change carrier and tracking", "shipping.shipment", scope=WRITE, roles=_CARRIER_S_NEWS)
SPLIT = declare("shipments.split", "Split shipments", "shipping.shipment", scope=WRITE, roles=_WAREHOUSE)
