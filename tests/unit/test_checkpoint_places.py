"""The outside places: a folder, and a bucket that checks signatures by itself; neither replaces what it holds."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.domain.ledger.checkpoint_ports import CannotKeep
from app.integrations.checkpoint_bucket import CheckpointBucket, signature
from app.integrations.checkpoint_folder import CheckpointFolder
from app.kit.config import Settings
from app.wiring import outside_of
from tests.factories.bucket import KEY, REGION, SECRET, Bucket, running_bucket

EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_the_signature_is_that_of_amazons_own_example() -> None:
    """“GET Object” in Amazon's guide to Signature Version 4."""
    assert (
        signature(
            secret=SECRET,
            region="us-east-1",
            method="GET",
            path="/test.txt",
            headers={
                "host": "examplebucket.s3.amazonaws.com",
                "range": "bytes=0-9",
                "x-amz-content-sha256": EMPTY,
                "x-amz-date": "20130524T000000Z",
            },
            payload_hash=EMPTY,
            at=datetime(2013, 5, 24, tzinfo=UTC),
        )
        == "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
    )


def of(bucket: Bucket, **changes: str) -> CheckpointBucket:
    values = {"url": bucket.url, "region": REGION, "bucket": "proofs", "prefix": "sanduk/", "key": KEY}
    return CheckpointBucket(**{**values, "secret": SECRET, **changes})


async def test_a_bucket_takes_a_file_once_and_never_another() -> None:
    with running_bucket() as bucket:
        place = of(bucket)
        await place.put("00000001.heads", b"one\n")
        await place.put("00000001.heads", b"one\n")
        with pytest.raises(CannotKeep, match=r"another 00000001\.heads"):
            await place.put("00000001.heads", b"two\n")
        assert bucket.objects == {"/proofs/sanduk/00000001.heads": b"one\n"}
        assert bucket.refused == []


async def test_a_bucket_that_refuses_or_is_away_is_said_without_the_secret() -> None:
    with running_bucket() as bucket:
        with pytest.raises(CannotKeep, match="status 403") as refused:
            await of(bucket, secret="another").put("1.heads", b"x")
        assert "another" not in str(refused.value)
        bucket.broken = 503
        with pytest.raises(CannotKeep, match="status 503"):
            await of(bucket).put("1.heads", b"x")
        assert bucket.objects == {}
    with pytest.raises(CannotKeep, match="can't be reached"):
        await of(bucket).put("1.heads", b"x")


def read(folder: Path) -> dict[str, bytes]:
    return {one.name: one.read_bytes() for one in folder.iterdir()}


async def test_a_folder_takes_a_file_once_and_never_another(tmp_path: Path) -> None:
    place = CheckpointFolder(tmp_path)
    await place.put("1.heads", b"one\n")
    await place.put("1.heads", b"one\n")
    with pytest.raises(CannotKeep, match=r"another 1\.heads"):
        await place.put("1.heads", b"two\n")
    assert read(tmp_path) == {"1.heads": b"one\n"}
    with pytest.raises(CannotKeep, match="No such file"):
        await CheckpointFolder(tmp_path / "missing").put("1.heads", b"one\n")


def settings(**values: str) -> Settings:
    return Settings(DATABASE_URL="postgresql://x", **values)  # type: ignore[call-arg]


def test_the_place_is_chosen_by_configuration(tmp_path: Path) -> None:
    assert outside_of(settings()) is None
    assert isinstance(outside_of(settings(checkpoints=str(tmp_path))), CheckpointFolder)
    chosen = settings(checkpoints="s3://proofs/sanduk", s3_key="k", s3_secret="s", s3_url="https://x.example")
    assert chosen.refusals() == []
    place = outside_of(chosen)
    assert isinstance(place, CheckpointBucket)
    assert place.name == "the bucket proofs"


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"checkpoints": "relative/folder"}, "SANDUK_CHECKPOINTS must be a folder's whole path"),
        ({"checkpoints": "s3://UPPER", "s3_key": "k", "s3_secret": "s"}, "s3://BUCKET/PREFIX"),
        ({"checkpoints": "s3://proofs"}, "SANDUK_S3_KEY and SANDUK_S3_SECRET must be set"),
        (
            {"checkpoints": "s3://proofs", "s3_key": "k", "s3_secret": "s", "s3_url": "http://x.example"},
            "SANDUK_S3_URL must start with https://",
        ),
    ],
)
def test_a_wrong_place_is_refused_at_the_start(values: dict[str, str], words: str) -> None:
    (refusal,) = settings(**values).refusals()
    assert words in refusal
