"""What is said of a URL when somebody enters it, without asking anybody."""

from __future__ import annotations

import pytest
from pytest_django import Settings

from tests.webhooks.sending.conftest import Names
from webhooks.sending import NotSent, post, problem_of
from webhooks.sending.urls import Place, place_of

LONGEST = "https://hooks.example/" + "a" * 1978
INVALID = [
    "", "hooks.example", "https:hooks.example", "https://", "https:///path", "https://?x", "https://:443/",
    "https://user@hooks.example/", "https://user:pw@hooks.example/", "https://@hooks.example/",
    "https://hooks.example/#part", "https://hooks.example/#", "https://hooks.example:0/", "https://hooks.example:65536/",
    "https://hooks.example:/", "https://hooks.example:-1/", "https://hooks.example:٨٠/", "https://hooks.example:4 4/",
    "https://hooks.example/a b", " https://hooks.example/", "https://hooks.example/\n", "https://hoo\tks.example/",
    "https://hooks.example\\@127.0.0.1/", "https://hooks.example/\x00", "https://höks.example/",
    "https://①②⑦.⓪.⓪.①/", "https://hooks.example/ü", "https://hooks..example/", "https://.hooks.example/",
    "https://hooks.example./", "https://127.0.0.1./", "https://-hooks.example/", "https://hooks%2eexample/",
    f"https://{'a' * 64}.example/", f"https://{'a.' * 127}com/", "https://[::1/", "https://[::1]x/", "https://[::g]/",
    "https://[hooks.example]/", "https://[fe80::1%25eth0]/", "https://[v1.x]/", "https://a,b/", "https://a&b/",
    LONGEST + "a",
]  # fmt: skip


@pytest.mark.parametrize("url", INVALID)
def test_what_is_no_url_of_a_receiver_is_refused(url: str) -> None:
    problem = problem_of(url)
    assert problem is not None
    assert problem.code in ({"invalid_url"} if url.startswith("https://") else {"invalid_url", "https_required"})
    with pytest.raises(NotSent) as caught:
        post(url, b"", {}, seconds=0.05)
    assert (caught.value.code, caught.value.detail) == ("forbidden_address", problem.detail)


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("https://hooks.example", Place("https", "hooks.example", 443, "hooks.example", "/")),
        ("HTTPS://Hooks.Example:443?a=b", Place("https", "hooks.example", 443, "hooks.example", "/?a=b")),
        ("https://a_b.xn--hks-sna.example:8443/a%20b?c=@&d=:/", Place(
            "https", "a_b.xn--hks-sna.example", 8443, "a_b.xn--hks-sna.example:8443", "/a%20b?c=@&d=:/")),
        ("http://8.8.8.8:65535/", Place("http", "8.8.8.8", 65535, "8.8.8.8:65535", "/")),
        ("https://[2606:4700::1111]/x", Place("https", "2606:4700::1111", 443, "[2606:4700::1111]", "/x")),
        (LONGEST, Place("https", "hooks.example", 443, "hooks.example", "/" + "a" * 1978)),
    ],
    ids=["no path", "capitals", "everything", "IPv4", "IPv6", "longest"],
)  # fmt: skip
def test_others_are_taken_apart(url: str, place: Place) -> None:
    assert problem_of(url) is None
    assert place_of(url) == place


@pytest.mark.parametrize("url", ["http://hooks.example/", "ftp://hooks.example/", "file:///etc/passwd", "gopher://a/"])
def test_only_https_is_taken_where_the_settings_say_so(settings: Settings, url: str) -> None:
    settings.WEBHOOK_HTTP = False
    problem = problem_of(url)
    assert problem is not None
    assert (problem.code, problem.detail) == ("https_required", "The URL begins with https://")
    settings.WEBHOOK_HTTP = True
    assert (problem_of(url) is None) == url.startswith("http:")


def test_the_name_is_not_looked_up(names: Names) -> None:
    assert problem_of("https://hooks.example/") is None
    assert names.asked == []
