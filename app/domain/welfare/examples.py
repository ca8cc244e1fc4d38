"""Schemes that groups have published, as rules: what a group may begin with. Amounts as the sources print them."""

from dataclasses import dataclass

from app.domain.welfare.scheme import CALL, MEMBER, Benefit, Scheme


@dataclass(frozen=True, slots=True)
class Example:
    """`name` is its message key, `welfare.example.<name>`; `source` the public page. Two decimals in its currency."""

    name: str
    source: str
    scheme: Scheme


def _years(years: int) -> int:
    return 12 * years


def _table(*rows: tuple[str, int]) -> tuple[Benefit, ...]:
    return tuple(Benefit(relation, amount) for relation, amount in rows)


EXAMPLES = (
    Example(
        "share",
        "http://upendochurch.org/UBC_BFPurpose.php",
        Scheme(
            benefits=(
                Benefit(MEMBER, 4_000_00),
                *(
                    Benefit(relation, share_ppm=160_000, cap_minor=4_000_00)
                    for relation in ("spouse", "child", "parent", "sibling")
                ),
            ),
            deposit_minor=250_00,
            further_ppm=125_000,
        ),
    ),
    Example(
        "call",
        "https://www.kwitusks.com/index.php/External_pages_new/sisi_kwa_sisi_guidelines",
        Scheme(
            source=CALL,
            benefits=_table((MEMBER, 0), ("spouse", 0), ("child", 0), ("parent", 0), ("sibling", 0)),
            levy_member_minor=25_00,
            levy_minor=15_00,
            levy_two_minor=30_00,
            levy_two_days=20,
        ),
    ),
    Example(
        "table",
        "https://parksidevillawelfare.com/our-services",
        Scheme(
            benefits=(
                *_table((MEMBER, 40_000_00), ("spouse", 40_000_00)),
                Benefit("child", 40_000_00, youngest=6, oldest=_years(23)),
                *_table(("parent", 20_000_00), ("parent_in_law", 20_000_00)),
            ),
            premium_minor=250_00,
            premium_per="month",
        ),
    ),
    Example(
        "premium",
        "https://www.chunasacco.co.ke/benevolent-fund",
        Scheme(
            benefits=(
                Benefit(MEMBER, 70_000_00, youngest_entry=_years(18), oldest_entry=_years(75), oldest=_years(85)),
                Benefit("spouse", 50_000_00, oldest_entry=_years(75), oldest=_years(85), most=1),
                Benefit("child", 40_000_00, youngest=6, oldest=_years(25), most=4, is_single=True),
                Benefit("parent", 40_000_00, oldest_entry=_years(80), oldest=_years(90), most=4),
            ),
            registration_minor=300_00,
            premium_minor=1_500_00,
            premium_per="year",
            extra_minor=120_00,
            waiting_days=60,
        ),
    ),
)
