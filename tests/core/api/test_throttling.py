from __future__ import annotations

import socket
import threading
import time
from collections import Counter as Tally
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
import redis
from django.conf import settings as django_settings
from pytest_django import Settings
from structlog.testing import capture_logs

from core.api.throttling import Counter, Limit
from core.models import Client
from tests.core.api.conftest import Caller
from tests.core.api.problem_checks import problem
from tests.factories.core import a_client

SHOPS = "/api/v1/shops/"


@pytest.fixture
def limited(settings: Settings, counts: redis.Redis) -> None:
    settings.RATE_LIMITS = {"read": "3/min", "write": "2/hour"}


@pytest.mark.django_db
class TestOverHttp:
    def test_the_request_after_the_quota_is_429_with_retry_after(self, caller: Caller, limited: None) -> None:
        assert [caller.get(SHOPS).status_code for _ in range(3)] == [200, 200, 200]
        response = caller.get(SHOPS)
        problem(response, 429, "too_many_requests")
        assert 1 <= int(response.headers["Retry-After"]) <= 60

    def test_every_answer_tells_the_standing(self, caller: Caller, limited: None) -> None:
        response = caller.get(SHOPS)
        assert response.headers["RateLimit-Policy"] == '"read";q=3;w=60'
        assert response.headers["RateLimit"] == '"read";r=2;t=60'
        refused = [caller.get(SHOPS) for _ in range(3)][-1]
        assert refused.headers["RateLimit"].startswith('"read";r=0;t=')
        failed = caller.post(SHOPS, {})
        assert failed.status_code == 400
        assert failed.headers["RateLimit"] == '"write";r=1;t=3600'

    def test_each_client_and_kind_has_its_own_quota(self, caller: Caller, limited: None) -> None:
        other = Caller(a_client("South storefront"))
        for _ in range(4):
            caller.get(SHOPS)
        assert other.get(SHOPS).status_code == 200
        assert caller.post(SHOPS, {"name": "Corner"}).status_code == 201

    def test_a_second_key_of_a_client_shares_its_quota(self, caller: Caller, limited: None) -> None:
        for _ in range(3):
            caller.get(SHOPS)
        problem(Caller(caller.client).get(SHOPS), 429, "too_many_requests")

    def test_a_refused_request_changes_nothing(self, caller: Caller, limited: None) -> None:
        for n in range(3):
            caller.post(SHOPS, {"name": f"shop {n}"})
        assert set(Client.objects.values_list("name", flat=True)) == {"North storefront", "shop 0", "shop 1"}

    def test_a_refused_key_uses_up_nothing(self, caller: Caller, limited: None) -> None:
        for _ in range(5):
            problem(caller.get(SHOPS, authorization=f"Bearer {caller.key.prefix}.wrong"), 401, "not_authenticated")
        assert caller.get(SHOPS).headers["RateLimit"].startswith('"read";r=2')

    def test_without_redis_the_door_stays_open(self, caller: Caller, limited: None, settings: Settings) -> None:
        settings.REDIS_URL = f"redis://127.0.0.1:{free_port()}/0"
        with capture_logs() as logs:
            responses = [caller.get(SHOPS) for _ in range(10)]
        assert Tally(response.status_code for response in responses) == {200: 10}
        assert "RateLimit" not in responses[0].headers
        assert sum("Redis" in line["event"] for line in logs) == 1


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def test_exactly_the_quota_passes_under_twenty_threads(counts: redis.Redis) -> None:
    counter, client_id, limit = Counter(django_settings.REDIS_URL), uuid4(), Limit("read", 100, 60)
    start = threading.Barrier(20)

    def ask() -> list[bool]:
        start.wait()
        standings = [counter.take(client_id, limit) for _ in range(20)]
        return [standing.exceeded for standing in standings if standing is not None]

    with ThreadPoolExecutor(20) as pool:
        answers = [answer for future in [pool.submit(ask) for _ in range(20)] for answer in future.result()]
    assert Tally(answers) == {False: 100, True: 300}


def test_a_new_window_begins_when_the_old_one_has_passed(counts: redis.Redis) -> None:
    counter, client_id, limit = Counter(django_settings.REDIS_URL), uuid4(), Limit("read", 1, 1)
    standings = [counter.take(client_id, limit) for _ in range(2)]
    assert [standing.exceeded for standing in standings if standing] == [False, True]
    time.sleep(1.05)
    standing = counter.take(client_id, limit)
    assert standing is not None
    assert not standing.exceeded


def test_the_script_is_sent_again_to_a_redis_that_forgot_it(counts: redis.Redis) -> None:
    counter, client_id, limit = Counter(django_settings.REDIS_URL), uuid4(), Limit("read", 5, 60)
    counter.take(client_id, limit)
    counts.script_flush()
    standing = counter.take(client_id, limit)
    assert standing is not None
    assert standing.remaining == 3


@pytest.fixture
def deaf() -> Iterator[str]:
    """A server that accepts connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"redis://127.0.0.1:{server.getsockname()[1]}/0"


def test_a_redis_that_never_answers_slows_one_request_and_not_each(deaf: str) -> None:
    counter, limit = Counter(deaf), Limit("read", 5, 60)
    started = time.monotonic()
    assert [counter.take(uuid4(), limit) for _ in range(50)] == [None] * 50
    assert time.monotonic() - started < 1
