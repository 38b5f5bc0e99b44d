"""When what is due of an order is to be paid: by a day that was agreed, or in instalments."""
