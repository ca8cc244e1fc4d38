"""The bench of the night, small: what it says, and that statements come by the batch."""

import json

from app.launch import bench_nights


def test_the_night_asks_by_the_batch() -> None:
    said = json.loads(bench_nights.run(bench_nights.Plan(loans=400)))
    assert (said["bench"], said["errors"]) == ("loans nightly", 0)
    assert [row["name"] for row in said["rows"]] == ["night of 40", "night of 400"]
    assert said["rows"][1]["ratio"] == said["growth"] > 0
    assert said["queries"]["40"] == said["queries"]["400"], "both fit into one batch of late ones and one of the others"
