"""The ASGI application that the feed process serves."""

import os
import re

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup(set_prefix=False)

from django.conf import settings  # noqa: E402 - it is set up now

from core.streams.handler import Handler  # noqa: E402

application = Handler(re.compile(settings.STREAM_PATHS))
