"""What is offered to who reports an event: the rules' own, and the rest marked."""

from app.domain.welfare.scheme import MEMBER, Benefit, Scheme
from app.web.presenters.welfare import Offer, offered_events, offered_relations


def test_what_the_rules_cover_stands_first_and_the_rest_is_marked():
    scheme = Scheme(benefits=(Benefit("parent", 100), Benefit(MEMBER, 100), Benefit(MEMBER, 50, event="hospital")))
    assert offered_relations(scheme, "Myself") == [
        Offer("parent", "Parent (only: Death)"),
        Offer("member", "Myself"),
        Offer("spouse", "Spouse (not covered)"),
        Offer("child", "Child (not covered)"),
        Offer("parent_in_law", "Parent-in-law (not covered)"),
        Offer("sibling", "Brother or sister (not covered)"),
        Offer("other", "Other relation (not covered)"),
    ]
    assert offered_events(scheme) == [Offer("death", "Death"), Offer("hospital", "Hospital")]


def test_an_event_without_a_benefit_is_marked():
    scheme = Scheme(benefits=(Benefit("spouse", 100, event="hospital"),))
    assert offered_events(scheme) == [Offer("hospital", "Hospital"), Offer("death", "Death (not covered)")]
    assert offered_relations(scheme, "Myself")[0] == Offer("spouse", "Spouse")
