\set a random(1, :skus)
\set b 1 + (:a + random(0, :skus / 2 - 2)) % :skus
\set c 1 + (:a + random(:skus / 2 - 1, :skus - 2)) % :skus
SELECT bench_place_order(:storefront, ARRAY['SKU-' || :a, 'SKU-' || :b, 'SKU-' || :c], ARRAY[1, 2, 3])
