\set wanted random(1, 100)
SELECT bench_trade(:desk, :book, :wanted)
