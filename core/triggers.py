"""What triggers of several apps have in common."""

# To be the trigger's own condition, not asked in its function: for the writes that another trigger makes, as many as
# there are rows, no function is called then. Each call of one goes through every foreign key that the transaction has
# yet to check, so that a bulk of rows would take quadratic time.
BY_HAND = "pg_trigger_depth() = 0"
