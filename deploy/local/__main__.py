"""`./run up`, or `python -m deploy.local`: the servers are found or started before the settings are read."""

from __future__ import annotations

import os
import sys

import django

from deploy.local import EmbeddedError, attach


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    try:
        attach()
    except EmbeddedError as error:
        sys.exit(str(error))
    django.setup()
    from deploy.local.up import Command  # it imports models, which are there from here on

    Command().run_from_argv(["run", "up", *sys.argv[1:]])


if __name__ == "__main__":
    main()
