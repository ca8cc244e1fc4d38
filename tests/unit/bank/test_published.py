"""The published files of ../shared/oracles, where they are at hand: lines, balances, chains."""

from pathlib import Path

from app.domain.reconciliation.bank.reading import read_file
from app.integrations.mt940 import Mt940

FILES = [file for up in Path(__file__).parents for file in (up / "shared/oracles/statements").glob("*")]
KNOWN = {
    "mt940_citi.txt": ("mt940", 5, 17_376_67, 16_233_92, "ok"),
    "mt940_mbank.sta": ("mt940", 3, 40, 43, "ok"),
    "mt940_ing.sta": ("mt940", 7, 0, 3_47, "broken"),  # its lines don't make its closing balance
    "camt053_v2_genkgo.xml": ("camt053", 1, 18_15, -27_00, "broken"),
    "ofx_bank_medium.ofx": ("ofx", 3, None, 382_34, "unverifiable"),
    "ofx_suncorp.ofx": ("ofx", 1, None, 1_234_12, "unverifiable"),
}


def test_published_files() -> None:
    for file in FILES:
        found = read_file(file.read_bytes(), Mt940())
        (one,) = found.statements
        balances = [balance.amount_minor if balance else None for balance in (one.opening, one.closing)]
        assert (found.format, len(one.lines), *balances, one.chain) == KNOWN[file.name], file.name
        assert [line.n for line in one.lines] == list(range(1, len(one.lines) + 1))
