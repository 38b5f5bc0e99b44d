"""The console's pages of webhook endpoints and of what they were sent, and what they add to the page of a client."""

from webhooks.admin import clients, words
from webhooks.admin.attempts import AttemptAdmin
from webhooks.admin.endpoints import EndpointAdmin
from webhooks.admin.secrets import EndpointSecretAdmin

clients.register()
words.register()

__all__ = ["AttemptAdmin", "EndpointAdmin", "EndpointSecretAdmin"]
