"""Text in one normal form for each kind, and what is refused by name; the database's CHECKs say the same."""

from __future__ import annotations

import unicodedata

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from core.text import TextKind, UnfitText, fold, normal, settle, settle_all

LINE, BLOCK, IDENTIFIER = TextKind.LINE, TextKind.BLOCK, TextKind.IDENTIFIER


@pytest.mark.parametrize("kind", TextKind)
@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("", ""),
        ("Ann", "Ann"),
        ("  Ann Lee \n", "Ann Lee"),
        ("\u00a0Ann\u3000", "Ann"),
        ("Cafe\u0301", "Caf\u00e9"),
        ("\u212bngstr\u00f6m", "\u00c5ngstr\u00f6m"),
        ("D\u00fcsseldorf", "D\u00fcsseldorf"),
        ("\u6771\u4eac", "\u6771\u4eac"),
    ],
)
def test_text_is_trimmed_and_in_its_normal_form(kind: TextKind, typed: str, kept: str) -> None:
    assert settle(typed, kind) == kept


@pytest.mark.parametrize("kind", [LINE, BLOCK])
@pytest.mark.parametrize("typed", ["\u200b", " \ufeff ", "\u00ad\u2060", "\u3164\u2800"])
def test_what_has_nothing_to_see_is_empty(kind: TextKind, typed: str) -> None:
    assert settle(typed, kind) == ""


@pytest.mark.parametrize("kind", [LINE, BLOCK])
@pytest.mark.parametrize(
    "typed", ["\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", "\U0001f469\u200d\U0001f680", "\u2764\ufe0f"]
)
def test_joiners_and_variants_that_a_text_needs_stay(kind: TextKind, typed: str) -> None:
    assert settle(typed, kind) == typed


@pytest.mark.parametrize("line_break", ["\n", "\r", "\r\n", "\v", "\f", "\x85", "\u2028", "\u2029"])
@pytest.mark.parametrize("kind", [LINE, IDENTIFIER])
def test_a_line_has_no_line_break(kind: TextKind, line_break: str) -> None:
    with pytest.raises(UnfitText) as refusal:
        settle(f"Flat 3{line_break}12 High St", kind)
    assert refusal.value.code == "line_break"
    assert refusal.value.detail == f"This contains a line break (U+{ord(line_break[0]):04X}) after 6 characters."


def test_a_block_keeps_its_lines_as_they_are_written_here() -> None:
    assert settle("One\r\nTwo\rThree\n\n\tFour", BLOCK) == "One\nTwo\nThree\n\n\tFour"


CONTROLS = [chr(each) for each in (*range(1, 9), 11, 12, *range(14, 32), *range(127, 160), 0x2028, 0x2029)]
BIDI = [*"\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"]
INVISIBLE = [
    *"\u00ad\u034f\u115f\u1160\u17b4\u180e\u200b\u200c\u200d\u2060\u2063\u2800\u3164\ufe00\ufe0f\ufeff\uffa0\ufff9",
    "\U000e0001", "\U000e0041", "\U000e0100", "\U0001d173", "\u00a0", "\u2003", "\u3000", "\ue000",
]  # fmt: skip


@pytest.mark.parametrize("kind", TextKind)
@pytest.mark.parametrize("character", ["\x00", *CONTROLS])
def test_no_text_has_a_control_character(kind: TextKind, character: str) -> None:
    with pytest.raises(UnfitText) as refusal:
        settle(f"A{character}B", kind)
    assert refusal.value.code in {"control_character", "line_break"}


@pytest.mark.parametrize("kind", [LINE, IDENTIFIER])
def test_a_line_has_no_tab(kind: TextKind) -> None:
    with pytest.raises(UnfitText, match=r"a control character \(U\+0009\)"):
        settle("A\tB", kind)


@pytest.mark.parametrize("kind", TextKind)
@pytest.mark.parametrize("character", BIDI)
def test_no_text_turns_its_direction(kind: TextKind, character: str) -> None:
    with pytest.raises(UnfitText) as refusal:
        settle(f"A{character}B", kind)
    assert refusal.value.code == "bidi_control"


@pytest.mark.parametrize("kind", TextKind)
@pytest.mark.parametrize("character", [*map(chr, (0xD800, 0xDFFF, 0xFDD0, 0xFFFE, 0xFFFF, 0x1FFFE, 0x10FFFF))])
def test_no_text_has_what_is_no_character(kind: TextKind, character: str) -> None:
    with pytest.raises(UnfitText) as refusal:
        settle(f"A{character}B", kind)
    assert refusal.value.code == "not_a_character"


@pytest.mark.parametrize("character", INVISIBLE)
def test_an_identifier_has_nothing_that_cannot_be_seen(character: str) -> None:
    with pytest.raises(UnfitText) as refusal:
        settle(f"MUG{character}1", IDENTIFIER)
    assert refusal.value.code == "invisible_character"
    if unicodedata.category(character) != "Co":
        assert settle(f"MUG{character}1", LINE) == unicodedata.normalize("NFC", f"MUG{character}1")


@given(st.text(st.characters(exclude_categories=["Cs"])), st.sampled_from(TextKind))
def test_settled_text_is_settled(typed: str, kind: TextKind) -> None:
    try:
        kept = settle(typed, kind)
    except UnfitText:
        return
    assert settle(kept, kind) == kept == normal(kept)


def test_two_spellings_in_other_letters_fold_to_one() -> None:
    assert fold(" CAFE\u0301 ") == fold("caf\u00e9")


def test_a_json_value_is_settled_to_its_leaves() -> None:
    value = {" cafe\u0301 ": [" a ", {"b": "c\r\nd"}], "n": 1, "none": None}
    assert settle_all(value, BLOCK) == {"caf\u00e9": ["a", {"b": "c\nd"}], "n": 1, "none": None}
    with pytest.raises(UnfitText):
        settle_all({"a": ["b\nc"]}, LINE)


def _is_settled(text: str, kind: TextKind) -> bool:
    try:
        return settle(text, kind) == text
    except UnfitText:
        return False


@pytest.mark.django_db
@pytest.mark.parametrize("kind", TextKind)
def test_the_database_takes_what_is_settled_and_refuses_what_the_ranges_name(kind: TextKind) -> None:
    """Every character of the planes that have any of these. The database leaves to Python what no range names: what
    nobody has assigned, spaces that differ, and formats that are seen, such as Arabic signs of numbers."""
    codes = [*range(1, 0xD800), *range(0xE000, 0x20000), *range(0xE0000, 0xE1001)]
    statement = f"""
        SELECT code FROM unnest(%s::integer[]) AS code WHERE NOT core_is_{kind.value}('A' || chr(code) || 'B')
    """
    with connection.cursor() as cursor:
        cursor.execute(statement, [codes])
        refused = {code for (code,) in cursor.fetchall()}
    python = {code for code in codes if not _is_settled(f"A{chr(code)}B", kind)}
    left = {"Cn", "Co", "Zs", "Cf"}
    assert {ord(each) for each in INVISIBLE if unicodedata.category(each) not in {"Co", "Zs"}} & python <= refused
    assert refused - python == set()
    assert {code for code in python - refused if unicodedata.category(chr(code)) not in left} == set()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("check", "taken", "refused"),
    [
        ("core_is_line(%s)", ["", "Ann", "\u00e9 \u00e8"], [" Ann", "\u00e9 ", "Cafe\u0301", "a\nb"]),
        ("core_is_block(%s)", ["", "a\nb\tc", "\u00e9\n"], ["a\r\nb", "e\u0301", "a\x1bb"]),
        ("core_has_lines(%s::jsonb)",
         ["{}", '{"a": "b c"}', '{"a": "b\\\\n"}', '{"a": "\u00e9"}'],
         ['{"a": "b\\nc"}', '{"a": "b\x7f"}', '{"a": "e\u0301"}']),
        ("core_has_blocks(%s::jsonb)", ["{}", '{"a": "b\\nc"}'], ['{"a": "b\\u001bc"}', '{"a": ["\\u202e"]}']),
        ("core_are_identifiers(%s::text[])", ["{}", "{a,b}"], ['{a,"b\u200b"}', '{"e\u0301"}']),
    ],
)  # fmt: skip
def test_a_check_tells_settled_text(check: str, taken: list[str], refused: list[str]) -> None:
    with connection.cursor() as cursor:
        for values, expected in ((taken, True), (refused, False)):
            for value in values:
                cursor.execute(f"SELECT {check}", [value])
                assert cursor.fetchone() == (expected,), value
