from __future__ import annotations

import os
import pwd
import signal
import socket
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from deploy.local import locks
from deploy.local.session import all_servers
from tests.deploy.local.conftest import User, kill_everything, running

BOTH = ["PostgreSQL", "Valkey"]


def scalar(url: str, query: str) -> object:
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(query).fetchone()
    return row and row[0]


def write_seven(url: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS value")


def test_the_first_user_starts_both_servers_and_the_last_one_out_stops_them(folder: Path) -> None:
    first, second = User(folder), User(folder)
    urls = first.urls()
    assert second.urls() == urls
    assert scalar(urls["DATABASE_URL"], "SHOW server_version_num") >= "180000"  # type: ignore[operator]
    assert redis.from_url(urls["REDIS_URL"]).info()["valkey_version"].startswith("9.")
    assert first.leave() == ""
    assert running(folder) == BOTH
    assert second.leave() == ""
    assert running(folder) == []


def test_users_that_come_at_the_same_time_start_one_server_between_them(folder: Path) -> None:
    users = [User(folder) for _ in range(4)]
    assert len({user.urls()["DATABASE_URL"] for user in users}) == 1
    assert (folder / "postgresql.log").read_text().count("starting PostgreSQL") == 1
    assert [user.leave() for user in users] == [""] * 4
    assert running(folder) == []


def test_data_and_urls_survive_a_stop_and_a_start(folder: Path) -> None:
    first = User(folder)
    urls = first.urls()
    write_seven(urls["DATABASE_URL"])
    redis.from_url(urls["REDIS_URL"]).set("kept", "7")
    first.leave()
    second = User(folder)
    assert second.urls() == urls
    assert scalar(urls["DATABASE_URL"], "SELECT value FROM kept") == 7
    assert redis.from_url(urls["REDIS_URL"]).get("kept") == b"7"
    second.leave()


@pytest.mark.slow
def test_everything_killed_is_recovered_by_the_next_user_with_what_was_committed(folder: Path) -> None:
    first = User(folder)
    urls = first.urls()
    write_seven(urls["DATABASE_URL"])
    first.end(signal.SIGKILL)
    assert running(folder) == BOTH
    kill_everything(folder)
    assert running(folder) == []
    second = User(folder)
    assert scalar(second.urls()["DATABASE_URL"], "SELECT value FROM kept") == 7
    assert second.leave() == ""
    assert running(folder) == []


def test_a_killed_user_does_not_keep_the_servers_from_being_stopped(folder: Path) -> None:
    killed, last = User(folder), User(folder)
    killed.urls(), last.urls()
    killed.end(signal.SIGKILL)
    last.leave()
    assert running(folder) == []


def test_a_user_that_is_terminated_leaves_in_order(folder: Path) -> None:
    user = User(folder)
    user.urls()
    assert user.end(signal.SIGTERM) == 128 + signal.SIGTERM
    assert running(folder) == []


def test_a_postmaster_file_that_names_another_living_process_does_not_stop_the_start(folder: Path) -> None:
    first = User(folder)
    first.urls()
    first.end(signal.SIGKILL)
    stale = folder / "postgresql" / "data" / "postmaster.pid"
    lines = stale.read_text().splitlines()
    kill_everything(folder)
    stale.write_text("\n".join([str(os.getppid()), *lines[1:]]) + "\n")
    second = User(folder)
    assert scalar(second.urls()["DATABASE_URL"], "SELECT 1") == 1
    second.leave()


def test_a_cluster_left_half_made_is_made_anew(folder: Path) -> None:
    half = folder / "postgresql.new-killed" / "data"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    user = User(folder)
    assert scalar(user.urls()["DATABASE_URL"], "SELECT 1") == 1
    user.leave()
    assert not half.exists()


def test_a_port_taken_since_is_exchanged_for_a_free_one(folder: Path) -> None:
    first = User(folder)
    before = first.urls()
    first.leave()
    with socket.create_server(("127.0.0.1", urlsplit(before["DATABASE_URL"]).port or 0)):
        second = User(folder)
        after = second.urls()
        assert after["DATABASE_URL"] != before["DATABASE_URL"]
        assert after["REDIS_URL"] == before["REDIS_URL"]
        assert scalar(after["DATABASE_URL"], "SELECT 1") == 1
        second.leave()


def test_the_standard_ports_are_never_used(folder: Path) -> None:
    user = User(folder)
    assert {urlsplit(url).port for url in user.urls().values()}.isdisjoint({5432, 6379, 8000})
    user.leave()


def test_a_long_path_with_spaces_is_no_obstacle(tmp_path: Path) -> None:
    folder = tmp_path / ("a rather long name " * 6).strip() / "data dir"
    assert len(str(folder)) > 107
    user = User(folder)
    assert scalar(user.urls()["DATABASE_URL"], "SELECT 1") == 1
    assert user.leave() == ""
    assert running(folder) == []


def test_urls_in_the_environment_win_each_on_its_own(folder: Path) -> None:
    user = User(folder, DATABASE_URL="postgres://elsewhere/shop")
    urls = user.urls()
    assert urls["DATABASE_URL"] == "postgres://elsewhere/shop"
    assert redis.from_url(urls["REDIS_URL"]).ping()
    assert running(folder) == ["Valkey"]
    user.leave()
    assert running(folder) == []


def test_with_both_urls_in_the_environment_nothing_is_touched(folder: Path) -> None:
    user = User(folder, DATABASE_URL="postgres://elsewhere/shop", REDIS_URL="redis://elsewhere/0")
    user.urls()
    user.leave()
    assert not folder.exists()


def test_production_never_starts_a_server(folder: Path) -> None:
    user = User(folder, QM_ENV="production")
    assert "KeyError: 'DATABASE_URL'" in user.leave()
    assert not folder.exists()


def test_nobody_gets_in_without_the_password_and_the_passwords_are_private(folder: Path) -> None:
    user = User(folder)
    database, broker = (urlsplit(url) for url in user.urls().values())
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(
            host="127.0.0.1", port=database.port, user=database.username, dbname="postgres", password="wrong"
        )
    with pytest.raises(redis.AuthenticationError):
        redis.Redis(port=broker.port or 0, retry=Retry(NoBackoff(), 0)).ping()
    secrets = [folder / "postgresql" / "password", folder / "valkey" / "password", folder / "valkey" / "valkey.conf"]
    assert [path.stat().st_mode & 0o077 for path in secrets] == [0, 0, 0]
    user.leave()


def test_what_is_promised_to_last_is_written_to_disk(folder: Path) -> None:
    user = User(folder)
    urls = user.urls()
    for setting in ("fsync", "synchronous_commit", "full_page_writes"):
        assert scalar(urls["DATABASE_URL"], f"SHOW {setting}") == "on"
    broker = redis.from_url(urls["REDIS_URL"], decode_responses=True)
    assert broker.config_get("append*")["appendonly"] == "yes"
    assert broker.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
    user.leave()


as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root may switch accounts")


def without_namespaces(tmp_path: Path) -> str:
    """A PATH on which unshare fails, as it does where user namespaces are forbidden."""
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "unshare").write_text("#!/bin/sh\nexit 1\n")
    (programs / "unshare").chmod(0o755)
    return f"{programs}:{os.environ['PATH']}"


@as_root
def test_root_runs_the_database_in_a_user_namespace_and_keeps_its_files(folder: Path) -> None:
    user = User(folder)
    user.urls()
    processes = locks.holders(all_servers(folder)["DATABASE_URL"].lock)
    assert processes
    assert Path("/proc/self/ns/user").readlink() not in {Path(f"/proc/{pid}/ns/user").readlink() for pid in processes}
    assert (folder / "postgresql" / "data").stat().st_uid == 0
    user.leave()


@as_root
def test_root_without_namespaces_runs_the_database_as_nobody_even_in_a_private_folder(
    folder: Path, tmp_path: Path
) -> None:
    tmp_path.chmod(0o700)
    user = User(folder, PATH=without_namespaces(tmp_path))
    assert scalar(user.urls()["DATABASE_URL"], "SELECT 1") == 1
    processes = locks.holders(all_servers(folder)["DATABASE_URL"].lock)
    assert {Path(f"/proc/{pid}").stat().st_uid for pid in processes} == {pwd.getpwnam("nobody").pw_uid}
    assert user.leave() == ""
    assert running(folder) == []


@as_root
def test_root_that_loses_namespaces_hands_its_data_over(folder: Path, tmp_path: Path) -> None:
    first = User(folder)
    write_seven(first.urls()["DATABASE_URL"])
    first.leave()
    second = User(folder, PATH=without_namespaces(tmp_path))
    assert scalar(second.urls()["DATABASE_URL"], "SELECT value FROM kept") == 7
    second.leave()
