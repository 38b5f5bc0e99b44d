"""Request bodies and responses of the catalogue and of stock."""
