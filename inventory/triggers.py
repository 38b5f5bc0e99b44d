"""The stock ledger's own rules in the database.

A movement moves its level and its reservation, and nothing else can.
"""

# Each statement's movements are summed first, so that a level is touched once however many lines draw on it.
# Rows of a level are updated in the order of their key; the action that inserts movements has locked them in that
# order already.
APPLY_MOVEMENTS = """
INSERT INTO inventory_stocklevel AS level (variant_id, location_id, on_hand, reserved)
SELECT variant_id, location_id, 0, 0 FROM moved WHERE kind IN ('receive', 'undelivered', 'return', 'adjust', 'transfer')
GROUP BY variant_id, location_id ORDER BY variant_id, location_id
ON CONFLICT (variant_id, location_id) DO NOTHING;

UPDATE inventory_stocklevel level
SET on_hand = level.on_hand + delta.on_hand, reserved = level.reserved + delta.reserved
FROM (
    SELECT variant_id, location_id, sum(on_hand) AS on_hand, sum(reserved) AS reserved
    FROM moved GROUP BY variant_id, location_id
) delta
WHERE level.variant_id = delta.variant_id AND level.location_id = delta.location_id;

GET DIAGNOSTICS touched = ROW_COUNT;
IF touched <> (SELECT count(*) FROM (SELECT DISTINCT variant_id, location_id FROM moved) pairs) THEN
    RAISE EXCEPTION 'a movement names a variant and location that have no stock level'
        USING ERRCODE = 'foreign_key_violation';
END IF;

IF EXISTS (SELECT 1 FROM moved WHERE reserved <> 0) THEN
    INSERT INTO inventory_reservation AS kept (order_id, line_id, variant_id, location_id, quantity)
    SELECT order_id, line_id, variant_id, location_id, sum(reserved)
    FROM moved WHERE reserved > 0 GROUP BY order_id, line_id, variant_id, location_id
    ON CONFLICT (line_id, location_id) DO UPDATE SET quantity = kept.quantity + excluded.quantity;

    IF EXISTS (SELECT 1 FROM moved WHERE reserved < 0) THEN
        UPDATE inventory_reservation kept SET quantity = kept.quantity + delta.reserved
        FROM (
            SELECT line_id, location_id, sum(reserved) AS reserved FROM moved WHERE reserved < 0
            GROUP BY line_id, location_id
        ) delta
        WHERE kept.line_id = delta.line_id AND kept.location_id = delta.location_id;
        GET DIAGNOSTICS touched = ROW_COUNT;
        IF touched <> (
            SELECT count(*) FROM (SELECT DISTINCT line_id, location_id FROM moved WHERE reserved < 0) pairs
        ) THEN
            RAISE EXCEPTION 'a movement takes from a reservation that does not exist'
                USING ERRCODE = 'foreign_key_violation';
        END IF;
        DELETE FROM inventory_reservation kept USING moved
        WHERE kept.line_id = moved.line_id AND kept.location_id = moved.location_id AND kept.quantity = 0;
    END IF;
END IF;
RETURN NULL;
"""

REFUSE_DIRECT_WRITE = """
RAISE EXCEPTION '% changes only by inserting a stock movement', TG_TABLE_NAME
    USING ERRCODE = 'restrict_violation';
"""
