"""The log as it grows, told to whoever listens. One hub for each process."""

from core.log.streaming.listening import EVENT_STREAM, SOCKET, LogSource
from core.log.streaming.wanted import Wanted

__all__ = ["EVENT_STREAM", "SOCKET", "LogSource", "Wanted"]
