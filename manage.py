#!/usr/bin/env python
"""Django's command line, with the embedded servers found or started for the commands that need them."""

import os
import sys

from core.embedded import EmbeddedError, attach

# These read neither the database nor Redis.
WITHOUT_SERVERS = frozenset(
    {"collectstatic", "compilemessages", "diffsettings", "findstatic", "help", "makemessages", "openapi", "version"}
)


def needs_servers(arguments: list[str]) -> bool:
    """`arguments` without the program's name."""
    command = next((argument for argument in arguments if not argument.startswith("-")), "help")
    return command not in WITHOUT_SERVERS and not {"-h", "--help", "--version"} & set(arguments)


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    if needs_servers(sys.argv[1:]):
        try:
            attach()
        except EmbeddedError as error:
            sys.exit(str(error))
    from django.core.management import execute_from_command_line  # the settings are read from here on

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
