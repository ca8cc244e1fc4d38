"""The form in which an event is reported, by the member on her phone or by those who run welfare at the desk."""

from app.domain.welfare.scheme import MEMBER
from app.domain.welfare.service import report_claim
from app.domain.welfare.views import ReportClaim, SchemeView
from app.kit.actor import Actor
from app.kit.db import Session
from app.kit.errors import Faults, InvalidInput
from app.kit.i18n import t
from app.web.presenters.welfare import Offer, offered_events, offered_relations
from app.web.screen import FormScreen, parse_date, parse_id

FIELDS = ("member", "event", "relation", "person", "happened_on", "cause", "born_on", "note", "payee")
UPLOADS = {
    "file_missing",
    "file_too_large",
    "file_unread",
    "paper_kind",
    "paper_pixels",
    "paper_broken",
    "paper_active",
}
UPLOADS |= {"paper_known"}
SINGLE = {"yes": True, "no": False}


class Reporting(FormScreen, mixin=True):
    """`typed` is what stood in the fields when it was refused."""

    today: str = ""
    events: list[Offer] = []
    relations: list[Offer] = []
    problems: dict[str, str] = dict.fromkeys(FIELDS, "")
    typed: dict[str, str] = dict.fromkeys(FIELDS, "")

    def _offer(self, view: SchemeView, *, member: str) -> None:
        """What can be reported by these rules; `member` is how the member herself is called here."""
        self.today = view.today.isoformat()
        self.events, self.relations = offered_events(view.scheme), offered_relations(view.scheme, member)

    def _begin_report(self) -> None:
        self._new_form()
        self.typed = dict.fromkeys(FIELDS, "") | {"happened_on": self.today}

    def _take(self, form: dict[str, str]) -> None:
        longest = {"note": 600, "person": 200, "payee": 200}
        self.typed = {name: str(form.get(name, ""))[: longest.get(name, 40)] for name in FIELDS}

    async def _report(self, session: Session, actor: Actor, form: dict[str, str], chosen: tuple[str, ...]) -> None:
        """Raises what the service raises, with every fault of the form; of `chosen` something must be."""
        faults, happened_on, born_on = Faults(), None, None
        for name in chosen:
            with faults.gather():
                if not self.typed[name]:
                    raise InvalidInput(name, "welfare_choose")
        with faults.gather():
            happened_on = parse_date(self.typed["happened_on"], field="happened_on")
        with faults.gather():
            born_on = parse_date(self.typed["born_on"], field="born_on") if self.typed["born_on"] else None
        faults.raise_found()
        assert happened_on is not None
        member, payee = self.typed["member"], str(form.get("payee_id", ""))[:40]
        is_member = self.typed["relation"] == MEMBER
        has_died = is_member and self.typed["event"] == "death"
        command = ReportClaim(
            event=self.typed["event"],
            relation=self.typed["relation"],
            cause=self.typed["cause"],
            happened_on=happened_on,
            person="" if is_member else self.typed["person"],
            key=self.form_key,
            born_on=born_on,
            was_single=SINGLE.get(str(form.get("single", ""))),
            note=self.typed["note"],
            member_id=parse_id(member) if member else None,
            payee_id=parse_id(payee) if payee and has_died else None,
            payee=self.typed["payee"] if has_died else "",
        )
        await report_claim(session, actor, command)

    def _after_upload(self) -> None:
        """What became of a document that the browser sent: the address says it."""
        query = self.router.url.query_parameters
        if query.get("attached"):
            self.done = t("welfare.attached")
        elif (why := query.get("refused", "")) in UPLOADS:
            number = query.get("megabytes", "")
            self.problem = t(f"invalid.{why}", megabytes=number if number.isdigit() and len(number) < 4 else "5")
        elif why == "too_many_documents":
            self.problem = t("error.too_many_documents", limit=6)
        elif why:
            self.problem = t("invalid.file_unread")
