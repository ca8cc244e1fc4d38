"""What became of a fault, in one line and as JSON."""

from dataclasses import asdict, dataclass, field
from typing import Any

CLEAN = "clean"


@dataclass(frozen=True, slots=True)
class Control:
    """The same with one guarantee taken away. `failed` is what it must do; `shown` says how one sees it."""

    what: str
    failed: bool
    shown: str


@dataclass(slots=True)
class Outcome:
    """`lost` counts acknowledged entries that aren't there as acknowledged, `doubled` wishes that became two entries.

    `verify` is `clean` or the first fault; `wrong` says what else isn't as it must be.
    """

    fault: str
    what: str
    acknowledged: int = 0
    lost: int = 0
    doubled: int = 0
    verify: str = CLEAN
    seconds: float = 0.0
    wrong: list[str] = field(default_factory=list)
    controls: list[Control] = field(default_factory=list)

    def must(self, true: bool, otherwise: str) -> None:
        if not true:
            self.wrong.append(otherwise)

    @property
    def right(self) -> bool:
        held = not (self.lost or self.doubled or self.wrong) and self.verify == CLEAN
        return held and all(one.failed for one in self.controls)

    def lines(self) -> str:
        mark = "right" if self.right else "WRONG"
        told = (
            f"{mark}  {self.fault:<4} {self.what}: acknowledged {self.acknowledged}, lost {self.lost}, "
            f"doubled {self.doubled}, verify {self.verify} ({self.seconds:.1f} s)\n"
        )
        told += "".join(f"             wrong: {one}\n" for one in self.wrong)
        for one in self.controls:
            told += (
                f"       control: {one.what}: {'fails as it must' if one.failed else 'DOES NOT FAIL'}: {one.shown}\n"
            )
        return told

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"right": self.right}
