-- The limit: one server-side function with the effects of POST /orders/, on the same tables with the same indexes,
-- constraints and triggers. Nothing of it is used by the product.

CREATE SEQUENCE IF NOT EXISTS bench_key;

CREATE OR REPLACE FUNCTION bench_place_order(storefront uuid, skus text[], quantities int[]) RETURNS uuid
LANGUAGE plpgsql AS $$
DECLARE
    order_id uuid := uuidv7();
    idempotency_key text := 'limit-' || nextval('bench_key');
    variants uuid[];
    amount bigint;
    asked jsonb;
    document jsonb;
    units jsonb;
    posting_id uuid := uuidv7();
    placed orders_order;
    address jsonb := '{"city": "London", "name": "Ada Lovelace", "line1": "12 St James''s Square", "country": "GB", "postal_code": "SW1Y 4JH"}';
BEGIN
    PERFORM pg_try_advisory_xact_lock(hashtextextended(idempotency_key, 0));
    PERFORM 1 FROM core_idempotencyrecord WHERE client_id = storefront AND key = idempotency_key;

    WITH offered AS MATERIALIZED (
        SELECT v.id, v.sku, v.name, p.amount AS price, array_position(skus, v.sku::text) AS position
        FROM inventory_variant v
        JOIN inventory_product o ON o.id = v.product_id AND o.active
        JOIN inventory_price p ON p.variant_id = v.id AND p.currency = 'EUR'
        WHERE v.sku = ANY (skus) AND v.active
    ), line AS (
        INSERT INTO orders_orderline
            (id, order_id, position, variant_id, sku, name, unit_price, discount, tax, total,
             quantity, cancelled, reserved, backordered, shipped, delivered, undelivered, returned)
        SELECT uuidv7(), order_id, position, id, sku, name, price, 0, 0, price * quantities[position],
               quantities[position], 0, quantities[position], 0, 0, 0, 0, 0
        FROM offered RETURNING *
    )
    SELECT array_agg(line.variant_id), sum(line.total),
           jsonb_agg(jsonb_build_object('sku', line.sku, 'quantity', line.quantity, 'total', line.total)),
           jsonb_agg(to_jsonb(line))
    INTO variants, amount, asked, document FROM line;

    WITH locked AS MATERIALIZED (
        SELECT level.variant_id, level.location_id, level.on_hand - level.reserved AS available
        FROM inventory_stocklevel level JOIN inventory_location place ON place.id = level.location_id
        WHERE level.variant_id = ANY (variants) AND place.active
        ORDER BY level.variant_id, level.location_id FOR UPDATE OF level
    ), moved AS (
        INSERT INTO inventory_stockmovement
            (variant_id, location_id, kind, on_hand, reserved, client_id, order_id, line_id,
             version, actor_kind, actor_id, actor_name, note, created_at)
        SELECT locked.variant_id, locked.location_id, 'reserve', 0, line.quantity, storefront, order_id, line.id,
               2, 'client', storefront, 'bench', '', statement_timestamp()
        FROM jsonb_to_recordset(document) AS line (id uuid, variant_id uuid, quantity bigint)
        JOIN locked USING (variant_id)
        WHERE locked.available >= line.quantity
        RETURNING line_id, variant_id, location_id, reserved
    )
    SELECT jsonb_agg(jsonb_build_object(
        'line_id', line_id, 'variant_id', variant_id, 'location_id', location_id, 'quantity', reserved))
    INTO units FROM moved;
    IF jsonb_array_length(units) IS DISTINCT FROM cardinality(skus) THEN
        RAISE EXCEPTION 'out of stock';
    END IF;

    INSERT INTO orders_order
        (id, version, client_id, customer_id, email, currency, status, payment_status, fulfilment_status, return_status,
         payment_terms, subtotal, discount, tax, shipping, total, charged, captured, refunded, credited, written_off,
         shipping_address, billing_address, shipping_method, metadata, tags, cancel_reason,
         created_at, updated_at, placed_at)
    VALUES
        (order_id, 2, storefront, NULL, 'ada@example.com', 'EUR', 'placed', 'unpaid', 'unfulfilled', 'none',
         'prepaid', amount, 0, 0, 0, amount, 0, 0, 0, 0, 0,
         address, '{}', '', '{}', '{}', '', now(), now(), now())
    RETURNING * INTO placed;

    INSERT INTO orders_ledgerentry
        (id, client_id, order_id, kind, amount, version, actor_kind, actor_id, actor_name, note, created_at)
    VALUES (uuidv7(), storefront, order_id, 'charged', amount, 1, 'client', storefront, 'bench', '', now());
    placed.charged := amount;

    WITH posted AS (
        INSERT INTO books_posting
            (id, client_id, subject_type, subject_id, kind, currency, posted_at, version, actor_kind, actor_id, actor_name)
        VALUES (posting_id, storefront, 'order', order_id, 'charged', 'EUR', now(), 1, 'client', storefront, 'bench')
    )
    INSERT INTO books_postingline (id, client_id, posting_id, account, detail, amount)
    VALUES (uuidv7(), storefront, posting_id, 'receivable', '', amount), (uuidv7(), storefront, posting_id, 'goods', '', -amount);

    INSERT INTO core_event
        (id, type, subject_type, subject_id, version, client_id, schema_version, actor_kind, actor_id, actor_name, occurred_at,
         request_id, data)
    VALUES
        (uuidv7(), 'order.created', 'order', order_id, 1, storefront, 1, 'client', storefront, 'bench', now(), order_id::text,
         jsonb_build_object('status', 'placed', 'currency', 'EUR', 'total', amount, 'customer_id', NULL, 'lines', asked,
                            'money', jsonb_build_object('charged', amount))),
        (uuidv7(), 'inventory.reserved', 'order', order_id, 2, storefront, 1, 'client', storefront, 'bench', now(), order_id::text,
         jsonb_build_object('units', units));

    INSERT INTO core_versiondocument
        (id, subject_type, subject_id, version, client_id, document, recorded_at, redacted_by)
    VALUES
        (uuidv7(), 'order', order_id, 1, storefront,
         jsonb_build_object('currency', 'EUR', 'customer_id', NULL, 'email', placed.email, 'external_ref', NULL,
                            'payment_terms', 'prepaid', 'subtotal', amount, 'discount', 0, 'tax', 0, 'shipping', 0,
                            'total', amount, 'shipping_address', address, 'billing_address', '{}'::jsonb,
                            'shipping_method', '', 'metadata', '{}'::jsonb, 'tags', '[]'::jsonb, 'cancel_reason', '',
                            'lines', document), now(), '');

    INSERT INTO core_idempotencyrecord (client_id, key, fingerprint, status, headers, body, created_at)
    VALUES (storefront, idempotency_key, repeat('0', 64), 201,
            jsonb_build_object('Location', '/api/v1/orders/' || order_id || '/', 'ETag', '"v2"'),
            convert_to((to_jsonb(placed) || jsonb_build_object('lines', document))::text, 'UTF8'), now());
    RETURN order_id;
END $$;
