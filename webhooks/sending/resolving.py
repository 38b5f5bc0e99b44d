"""From the name of a host to its addresses, all of which may be reached."""

from __future__ import annotations

import socket
from ipaddress import ip_address
from queue import Empty, SimpleQueue
from threading import BoundedSemaphore, Thread

from webhooks.sending.addresses import Address, may_be_reached
from webhooks.sending.answers import NotSent
from webhooks.sending.deadlines import Deadline

_lookups = BoundedSemaphore(64)
"""At once in this process, those included that nobody waits for any more."""


def resolve(host: str, deadline: Deadline) -> list[Address]:
    """In the order in which they are to be tried. Raises NotSent, also where only one of them may not be reached."""
    addresses = numeric_addresses(host) or _looked_up(host, deadline)
    forbidden = [str(address) for address in addresses if not may_be_reached(address)]
    if forbidden:
        raise NotSent(
            "forbidden_address", f"{host} is at {forbidden[0]}, which isn't an address of the public internet."
        )
    return addresses


def numeric_addresses(host: str) -> list[Address]:
    """Of a host that is an address in whatever spelling (127.1, 0x7f000001, ::1); none of one that is a name."""
    try:
        return _addresses(host, socket.AI_NUMERICHOST)
    except (OSError, ValueError):
        return []


def _addresses(host: str, flags: int = 0) -> list[Address]:
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM, flags=flags)
    return list(dict.fromkeys(ip_address(each[4][0]) for each in found))


def _looked_up(host: str, deadline: Deadline) -> list[Address]:
    """In a thread that is left behind when the deadline passes: a lookup can't be cut off."""
    if not _lookups.acquire(timeout=deadline.left()):
        raise deadline.passed()
    answers: SimpleQueue[list[Address] | Exception] = SimpleQueue()
    Thread(target=_look_up, args=(host, answers), name="webhook-lookup", daemon=True).start()
    try:
        answer = answers.get(timeout=deadline.left())
    except Empty:
        raise deadline.passed() from None
    if isinstance(answer, Exception) or not answer:
        raise NotSent("name_unknown", f"No address is known of {host}: {answer or 'the answer is empty'}.")
    return answer


def _look_up(host: str, answers: SimpleQueue[list[Address] | Exception]) -> None:
    try:
        answers.put(_addresses(host))
    except (OSError, ValueError) as error:
        answers.put(error)
    finally:
        _lookups.release()
