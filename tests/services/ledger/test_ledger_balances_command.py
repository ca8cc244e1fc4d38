"""`./sanduk ledger balances`: what it prints, on both clocks, and what it refuses."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from app.kit.db import Database
from app.launch import ledger_balances
from app.launch.paths import Refusal
from tests.factories.payments import EACH, make_programme


@pytest.fixture
def ask(monkeypatch: pytest.MonkeyPatch, app_url: str, owner_url: str, key_folder: Path) -> Any:
    monkeypatch.setenv("DATABASE_URL", app_url)
    monkeypatch.setenv("DATABASE_OWNER_URL", owner_url)
    monkeypatch.setenv("SANDUK_KEY_FOLDER", str(key_folder))

    async def run(group: str, as_of: str = "", recorded: str = "", *, is_json: bool = False) -> str:
        return await asyncio.to_thread(ledger_balances.run, group, as_of, recorded, None, is_json=is_json)

    return run


async def test_balances_on_both_clocks(database: Database, ask: Any) -> None:
    programme = await make_programme(database, members=1)
    await programme.open_call()
    await programme.confirm((await programme.submit()).id)
    code = programme.group.view.code
    figure = f"{EACH // 100}.00"
    now = await ask(code.lower())
    assert f"1020\tKES\t{figure}\t0.00\n" in now
    assert now.endswith(f"total\tKES\t{figure}\t{figure}\n")
    assert "total\tKES\t0.00\t0.00\n" in await ask(code, "2020-01-01")
    assert await ask(code, (datetime.now(UTC) + timedelta(days=1)).date().isoformat()) == now
    later, earlier = (datetime.now(UTC) + timedelta(hours=h) for h in (1, -1))
    assert await ask(code, recorded=later.isoformat()) == now
    assert await ask(code, recorded=earlier.replace(tzinfo=None).isoformat()) == await ask(code, "2020-01-01")
    told = json.loads(await ask(code, "2020-01-01", is_json=True))
    assert (told["group"], told["as_of"], told["recorded"], told["upto_seq"]) == (code, "2020-01-01", None, 1)
    assert {row["account"] for row in told["balances"]} >= {"1010", "1020", "1030"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("ZZZZZZ",), "No group has the code"),
        (("ZZZZZZ", "yesterday"), "is not a day"),
        (("ZZZZZZ", "", "noon"), "is not an instant"),
        (("ZZZZZZ", "2026-01-01", "2026-01-01"), "not both"),
    ],
)
async def test_what_it_refuses(ask: Any, words: tuple[str, ...], said: str) -> None:
    with pytest.raises(Refusal, match=said) as caught:
        await ask(*words)
    assert caught.value.code == 2
