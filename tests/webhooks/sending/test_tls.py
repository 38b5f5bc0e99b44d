"""TLS, with certificates made for the test."""

from __future__ import annotations

import datetime as dt
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from deploy.fakes.webhook_receiver import RunningReceiver, running_receiver
from tests.webhooks.sending.conftest import NAME, OUTSIDE, SECONDS, SOON, Listener, Names
from webhooks.sending import NotSent, post
from webhooks.sending.connecting import _tls_context


@dataclass(frozen=True)
class Certified:
    receiver: RunningReceiver
    root: Path


def certificate(name: str, of: tuple[x509.Certificate, ec.EllipticCurvePrivateKey] | None = None) -> tuple:
    """A root, or one for the host `name` that the root signed; with its key."""
    key, now = ec.generate_private_key(ec.SECP256R1()), dt.datetime.now(dt.UTC)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    issuer, signer = (of[0].subject, of[1]) if of else (subject, key)
    builder = (
        x509.CertificateBuilder(issuer, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(hours=1))
        .add_extension(x509.BasicConstraints(ca=of is None, path_length=None), critical=True)
    )
    if of:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
    return builder.sign(signer, hashes.SHA256()), key


def pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


@pytest.fixture(scope="module")
def certified(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Certified]:
    folder = tmp_path_factory.mktemp("tls")
    root = certificate("Root of a test")
    own, key = certificate(NAME, root)
    plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    (folder / "own.pem").write_bytes(pem(own) + key.private_bytes(serialization.Encoding.PEM, *plain))
    (folder / "root.pem").write_bytes(pem(root[0]))
    with running_receiver(folder, "--host", OUTSIDE, "--certificate", str(folder / "own.pem")) as receiver:
        yield Certified(receiver, folder / "root.pem")


@pytest.fixture
def trusted(certified: Certified, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunningReceiver]:
    monkeypatch.setenv("SSL_CERT_FILE", str(certified.root))
    _tls_context.cache_clear()
    yield certified.receiver
    _tls_context.cache_clear()


def not_sent(url: str) -> NotSent:
    with pytest.raises(NotSent) as caught:
        post(url, b"{}", {}, seconds=SECONDS)
    assert caught.value.seconds < SOON
    return caught.value


def test_the_certificate_is_asked_to_be_the_name_s_at_the_address_that_was_judged(
    trusted: RunningReceiver, names: Names
) -> None:
    answer = post(f"https://{NAME}:{trusted.port}/ok", b"{}", {}, seconds=10 * SECONDS)
    assert (answer.status, answer.body, answer.address) == (200, b"OK", OUTSIDE)
    assert trusted.requests()[-1]["headers"]["host"] == f"{NAME}:{trusted.port}"
    assert names.asked == [NAME]


def test_another_s_certificate_is_refused_and_nothing_is_sent(trusted: RunningReceiver, names: Names) -> None:
    names.answers["other.example"] = [[OUTSIDE]]
    before = len(trusted.requests())
    error = not_sent(f"https://other.example:{trusted.port}/ok")
    assert (error.code, error.address, len(trusted.requests())) == ("tls_failed", OUTSIDE, before)
    assert error.detail == ("TLS failed: Hostname mismatch, certificate is not valid for 'other.example'.")


def test_a_certificate_of_no_known_root_is_refused_and_nothing_is_sent(certified: Certified, names: Names) -> None:
    before = len(certified.receiver.requests())
    error = not_sent(f"https://{NAME}:{certified.receiver.port}/ok")
    assert (error.code, len(certified.receiver.requests())) == ("tls_failed", before)
    assert error.detail == "TLS failed: unable to get local issuer certificate."


def test_a_server_without_tls_is_told(receiver: RunningReceiver) -> None:
    assert not_sent(receiver.url.replace("http:", "https:") + "/ok").code in {"tls_failed", "not_reached"}


def test_one_deadline_ends_a_handshake_that_hangs() -> None:
    listener = Listener(OUTSIDE)
    error = not_sent(f"https://{OUTSIDE}:{listener.port}/")
    listener.close()
    assert (error.code, error.address, error.seconds >= SECONDS) == ("too_slow", OUTSIDE, True)


def test_one_deadline_ends_what_trickles_in_by_tls(trusted: RunningReceiver, names: Names) -> None:
    assert not_sent(f"https://{NAME}:{trusted.port}/drip").code == "too_slow"


def test_tls_is_1_2_or_later_and_its_roots_are_read_once() -> None:
    assert _tls_context().minimum_version == ssl.TLSVersion.TLSv1_2
    assert _tls_context() is _tls_context()
