"""The seal draws what the mock-ups draw."""

import pytest

from app.web.presenters.seal import seal_path

DRAWN = {
    "9f3c71ab04de": "M50.0 33.0L50.0 16.4M58.5 35.3L71.0 13.6M64.7 41.5L71.8 37.4M67.0 50.0L87.8 50.0"
    "M64.7 58.5L76.7 65.4M58.5 64.7L61.2 69.4M50.0 67.0L50.0 85.0M41.5 64.7L31.8 81.5M35.3 58.5L31.8 60.5"
    "M33.0 50.0L23.4 50.0"
    "M35.3 41.5L16.1 30.4M41.5 35.3L29.7 14.8",
    "27e80bd9c143": "M50.0 33.0L50.0 26.2M58.5 35.3L65.4 23.3M64.7 41.5L85.2 29.7M67.0 50.0L82.2 50.0"
    "M64.7 58.5L68.2 60.5M58.5 64.7L68.2 81.5M50.0 67.0L50.0 89.2M41.5 64.7L33.2 79.1M35.3 58.5L17.3 68.9"
    "M33.0 50.0L27.6 50.0"
    "M35.3 41.5L27.0 36.7M41.5 35.3L37.4 28.2",
}


@pytest.mark.parametrize("digits", DRAWN)
def test_the_rays_are_those_of_the_drawing(digits: str):
    assert seal_path(digits) == DRAWN[digits]
    assert seal_path(digits + "ffff") == DRAWN[digits]


def test_every_digit_draws_another_seal():
    assert len({seal_path(f"{i:x}" * 12) for i in range(16)}) == 16


@pytest.mark.parametrize("digits", ["", "9f3c71ab04d", "zzzzzzzzzzzz"])
def test_less_is_no_seal(digits: str):
    with pytest.raises(ValueError):  # noqa: PT011
        seal_path(digits)
