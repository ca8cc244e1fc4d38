"""Who acts, and in which group: the claim that a door makes and every service checks."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Actor:
    """A signed-in person acting in one group, or on the platform when `group_id` is None.

    Carries no rights: services look those up in the same transaction.
    """

    person_id: UUID | None = None
    group_id: UUID | None = None

    def within(self, group_id: UUID) -> "Actor":
        return Actor(person_id=self.person_id, group_id=group_id)


NOBODY = Actor()
