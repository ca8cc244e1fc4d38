"""Names, dates, formulas and counties, one by one."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.groups.importing.names import tidy_name
from app.domain.groups.regions import find_region, region_names, suggest_region
from app.kit.civil_dates import day_first, parse_civil
from app.kit.formulas import is_formula, unprotected


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("GRACE OWUOR", "Grace Owuor"),
        ("grace owuor", "Grace Owuor"),
        ("  Grace \t  Owuor ", "Grace Owuor"),
        ("OWUOR, GRACE WANJIRU", "Grace Wanjiru Owuor"),
        ("Owuor ,Grace", "Grace Owuor"),
        ("Owuor,", "Owuor,"),
        ("KAMAU, JR.", "Kamau Jr."),
        ("NYAMBURA-GATHECHA", "Nyambura-Gathecha"),
        ("O'BRIEN", "O'Brien"),
        ("D’SOUZA", "D’Souza"),
        ("NG'ANG'A", "Ng'ang'a"),
        ("THIONG'O", "Thiong'o"),
        ("OCHIENG'", "Ochieng'"),
        ("MCDONALD", "McDonald"),
        ("MCHARO", "Mcharo"),
        ("McDonald", "McDonald"),
        ("DeSouza", "DeSouza"),
        ("KIPRUTO ARAP SANG", "Kipruto arap Sang"),
        ("ARAP MOI", "Arap Moi"),
        ("NGUGI WA THIONG'O", "Ngugi wa Thiong'o"),
        ("J. K. MUTUA", "J. K. Mutua"),
        ("J.K. MUTUA", "J.K. Mutua"),
        ("JK MUTUA", "JK Mutua"),
        ("KAMAU III", "Kamau III"),
        ("ÑANDÚ ÉLODIE", "Ñandú Élodie"),
        ("Grace\u200b\u202e Owuor", "Grace Owuor"),
        ("", ""),
    ],
)
def test_names(written: str, read: str):
    assert tidy_name(written) == read


@given(st.text(st.sampled_from("abcdMOZ'’-. ,ñÉ"), max_size=30))
def test_a_tidy_name_stays(text: str):
    name = tidy_name(text)
    assert tidy_name(name) == name or "," in name
    assert (
        sorted(name.casefold().replace(",", "").split()) == sorted(text.casefold().replace(",", " ").split())
        or "," in name
    )


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("22/01/2025", date(2025, 1, 22)),
        ("2.1.2025", date(2025, 1, 2)),
        ("02-01-25", date(2025, 1, 2)),
        ("2025-01-22", date(2025, 1, 22)),
        ("2025-01-22 00:00:00", date(2025, 1, 22)),
        ("22 Jan 2025", date(2025, 1, 22)),
        ("22-Mei-25", date(2025, 5, 22)),
        ("3 Desemba 2024", date(2024, 12, 3)),
    ],
)
def test_dates(text: str, day: date):
    assert parse_civil(text, is_day_first=True) == day


@pytest.mark.parametrize(
    "text",
    [
        "",
        "31/02/2025",
        "13/13/2025",
        "2025",
        "45678",
        "22/01",
        "1/2/3",
        "222/01/2025",
        "22 Foo 2025",
        "٢٢/٠١/٢٠٢٥",
        "22/01/2025 10:00",
    ],
)
def test_no_dates(text: str):
    with pytest.raises(ValueError):  # noqa: PT011
        parse_civil(text, is_day_first=True)


def test_the_most_of_a_column_say_what_comes_first():
    assert day_first([])
    assert day_first(["01/02/2025"])
    assert day_first(["22/01/2025", "23/01/2025", "01/22/2025"])
    assert not day_first(["01/22/2025", "02/23/2025", "22/01/2025"])
    assert parse_civil("01/02/2025", is_day_first=False) == date(2025, 1, 2)


@pytest.mark.parametrize("text", ['=HYPERLINK("x","y")', " =1+1", "@SUM(A1)", "+A1", "-2+3", "=cmd|' /C calc'!A0"])
def test_formulas(text: str):
    assert is_formula(text)


@pytest.mark.parametrize("text", ["", "+254 700-000-139", "-5", "- ", '="0700000101"', "a=b", "0700000101"])
def test_no_formulas(text: str):
    assert not is_formula(text)


def test_protected_text():
    assert unprotected('="0700000101"') == "0700000101"
    assert unprotected('="a"&"b"') == '="a"&"b"'


def test_there_are_47_counties_each_found_by_its_own_name():
    names = region_names("KE")
    assert len(names) == len(set(names)) == 47
    for name in names:
        for text in (name, name.upper(), f" {name.lower()}  county", name.replace("-", " "), name.replace(" ", "")):
            assert find_region(text, "KE") == name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Nairobi City County", "Nairobi"),
        ("NRB", "Nairobi"),
        ("Msa", "Mombasa"),
        ("Taita Taveta", "Taita-Taveta"),
        ("T/Nithi", "Tharaka-Nithi"),
        ("Tharaka - Nithi", "Tharaka-Nithi"),
        ("Elgeyo/Marakwet", "Elgeyo-Marakwet"),
        ("U/Gishu", "Uasin Gishu"),
        ("TransNzoia", "Trans Nzoia"),
        ("MURANGA", "Murang'a"),
        ("Murang`a", "Murang'a"),
        ("Murangʼa", "Murang'a"),
        ("Homabay", "Homa Bay"),
        ("Kaunti ya Kisumu", "Kisumu"),
        ("047 Nairobi", "Nairobi"),
    ],
)
def test_counties(text: str, name: str):
    assert find_region(text, "KE") == name


@pytest.mark.parametrize(("text", "name"), [("Mombsa", "Mombasa"), ("Kakamenga", "Kakamega"), ("Nakru", "Nakuru")])
def test_close_names_are_offered_never_taken(text: str, name: str):
    assert find_region(text, "KE") is None
    assert suggest_region(text, "KE") == name


@pytest.mark.parametrize("text", ["Atlantis", "County", "42", "", "X"])
def test_unknown_counties(text: str):
    assert find_region(text, "KE") is None
    assert suggest_region(text, "KE") is None


def test_a_country_without_a_table_takes_what_is_written():
    assert find_region("  Pune  rural ", "IN") == "Pune rural"
    assert suggest_region("Pune", "IN") is None
