"""Django's backend for PostgreSQL, which learns from the socket, not from a round trip, whether a connection lives."""

from __future__ import annotations

import select
from typing import Any

from django.db.backends.postgresql import base
from psycopg import Connection, OperationalError
from psycopg.pq import TransactionStatus
from psycopg_pool import ConnectionPool


class DatabaseWrapper(base.DatabaseWrapper):
    """Looks at a connection before its first use in a request, whether it was kept or comes from a pool.

    With a pool leave CONN_HEALTH_CHECKS off: it would ask the server each time.
    """

    def is_usable(self) -> bool:
        return self.connection is not None and lives(self.connection)

    def get_new_connection(self, conn_params: dict[str, Any]) -> Connection[Any]:
        connection: Connection[Any] = super().get_new_connection(conn_params)
        while self.pool and not lives(connection):
            self.pool.putconn(connection)
            connection = super().get_new_connection(conn_params)
        return connection


def lives(connection: Connection[Any]) -> bool:
    """Whether a connection between two statements can be used; one that has ended is closed.

    A server that ends a connection, or dies, makes its socket readable. Else nothing comes while nothing was asked, or
    it is something else, and then only asking tells.
    """
    if connection.closed or connection.info.transaction_status == TransactionStatus.INERROR:
        return False
    poller = select.poll()
    poller.register(connection.fileno(), select.POLLIN)
    if not poller.poll(0):
        return True
    try:
        ConnectionPool.check_connection(connection)
    except OperationalError:
        connection.close()
        return False
    return True
