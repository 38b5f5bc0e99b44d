"""What every test stands on: the embedded servers (or those of DATABASE_URL and REDIS_URL), and Django set up."""

import os

import django

from core.embedded import attach

# Before anything reads the settings. The workers of pytest-xdist inherit the URLs, so only the first process attaches.
attach()
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()
