"""The bench of loans measures two ways to the same figures."""

import json

from app.launch import bench_loans


def test_the_bench_says_how_many_times_a_bare_loop_takes() -> None:
    said = json.loads(bench_loans.run(bench_loans.Plan(rounds=1, schedules=40, allocations=80)))
    assert (said["bench"], said["rounds"], said["errors"]) == ("loans", 1, 0)
    assert [row["name"] for row in said["rows"]] == ["schedules", "allocations"]
    assert all(row["ratio"] > 0 and row["unit"] == "us each" for row in said["rows"])
