SELECT bench_add(:desk, :book)
