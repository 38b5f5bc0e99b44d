"""The routes of orders; each write calls one action. Those of payments are in orders.payments.api."""
