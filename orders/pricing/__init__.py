"""What the lines of an order cost, and what they come to. Amounts are minor units of the order's currency."""
