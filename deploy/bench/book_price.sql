\set wanted random(1, 1000)
SELECT jsonb_agg(w), sum(w.taken * w.price), (SELECT sum(amount) FROM trading_sidetotal t WHERE t.instrument_id = i.id AND t.side = 'Buy') FROM trading_instrument i CROSS JOIN LATERAL bench_walk(i.id, 'Buy', :wanted) w WHERE i.symbol = :book GROUP BY i.id
