"""What a colleague would write instead: plain functions whose answers are equal to decisions, to the last reason.

They trust the facts: nothing is checked, and what is at fault gives a wrong answer or an error of Python's.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from courrier import Router

Facts = dict[str, Any]
Person = tuple[str | None, str]
Answer = tuple[Any, ...]
"""Event, office, outcome, from, to, cc, reasons, refusals, warnings, digest."""

OVERRIDDEN = "vat_documents_ok"


class ByHand:
    """The functions, with the constants of the shipped rule book."""

    def __init__(self, router: Router, office: str) -> None:
        """Take the places of the rules and the texts of the refusals; `office` is the one with a choice of its own."""
        platform, own = router.book(), router.book(office)
        steps = platform.cascades["standard"].rules
        self._steps = [((rule.id, rule.span.at),) for rule in steps]
        roles = platform.mails["client_user_created"]
        to, cc = (((role.rules[0].id, role.rules[0].span.at),) for role in (roles.to, roles.cc) if role)
        self._welcome_reasons = [(step, to, cc) for step in self._steps]
        self._cascade_reasons = [((), step, ()) for step in self._steps]
        monthly, *_ = own.mails[OVERRIDDEN].to.rules
        self._monthly_reasons = ((), ((monthly.id, monthly.span.at),), ())
        self._unprepared, self._elsewhere = (
            {
                language: (refusal.code, refusal.message[language], refusal.remedy[language], refusal.span.at)
                for language in ("en", "fr", "nl")
            }
            for refusal in roles.refusals
        )
        self._digest, self._own_digest, self._office = platform.digest, own.digest, office

    def functions(self) -> dict[str, Callable[[Facts], Answer]]:
        """Return the function for each of the three jobs."""
        return {"cascade": self._cascade, "welcome": self._welcome, "override": self._override}

    def _cascade(self, facts: Facts) -> Answer:
        step, receiver = _speaker(facts)
        reasons, office = self._cascade_reasons[step], facts["office"]["id"]
        return "task_failed", office, "send", None, (receiver,), (), reasons, (), (), self._digest

    def _welcome(self, facts: Facts) -> Answer:
        step, speaker = _speaker(facts)
        office, user, reasons = facts["office"], facts["user"], self._welcome_reasons[step]
        unprepared = speaker[1].rpartition("@")[2].lower() not in office["prepared_domains"]
        if unprepared or user["active_elsewhere"]:
            language = user["language"]
            refusals: Answer = (self._unprepared[language],) if unprepared else ()
            if user["active_elsewhere"]:
                refusals += (self._elsewhere[language],)
            event = "client_user_created"
            return event, office["id"], "refuse", speaker, (), (), reasons, refusals, (), self._digest
        to, cc = ((None, user["email"]),), (speaker,)
        return "client_user_created", office["id"], "send", speaker, to, cc, reasons, (), (), self._digest

    def _override(self, facts: Facts) -> Answer:
        if facts["dossier"]["vat_period"] == "monthly":
            wanted = "tva@cabinet-lambert.example"
            for person in facts["office"]["collaborators"]:
                if (person["id"] == wanted or person["email"] == wanted) and person.get("active") is not False:
                    to, reasons = ((person["name"], person["email"]),), self._monthly_reasons
                    return OVERRIDDEN, self._office, "send", None, to, (), reasons, (), (), self._own_digest
        step, receiver = _speaker(facts)
        reasons = self._cascade_reasons[step]
        return OVERRIDDEN, self._office, "send", None, (receiver,), (), reasons, (), (), self._own_digest


def _speaker(facts: Facts) -> tuple[int, Person]:
    """Return who speaks for a dossier, and the number of the step of the cascade that says so."""
    office, dossier = facts["office"], facts.get("dossier") or {}
    manager, group = dossier.get("manager"), dossier.get("client_group")
    if manager:
        return 0, (manager.get("name"), manager["email"])
    if group and (group.get("email") or "").strip():
        return 1, (None, group["email"])
    if (office.get("functional_email") or "").strip():
        return 2, (None, office["functional_email"])
    return 3, (None, office["communication_email"])
