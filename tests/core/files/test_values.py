"""What a cell may say: one strict form for numbers, one for times."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from core.files.values import decimal, moment, whole

FORM = "%Y-%m-%d %H:%M"


@pytest.mark.parametrize(("text", "number"), [("0", 0), ("-12", -12), ("007", 7), ("9" * 18, 10**18 - 1)])
def test_whole_numbers_are_ascii_digits(text: str, number: int) -> None:
    assert whole(text) == number


@pytest.mark.parametrize(
    "text", ["", " 1", "1 ", "1\n", "+1", "--1", "1.0", "1_000", "1,000", "1e3", "٣", "３", "²", "0x1", "9" * 19]
)
def test_nothing_else_is_a_whole_number(text: str) -> None:
    with pytest.raises(ValueError, match=r"^is not a whole number$"):
        whole(text)


@pytest.mark.parametrize("text", ["0", "2.55", "-11062.06", "0.005678", "1.10"])
def test_decimals_are_kept_to_their_last_digit(text: str) -> None:
    assert str(decimal(text)) == text
    assert decimal(text) == Decimal(text)


@pytest.mark.parametrize(
    "text",
    ["", ".5", "5.", "1,5", "1_0.5", "1e3", "1E-2", "NaN", "Infinity", "-inf", " 1", "1 ", "٢.٥", "+1.5", "1.2.3"],
)
def test_nothing_else_is_a_decimal(text: str) -> None:
    with pytest.raises(ValueError, match=r"^is not a decimal number with a point$"):
        decimal(text)


@pytest.mark.parametrize(
    ("text", "zone", "utc"),
    [
        ("2010-12-01 08:26", "Europe/London", "2010-12-01 08:26"),
        ("2011-07-01 08:26", "Europe/London", "2011-07-01 07:26"),
        ("2011-03-27 00:59", "Europe/London", "2011-03-27 00:59"),
        ("2011-03-27 02:00", "Europe/London", "2011-03-27 01:00"),
        ("2011-07-01 08:26", "America/New_York", "2011-07-01 12:26"),
        ("2011-07-01 08:26", "Asia/Kathmandu", "2011-07-01 02:41"),
    ],
)
def test_a_moment_is_what_the_clocks_of_its_zone_showed(text: str, zone: str, utc: str) -> None:
    found = moment(text, FORM, ZoneInfo(zone))
    assert (found, found.tzinfo) == (dt.datetime.fromisoformat(f"{utc}+00:00"), dt.UTC)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("2011-03-27 01:00", "never came in Europe/London, as the clocks went forward"),
        ("2011-03-27 01:59", "never came in Europe/London, as the clocks went forward"),
        ("2011-10-30 01:00", "came twice in Europe/London, as the clocks went back"),
        ("2011-10-30 01:59", "came twice in Europe/London, as the clocks went back"),
        ("2011-02-29 01:00", "is not a time such as 2010-12-31 08:26"),
        ("2011-2-1 01:00", "is not a time such as 2010-12-31 08:26"),
        (" 2011-02-01 01:00", "is not a time such as 2010-12-31 08:26"),
        ("2011-02-01  01:00", "is not a time such as 2010-12-31 08:26"),
        ("٢٠١١-02-01 01:00", "is not a time such as 2010-12-31 08:26"),
        ("", "is not a time such as 2010-12-31 08:26"),
    ],
)
def test_a_time_that_its_clocks_left_out_or_showed_twice_is_refused_as_one_of_another_form_is(
    text: str, reason: str
) -> None:
    with pytest.raises(ValueError) as refusal:
        moment(text, FORM, ZoneInfo("Europe/London"))
    assert str(refusal.value) == reason


def test_a_time_beyond_all_calendars_is_refused() -> None:
    with pytest.raises(ValueError, match="is out of range"):
        moment("9999-12-31 23:59", FORM, ZoneInfo("America/New_York"))
