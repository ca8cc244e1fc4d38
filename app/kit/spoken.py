"""Four words for a hash, to be read aloud and written down.

1,024 words make 40 bits. So few could be met by trying: whoever rewrites books would search for other ones with the
same words. Therefore the words come by way of scrypt, slow on purpose (some hundredths of a second and 16 MB a try):
to meet four words takes 2^40 tries, about a thousand years of a processor.
"""

import hashlib
import re
from functools import cache, lru_cache
from pathlib import Path
from uuid import UUID

COUNT, BITS = 4, 10
_COST = {"n": 2**14, "r": 8, "p": 1}


@cache
def word_list() -> tuple[str, ...]:
    lines = Path(__file__).with_name("spoken-words.txt").read_text("utf-8").splitlines()
    return tuple(word for line in lines if not line.startswith("#") for word in line.split())


@lru_cache(maxsize=4096)
def words_of(group_id: UUID, seq: int, hash_: bytes) -> tuple[str, ...]:
    """The words of a group's entry. Slow: call it in a thread."""
    salt = b"sanduk words 1" + group_id.bytes + str(seq).encode()
    number = int.from_bytes(hashlib.scrypt(hash_, salt=salt, dklen=COUNT * BITS // 8, **_COST))
    listed = word_list()
    return tuple(listed[number >> BITS * place & (1 << BITS) - 1] for place in reversed(range(COUNT)))


def unknown_word(text: str) -> str:
    """The first word that is not of the list; empty when all are."""
    return next((one for one in re.findall(r"[a-z]+", text.casefold()) if one not in set(word_list())), "")


def read_words(text: str) -> tuple[str, ...] | None:
    """What was written down, whatever stands between the words; None unless it is four words of the list."""
    found = tuple(re.findall(r"[a-z]+", text.casefold()))
    return found if len(found) == COUNT and set(found) <= set(word_list()) else None
