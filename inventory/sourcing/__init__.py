"""Where the units of an order come from: what a storefront may sell, and which locations send it, by its rules."""
