"""The benchmark: the whole product over HTTP against pgbench doing the same effects, interleaved on one server."""
