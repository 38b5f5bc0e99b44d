"""Work that takes long: in batches that each commit with how far it has come, so that it can be stopped and goes on."""
