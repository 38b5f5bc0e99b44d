"""One signed POST to an address that a stranger chose: it reaches nothing inside, and ends when it is to end.

    headers = signature_headers([secret_bytes(secret)], message_id=id, timestamp=now, body=body)
    answer = post(url, body, {"Content-Type": "application/json", **headers})

The host's name is looked up with each post, every address of the answer is judged, and a judged one is connected to: so
nobody gets further by answering otherwise the next time. Environment variables for proxies mean nothing here, and no
redirect is followed.
"""

from __future__ import annotations

from webhooks.sending.answers import KEPT_BODY, Answer, NotSent
from webhooks.sending.posting import post
from webhooks.sending.signing import new_secret, secret_bytes, signature_headers
from webhooks.sending.urls import UrlProblem, problem_of

__all__ = [
    "KEPT_BODY",
    "Answer",
    "NotSent",
    "UrlProblem",
    "new_secret",
    "post",
    "problem_of",
    "secret_bytes",
    "signature_headers",
]
