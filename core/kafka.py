"""How librdkafka is told where Kafka is, and who asks: for those that send and those that consume."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import SplitResult, unquote

from core.brokers import Option, word

SCHEMES = ("kafka", "kafkas")
LIBRARY, EXTRA = "confluent_kafka", "kafka"
SASL = Option("a mechanism of SASL, such as PLAIN", word)


def kafka_connection(address: SplitResult, options: Mapping[str, Any]) -> dict[str, object]:
    """For `kafka://host:9092,other:9092/…`; kafkas:// by TLS, with user and password by SASL."""
    security: dict[str, object] = {}
    if address.username:
        security = {
            "sasl.mechanism": options.get("sasl", "SCRAM-SHA-512"),
            "sasl.username": unquote(address.username),
            "sasl.password": unquote(address.password or ""),
        }
    protocol = ("SASL_" if security else "") + ("SSL" if address.scheme == "kafkas" else "PLAINTEXT")
    return {
        **security,
        "security.protocol": protocol,
        "bootstrap.servers": address.netloc.rpartition("@")[2],
        # Who uses it logs what fails; the library would write to standard error.
        "log_level": 0,
    }
