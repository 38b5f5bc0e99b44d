#!/usr/bin/env python
"""Django's command line. In a working copy it finds or starts the embedded servers for the commands that need them."""

import os
import sys
from pathlib import Path

LOCAL_SERVERS = Path(__file__).resolve().parent / "deploy" / "local"
"""No part of the production image, whose environment names its servers."""

# These read neither the database nor Redis.
WITHOUT_SERVERS = frozenset(
    {"collectstatic", "compilemessages", "diffsettings", "findstatic", "help", "makemessages", "openapi", "version"}
)


def needs_servers(arguments: list[str]) -> bool:
    """`arguments` without the program's name."""
    command = next((argument for argument in arguments if not argument.startswith("-")), "help")
    return command not in WITHOUT_SERVERS and not {"-h", "--help", "--version"} & set(arguments)


def attach_to_local_servers() -> None:
    from deploy.local import EmbeddedError, attach

    try:
        attach()
    except EmbeddedError as error:
        sys.exit(str(error))


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    if LOCAL_SERVERS.is_dir() and needs_servers(sys.argv[1:]):
        attach_to_local_servers()
    from django.core.management import execute_from_command_line  # the settings are read from here on

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
