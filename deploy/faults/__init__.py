"""The whole system at work while its parts are killed: what was promised is counted afterwards."""
