"""How goods reach the customer, and for how much: delivery methods and their rates."""
