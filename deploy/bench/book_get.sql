\set n random(1, :orders)
SELECT to_jsonb(o) || jsonb_build_object('symbol', i.symbol, 'currency', i.currency) FROM trading_bookorder o JOIN trading_instrument i ON i.id = o.instrument_id WHERE o.client_id = :desk AND o.ref = :book || '-' || :n
