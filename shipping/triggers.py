"""Rules of shipping_shipment and shipping_shipmentline that triggers enforce."""

# Locks the order's row as the action has done already, so that a cancellation under way is waited for.
REFUSE_DISPATCH_OF_INACTIVE_ORDER = """
SELECT status INTO order_status FROM orders_order WHERE id = NEW.order_id FOR SHARE;
IF order_status NOT IN ('processing', 'shipped') THEN
    RAISE EXCEPTION 'shipment % cannot be dispatched: its order is %', NEW.id, order_status
        USING ERRCODE = 'check_violation';
END IF;
RETURN NEW;
"""

FIX_LINES_ONCE_PACKED = """
SELECT status INTO state FROM shipping_shipment
WHERE id = CASE WHEN TG_OP = 'DELETE' THEN OLD.shipment_id ELSE NEW.shipment_id END;
IF state <> 'pending' THEN
    RAISE EXCEPTION 'the lines of a shipment that is % are fixed', state USING ERRCODE = 'restrict_violation';
END IF;
IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
RETURN NEW;
"""
