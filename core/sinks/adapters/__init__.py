"""One module per kind of broker; docs/how-to/add-a-sink.md has the steps to another one."""

from core.sinks.adapters.base import Adapter, Batch, Unconfirmed
from core.sinks.adapters.kinds import KINDS, connect

__all__ = ["KINDS", "Adapter", "Batch", "Unconfirmed", "connect"]
