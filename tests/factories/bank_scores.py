"""How well matching did on labelled lines."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from app.domain.reconciliation.bank.facts import Proposal
from app.domain.reconciliation.bank.matching import match_lines
from tests.factories.bank_lines import Labelled, Month, Programme


@dataclass(slots=True)
class Scores:
    lines: int = 0
    wrong: list[tuple[Labelled, Proposal]] = field(default_factory=list)
    """Sure, and not what was meant."""
    referred: Counter[bool] = field(default_factory=Counter)
    """Lines with a right reference: whether the first candidate is what was meant."""
    silent: Counter[bool] = field(default_factory=Counter)
    """Lines of members without one: the same."""
    kinds: Counter[tuple[str, str, bool]] = field(default_factory=Counter)
    """By kind, verdict and whether it was right."""

    @property
    def recall(self) -> float:
        return self.referred[True] / self.referred.total()

    @property
    def suggested(self) -> float:
        return self.silent[True] / self.silent.total()

    def add(self, month: Month) -> None:
        found = {one.line_id: one for one in match_lines([one.line for one in month.lines], month.known)}
        for one in month.lines:
            proposal = found[one.line.id]
            right = is_right(one, proposal)
            self.lines += 1
            self.kinds[one.kind, proposal.verdict, right] += 1
            if proposal.verdict == "sure" and not right:
                self.wrong.append((one, proposal))
            if one.has_reference:
                self.referred[right] += 1
            elif one.pays is not None:
                self.silent[right] += 1


def is_right(one: Labelled, proposal: Proposal) -> bool:
    """The first candidate pays just what was meant; where nothing was, the line isn't put on any due."""
    best = proposal.best
    if one.payment_id is not None:
        return best is not None and best.payment_id == one.payment_id
    if one.pays is None:
        return proposal.verdict not in ("sure", "likely") and not (
            best and best.parts and proposal.verdict == "duplicate"
        )
    return best is not None and dict(best.parts) == one.pays


def score(seeds: Iterable[int], lines: int) -> Scores:
    found = Scores()
    for seed in seeds:
        for month in Programme(seed).months(lines):
            found.add(month)
    return found
