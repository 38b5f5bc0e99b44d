"""The errors that the settlement with gateways raises."""

from __future__ import annotations

from collections.abc import Sequence

from core.errors import DomainError, InvalidInput


class NoReport(InvalidInput):
    """The gateway can't tell what it did."""

    title = "No report"

    def __init__(self, name: str) -> None:
        super().__init__(f"The gateway {name} doesn't report what it did: its adapter has no list_calls.")


class NoPayouts(InvalidInput):
    """The gateway can't tell what it paid out."""

    title = "No payouts"

    def __init__(self, name: str) -> None:
        super().__init__(f"The gateway {name} doesn't tell what it paid out: its adapter has no list_payouts.")


class ReportUnfinished(DomainError):
    """The gateway didn't tell all of it in time. What was found stays; asked again, it goes through all of it again."""

    code = "report_unfinished"
    status = 503
    title = "Report unfinished"

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"The gateway {name} didn't tell all that it did: {why}", unblock="Ask again later.")


class PayoutsRefused(DomainError):
    """Something about payouts isn't so; none of them was brought in."""

    code = "payouts_refused"
    title = "Payouts refused"

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__(
            f"{len(problems)} problems, and nothing was brought in.",
            unblock="Mend the file, or ask the gateway for another.",
            problems=list(problems),
        )
        self.problems = tuple(problems)
