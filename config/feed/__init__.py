"""The feed process: `python -m config.feed`. It serves all that goes on: streams and sockets, in one event loop."""
