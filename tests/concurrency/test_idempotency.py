"""A retried request acts once, however many clients send it at once and whatever dies meanwhile."""
