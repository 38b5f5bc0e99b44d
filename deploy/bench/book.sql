-- The limit of the order book: server-side functions with the effects of its routes, on the same tables with the same
-- indexes, constraints and triggers. Nothing of it is used by the product.

CREATE SEQUENCE IF NOT EXISTS bench_key;

CREATE OR REPLACE FUNCTION bench_remember(owner uuid, document bytea) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    idempotency_key text := 'limit-' || nextval('bench_key');
BEGIN
    PERFORM pg_try_advisory_xact_lock(hashtextextended(idempotency_key, 0));
    PERFORM 1 FROM core_idempotencyrecord WHERE client_id = owner AND key = idempotency_key;
    INSERT INTO core_idempotencyrecord (client_id, key, fingerprint, status, headers, body, created_at)
    VALUES (owner, idempotency_key, encode(sha256(idempotency_key::bytea), 'hex'), 201, '{}', document, now());
END $$;

CREATE OR REPLACE FUNCTION bench_add(owner uuid, book text) RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
    placed trading_bookorder;
    number bigint := nextval('bench_key');
    about uuid;
BEGIN
    SELECT id INTO about FROM trading_instrument WHERE symbol = book;
    PERFORM 1 FROM trading_bookorder WHERE client_id = owner AND ref = 'new-limit-' || number;
    INSERT INTO trading_bookorder
        (id, version, client_id, ref, ref_is_number, instrument_id, side, amount, price, source, status, filled,
         entered_amount, entered_price, created_at)
    VALUES
        (uuidv7(), 1, owner, 'new-limit-' || number, false, about, (ARRAY['Buy', 'Sell'])[1 + number % 2], 50,
         10000 + number * 7919 % 10000, 'bench', 'open', 0, 50, 10000 + number * 7919 % 10000, now())
    RETURNING * INTO placed;
    INSERT INTO core_event
        (id, type, subject_type, subject_id, version, client_id, schema_version, actor_kind, actor_id, actor_name, occurred_at,
         request_id, data)
    VALUES
        (uuidv7(), 'book_order.added', 'book_order', placed.id, 1, owner, 1, 'client', owner, 'desk', now(), placed.id::text,
         jsonb_build_object('symbol', book, 'side', placed.side, 'amount', placed.amount, 'price', placed.price));
    PERFORM bench_remember(owner, to_jsonb(placed)::text::bytea);
    RETURN placed.id;
END $$;

CREATE OR REPLACE FUNCTION bench_walk(about uuid, wanted_side text, wanted bigint)
RETURNS TABLE (place bigint, id uuid, version int, price bigint, remaining bigint, taken bigint, ref text)
LANGUAGE sql STABLE AS $$
    WITH RECURSIVE walk AS (
        SELECT 1::bigint AS place, first.*, first.amount AS reached FROM (
            SELECT o.* FROM trading_bookorder o
            WHERE o.instrument_id = about AND o.side = wanted_side AND o.status IN ('open', 'partially_filled')
            ORDER BY o.rank, o.queue LIMIT 1
        ) first
        UNION ALL
        SELECT walk.place + 1, next.*, walk.reached + next.amount FROM walk CROSS JOIN LATERAL (
            SELECT o.* FROM trading_bookorder o
            WHERE o.instrument_id = about AND o.side = wanted_side AND o.status IN ('open', 'partially_filled')
                AND (o.rank, o.queue) > (walk.rank, walk.queue)
            ORDER BY o.rank, o.queue LIMIT 1
        ) next
        WHERE walk.reached < wanted
    )
    SELECT place, id, version, price, amount, least(amount, wanted - (reached - amount)), ref FROM walk
$$;

CREATE OR REPLACE FUNCTION bench_trade(owner uuid, book text, wanted bigint) RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
    about trading_instrument;
    trade uuid := uuidv7();
    reference text := 'limit-' || nextval('bench_key');
    fills jsonb;
BEGIN
    SELECT * INTO about FROM trading_instrument WHERE symbol = book FOR NO KEY UPDATE;
    PERFORM 1 FROM trading_trade WHERE client_id = owner AND client_ref = reference;
    SELECT jsonb_agg(w) INTO fills FROM bench_walk(about.id, 'Buy', wanted) w;
    WITH fill AS (
        SELECT * FROM jsonb_to_recordset(fills) AS f (place int, id uuid, version int, price bigint, remaining bigint, taken bigint)
    ), placed AS (
        INSERT INTO trading_trade (id, client_id, client_ref, instrument_id, sequence, side, amount, total, created_at)
        SELECT trade, owner, reference, about.id, about.version + 1, 'Buy', sum(taken), sum(taken * price), now() FROM fill
    ), took AS (
        INSERT INTO trading_fill (trade_id, position, order_id, amount, price)
        SELECT trade, place, id, taken, price FROM fill
    )
    INSERT INTO core_event
        (id, type, subject_type, subject_id, version, client_id, schema_version, actor_kind, actor_id, actor_name, occurred_at,
         request_id, data)
    SELECT uuidv7(), 'book_order.filled', 'book_order', id, version + 1, owner, 1, 'client', owner, 'desk', now(), trade::text,
           jsonb_build_object('trade_id', trade, 'amount', taken, 'price', price,
                              'changes', jsonb_build_object('amount', jsonb_build_array(remaining, remaining - taken)))
    FROM fill
    UNION ALL
    SELECT uuidv7(), 'trade.placed', 'instrument', about.id, about.version + 1, NULL, 1, 'client', owner, 'desk', now(), trade::text,
           jsonb_build_object('trade_id', trade, 'fills', fills);
    PERFORM bench_remember(owner, fills::text::bytea);
    RETURN trade;
END $$;
