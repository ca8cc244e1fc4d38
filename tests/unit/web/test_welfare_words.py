"""What is offered to who reports an event: the rules' own, and the rest marked."""

from app.domain.welfare.scheme import MEMBER, Benefit, Scheme
from app.domain.welfare.views import FundView
from app.web.presenters.claims import fund_parts
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


def test_marriage_is_asked_where_the_rules_care():
    scheme = Scheme(benefits=(Benefit("child", 100, is_single=True), Benefit("parent", 100)))
    assert [one.value for one in offered_relations(scheme, "Myself") if one.single == "yes"] == ["child"]


def test_the_fund_is_said_with_what_is_owed_of_it():
    view = FundView("KES", 5_739_30, 0, (), (("1010", 500_00), ("1020", 5_500_00), ("2030", -260_70)))
    words = "Cash in the box KES 500.00, Mobile money KES 5,500.00, less kept for members KES 260.70"
    assert fund_parts(view).replace("\N{NO-BREAK SPACE}", " ") == words


def test_an_event_without_a_benefit_is_marked():
    scheme = Scheme(benefits=(Benefit("spouse", 100, event="hospital"),))
    assert offered_events(scheme) == [Offer("hospital", "Hospital"), Offer("death", "Death (not covered)")]
    assert offered_relations(scheme, "Myself")[0] == Offer("spouse", "Spouse")
