"""What runs beside the product: measuring it, and putting it somewhere."""
