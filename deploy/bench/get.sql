\set n :first + random(0, :orders - 1)
SELECT to_jsonb(o) || jsonb_build_object('lines', (SELECT jsonb_agg(to_jsonb(l) ORDER BY l.position) FROM orders_orderline l WHERE l.order_id = o.id)) FROM orders_order o WHERE o.number = :n AND o.client_id = :storefront AND o.deleted_at IS NULL
