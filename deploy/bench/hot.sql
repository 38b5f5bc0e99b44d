\set b random(2, :skus / 2)
\set c random(:skus / 2 + 1, :skus)
SELECT bench_place_order(:storefront, ARRAY['SKU-1', 'SKU-' || :b, 'SKU-' || :c], ARRAY[1, 2, 3])
