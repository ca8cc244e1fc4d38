"""Amounts in words, English and Swahili: what a receipt says beside its figures.

Whole numbers below 10^18; money as `Five hundred Kenyan shillings only`, `Shilingi za Kenya mia tano tu`.
"""

from collections.abc import Callable

from app.kit.money import exponent

LIMIT = 10**18

_EN_ONES = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
_EN_ONES += ["ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen"]
_EN_ONES += ["nineteen"]
_EN_TENS = ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_EN_SCALES = ("", "thousand", "million", "billion", "trillion", "quadrillion")
_EN_LAKH = ((10**7, "crore"), (10**5, "lakh"), (1000, "thousand"))

_SW_ONES = ["sifuri", "moja", "mbili", "tatu", "nne", "tano", "sita", "saba", "nane", "tisa"]
_SW_TENS = ["", "kumi", "ishirini", "thelathini", "arobaini", "hamsini", "sitini", "sabini", "themanini", "tisini"]
_SW_SCALES = (
    (10**15, "kwadrilioni"),
    (10**12, "trilioni"),
    (10**9, "bilioni"),
    (10**6, "milioni"),
    (10**5, "laki"),
    (1000, "elfu"),
)

_CURRENCIES = {
    ("en", "KES"): ("Kenyan shilling", "Kenyan shillings", "cent", "cents"),
    ("en", "INR"): ("Indian rupee", "Indian rupees", "paisa", "paise"),
    ("en", "UGX"): ("Ugandan shilling", "Ugandan shillings", "", ""),
    ("en", "TZS"): ("Tanzanian shilling", "Tanzanian shillings", "cent", "cents"),
    ("sw", "KES"): ("shilingi za Kenya", "senti"),
    ("sw", "INR"): ("rupia za India", "paisa"),
    ("sw", "UGX"): ("shilingi za Uganda", ""),
    ("sw", "TZS"): ("shilingi za Tanzania", "senti"),
}


def english(number: int, *, lakh: bool = False) -> str:
    """`1234` as `one thousand two hundred and thirty-four`; with `lakh` grouped as in India."""
    _check(number)
    if lakh:
        return _english_lakh(number)
    if number < 1000:
        return _english_hundreds(number)
    groups, rest = [], number
    while rest:
        rest, group = divmod(rest, 1000)
        groups.append(group)
    words = [
        f"{_english_hundreds(group)} {_EN_SCALES[place]}".strip()
        for place, group in reversed(list(enumerate(groups)))
        if place and group
    ]
    return " ".join([*words, *_tail(groups[0])])


def _english_lakh(number: int) -> str:
    words, rest = [], number
    for size, name in _EN_LAKH:
        count, rest = divmod(rest, size)
        if count:
            words.append(f"{english(count, lakh=True)} {name}")
    return " ".join([*words, *_tail(rest)]) if words else _english_hundreds(rest)


def _tail(rest: int) -> list[str]:
    """What follows the thousands: `and five`, `five hundred`, nothing."""
    if not rest:
        return []
    return [_english_hundreds(rest) if rest >= 100 else f"and {_english_hundreds(rest)}"]


def _english_hundreds(number: int) -> str:
    if number < 20:
        return _EN_ONES[number]
    if number < 100:
        tens, ones = divmod(number, 10)
        return _EN_TENS[tens] + (f"-{_EN_ONES[ones]}" if ones else "")
    hundreds, rest = divmod(number, 100)
    return f"{_EN_ONES[hundreds]} hundred" + (f" and {_english_hundreds(rest)}" if rest else "")


def swahili(number: int) -> str:
    """`1234` as `elfu moja mia mbili thelathini na nne`; 100,000 is `laki moja`, as money is told.

    The scale comes first and its count after it, so `elfu ishirini na moja` could be 21,000 or 20,001. Here it is
    21,000; 20,001 is `elfu ishirini, na moja`: a comma ends every count of more than one digit. No two numbers read
    the same.
    """
    _check(number)
    words, rest, needs_comma = "", number, False
    for size, name in _SW_SCALES:
        count, rest = divmod(rest, size)
        if count:
            words += f"{_joint(words, needs_comma)}{name} {_swahili_hundreds(count)}"
            needs_comma = count >= 10
    if not words:
        return _swahili_hundreds(rest)
    if not rest:
        return words
    tail = _swahili_hundreds(rest)
    return words + _joint(words, needs_comma) + (tail if rest >= 100 else f"na {tail}")


def _joint(words: str, needs_comma: bool) -> str:
    return (", " if needs_comma else " ") if words else ""


def _swahili_hundreds(number: int) -> str:
    hundreds, rest = divmod(number, 100)
    tens, ones = divmod(rest, 10)
    parts = [f"mia {_SW_ONES[hundreds]}"] if hundreds else []
    parts += [_SW_TENS[tens]] if tens else []
    parts += [_SW_ONES[ones]] if ones or not number else []
    return parts[0] if len(parts) == 1 else f"{' '.join(parts[:-1])} na {parts[-1]}"


def money(minor: int, currency: str, locale: str = "en") -> str:
    """A sentence without a full stop. Minor units follow when there are any; a currency not in the table is its code.

    Negative amounts begin with `minus` (`kasoro`). ValueError for 10^18 minor units or more; KeyError for a language
    without tables.
    """
    whole, part = divmod(abs(minor), 10 ** exponent(currency))
    text = _SENTENCES[locale](whole, part, currency, minor < 0)
    return text[0].upper() + text[1:]


def _english_money(whole: int, part: int, currency: str, is_negative: bool) -> str:
    one, many, small_one, small_many = _CURRENCIES.get(("en", currency), (currency, currency, "", ""))
    lakh = currency == "INR"
    text = f"{english(whole, lakh=lakh)} {one if whole == 1 else many}"
    if part:
        text += f" and {english(part)} {small_one if part == 1 else small_many}".rstrip()
    return f"{'minus ' if is_negative else ''}{text} only"


def _swahili_money(whole: int, part: int, currency: str, is_negative: bool) -> str:
    name, small = _CURRENCIES.get(("sw", currency), (currency, ""))
    text = f"{name} {swahili(whole)}"
    if part:
        text += f" na {small} {swahili(part)}".replace("  ", " ")
    return f"{'kasoro ' if is_negative else ''}{text} tu"


_SENTENCES: dict[str, Callable[[int, int, str, bool], str]] = {"en": _english_money, "sw": _swahili_money}
LANGUAGES = tuple(_SENTENCES)


def _check(number: int) -> None:
    if not 0 <= number < LIMIT:
        msg = f"{number} has no words here"
        raise ValueError(msg)
