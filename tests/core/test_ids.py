from __future__ import annotations

from core.ids import new_id


def test_ids_are_version_7_unique_and_sort_by_their_making() -> None:
    made = [new_id() for _ in range(10_000)]
    assert {each.version for each in made} == {7}
    assert len(set(made)) == len(made)
    assert made == sorted(made)
