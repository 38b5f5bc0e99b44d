from __future__ import annotations

import datetime as dt
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from django.db import connection, connections
from django.http import HttpResponse
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.request import Request

from core.actors import Actor
from core.api.authentication import ApiPrincipal
from core.api.idempotency import idempotent
from core.api.parsers import StrictJsonParser
from core.api.replies import Reply
from core.idempotency import KeyReused, purge_expired
from core.models import Client, IdempotencyRecord
from tests.core.api.conftest import Caller
from tests.core.api.problem_checks import pointers, problem
from tests.core.api.shop import Gate, open_shop
from tests.factories.core import a_client, clients

SHOPS = "/api/v1/shops/"


@pytest.mark.django_db
class TestOneByOne:
    def test_a_repeat_gets_the_same_bytes_and_acts_once(self, caller: Caller) -> None:
        first = caller.post(SHOPS, {"name": "Corner"}, idempotency_key="k1")
        again = caller.post(SHOPS, {"name": "Corner"}, idempotency_key="k1")
        assert (first.status_code, again.status_code) == (201, 201)
        assert first.content == again.content
        assert "Idempotent-Replayed" not in first.headers
        assert again.headers["Idempotent-Replayed"] == "true"
        for name in ("Content-Type", "Location", "ETag"):
            assert first.headers[name] == again.headers[name]
        assert first.headers["X-Request-ID"] != again.headers["X-Request-ID"]
        assert Client.objects.filter(name="Corner").count() == 1

    def test_the_same_body_in_another_notation_is_the_same_request(self, caller: Caller) -> None:
        caller.post(SHOPS, raw=b'{"name": "Corner", "amount": 1}', idempotency_key="k1")
        again = caller.post(SHOPS, raw=b'{ "amount":1,"name":"\\u0043orner" }', idempotency_key="k1")
        assert again.headers["Idempotent-Replayed"] == "true"

    def test_another_body_under_the_same_key_is_422(self, caller: Caller) -> None:
        caller.post(SHOPS, {"name": "Corner"}, idempotency_key="k1")
        problem(caller.post(SHOPS, {"name": "Other"}, idempotency_key="k1"), 422, "idempotency_key_reused")
        assert not Client.objects.filter(name="Other").exists()

    def test_another_path_with_the_same_body_under_the_same_key_is_422(self, caller: Caller) -> None:
        second = a_client("Second")
        third = a_client("Third")
        assert caller.post(f"{SHOPS}{third.pk}/close/", idempotency_key="k1").status_code < 300
        problem(caller.post(f"{SHOPS}{second.pk}/close/", idempotency_key="k1"), 422, "idempotency_key_reused")
        second.refresh_from_db()
        assert second.active

    def test_another_method_with_the_same_path_and_body_under_the_same_key_is_422(self, caller: Caller) -> None:
        def send(method: str) -> HttpResponse:
            request = Request(
                RequestFactory().generic(method, SHOPS, b"{}", "application/json", headers={"idempotency-key": "k1"}),
                parsers=[StrictJsonParser()],
            )
            request.user = ApiPrincipal(  # type: ignore[assignment]
                caller.client, caller.key, frozenset(), Actor.client(caller.client)
            )
            return idempotent(request, lambda: Reply(200, {"name": open_shop(f"By {method}").name}))

        assert send("POST").content == b'{"name":"By POST"}'
        with pytest.raises(KeyReused):
            send("PUT")
        assert not Client.objects.filter(name="By PUT").exists()

    def test_a_key_belongs_to_its_client(self, caller: Caller) -> None:
        other = Caller(a_client("South storefront"))
        caller.post(SHOPS, {"name": "Corner"}, idempotency_key="k1")
        assert other.post(SHOPS, {"name": "Other"}, idempotency_key="k1").status_code == 201

    def test_a_key_is_required(self, caller: Caller) -> None:
        body = problem(caller.post(SHOPS, {"name": "Corner"}, idempotency_key=""), 400, "bad_request")
        assert pointers(body) == {("", "idempotency_key_missing")}
        assert not Client.objects.filter(name="Corner").exists()

    @pytest.mark.parametrize("key", ["a b", "x" * 256, "é", "\t", "a\x7f"])
    def test_a_malformed_key_is_400(self, caller: Caller, key: str) -> None:
        body = problem(caller.post(SHOPS, {"name": "Corner"}, idempotency_key=key), 400, "bad_request")
        assert pointers(body) == {("", "idempotency_key_malformed")}
        assert not Client.objects.filter(name="Corner").exists()

    def test_255_visible_characters_are_a_key(self, caller: Caller) -> None:
        assert caller.post(SHOPS, {"name": "Corner"}, idempotency_key="~" * 255).status_code == 201

    def test_refusals_are_not_remembered(self, caller: Caller) -> None:
        problem(caller.post(SHOPS, {"name": caller.client.name}, idempotency_key="k1"), 409, "name_taken")
        problem(caller.post(SHOPS, {"nmae": "x"}, idempotency_key="k1"), 400, "invalid_input")
        assert not IdempotencyRecord.objects.exists()
        assert caller.post(SHOPS, {"name": "Corner"}, idempotency_key="k1").status_code == 201

    def test_idempotency_costs_two_statements(self, caller: Caller) -> None:
        caller.get("/api/v1/numbers/1/")
        with CaptureQueriesContext(connection) as queries:
            caller.post(SHOPS, {"name": "Corner"})
        assert sum("idempotencyrecord" in query["sql"] for query in queries) == 2

    def test_responses_are_forgotten_after_seven_days(self, caller: Caller) -> None:
        for n in range(3):
            caller.post(SHOPS, {"name": f"shop {n}"}, idempotency_key=f"k{n}")
        now = timezone.now()
        IdempotencyRecord.objects.filter(key="k0").update(created_at=now - dt.timedelta(days=7, seconds=1))
        IdempotencyRecord.objects.filter(key="k1").update(created_at=now - dt.timedelta(days=6, hours=23))
        assert purge_expired(now) == 1
        assert set(IdempotencyRecord.objects.values_list("key", flat=True)) == {"k1", "k2"}


@pytest.fixture
def gate() -> Iterator[type[Gate]]:
    Gate.entered.clear()
    Gate.leave.clear()
    yield Gate
    Gate.leave.set()


def in_thread(call: object) -> HttpResponse:
    try:
        return call()  # type: ignore[operator, no-any-return]
    finally:
        connections.close_all()


@pytest.mark.django_db(transaction=True)
class TestRaces:
    def test_a_repeat_while_the_first_is_at_work_is_409_then_replayed(self, caller: Caller, gate: type[Gate]) -> None:
        def post() -> HttpResponse:
            return caller.post("/api/v1/slow-shops/", {"name": "Corner"}, idempotency_key="k1")

        with ThreadPoolExecutor(1) as pool:
            first = pool.submit(in_thread, post)
            assert gate.entered.wait(10)
            during = post()
            problem(during, 409, "idempotency_key_in_flight")
            assert during.headers["Retry-After"] == "1"
            gate.leave.set()
            made = first.result()
        assert made.status_code == 201
        assert post().content == made.content
        assert Client.objects.filter(name="Corner").count() == 1

    def test_a_backend_killed_at_work_leaves_no_lock_and_no_trace(self, caller: Caller, gate: type[Gate]) -> None:
        def post() -> HttpResponse:
            return caller.post("/api/v1/slow-shops/", {"name": "Corner"}, idempotency_key="k1")

        with ThreadPoolExecutor(1) as pool:
            first = pool.submit(in_thread, post)
            assert gate.entered.wait(10)
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND state = 'idle in transaction' AND pid <> pg_backend_pid()"
                )
            gate.leave.set()
            problem(first.result(), 503, "temporarily_unavailable")
        assert not Client.objects.filter(name="Corner").exists()
        assert post().status_code == 201
        assert Client.objects.filter(name="Corner").count() == 1

    def test_twenty_racing_repeats_act_once_and_all_answers_are_the_same_bytes(self, caller: Caller) -> None:
        key, start = str(uuid4()), threading.Barrier(20)

        def post() -> HttpResponse:
            start.wait()
            while (response := Caller.post(caller, SHOPS, {"name": "Corner"}, idempotency_key=key)).status_code == 409:
                problem(response, 409, "idempotency_key_in_flight")
            return response

        with ThreadPoolExecutor(20) as pool:
            answers = [future.result() for future in [pool.submit(in_thread, post) for _ in range(20)]]
        assert Counter(answer.status_code for answer in answers) == {201: 20}
        assert len({answer.content for answer in answers}) == 1
        assert sum("Idempotent-Replayed" not in answer.headers for answer in answers) == 1
        assert Client.objects.filter(name="Corner").count() == 1

    @pytest.mark.parametrize("name", ["Corner", "North storefront"], ids=["would succeed", "would be refused"])
    def test_one_overtaken_after_its_look_undoes_its_work_and_answers_as_the_first(
        self, caller: Caller, name: str
    ) -> None:
        answer = caller.post("/api/v1/overtaken-shops/", {"name": name})
        assert (answer.status_code, answer.content) == (201, b'{"the": "first"}')
        assert (answer.headers["Location"], answer.headers["Idempotent-Replayed"]) == ("/first/", "true")
        assert set(Client.objects.values_list("name", flat=True)) == {"North storefront"}

    def test_a_racing_double_close_never_answers_that_it_was_closed_already(self, caller: Caller) -> None:
        """The action refuses a second close; a repeat must get the first one's answer instead, whatever the timing."""
        shops = clients(20)
        for shop in shops:
            start = threading.Barrier(4)

            def post(
                path: str = f"{SHOPS}{shop.pk}/close/", key: str = str(shop.pk), go: threading.Barrier = start
            ) -> HttpResponse:
                go.wait()
                return caller.post(path, idempotency_key=key)

            with ThreadPoolExecutor(4) as pool:
                answers = [future.result() for future in [pool.submit(in_thread, post) for _ in range(4)]]
            for answer in answers:
                if answer.status_code != 200:
                    problem(answer, 409, "idempotency_key_in_flight")
            assert 200 in {answer.status_code for answer in answers}
