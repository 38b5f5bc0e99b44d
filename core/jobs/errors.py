"""What jobs refuse, in words."""

from __future__ import annotations

from core.errors import DomainError


class JobMovedOn(DomainError):
    """Another run has come further with the same job."""

    code = "job_moved_on"
    title = "Job moved on"

    def __init__(self, state: str) -> None:
        super().__init__(
            f"The job is {state}, and not at the place that this run has come to.",
            unblock="Leave it to the other run.",
            state=state,
        )


class JobBusy(DomainError):
    """Another run is at work on the job."""

    code = "job_busy"
    title = "Job busy"

    def __init__(self, name: str) -> None:
        super().__init__(f"Another run is at work on {name}.", unblock="Wait until that has ended.")


class JobFileChanged(DomainError):
    """Part of the file was brought in already, and this is another file."""

    code = "job_file_changed"
    title = "Job's file changed"

    def __init__(self, *, before: int, after: int) -> None:
        super().__init__(
            f"The file comes to {after:,} and came to {before:,} when its job began.",
            unblock="Make a new job of it: what was brought in already stays as it is.",
            before=before,
            after=after,
        )
