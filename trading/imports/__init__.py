"""Files of book orders: read row by row, brought into the book batch by batch."""
