"""Find what a rule book has and nothing uses, what it lacks in a language, and who is not in an office's directory."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from courrier.decision import Warning
from courrier.diagnostics import Diagnostic, Proved, did_you_mean
from courrier.facts import lookup
from courrier.model import Collaborators, RuleBook, Texts
from courrier.proof.gaps import ROLES, role_of
from courrier.proof.places import Places
from courrier.proof.shown import warning
from courrier.recipients import COLLABORATORS, addresses


def unused(book: RuleBook, used: Collection[str], places: Places) -> Iterator[Diagnostic]:
    """Yield the platform's cascades that are not among those in use, by id, and the refusals of no mail."""
    for name, cascade in book.cascades.items():
        if cascade.id not in used:
            message = f"no mail leads to the cascade `{name}`, and no office's choice does"
            yield warning("unused-cascade", places.of(cascade.id), message, "take it out, or name it in a mail")
    refusing = {refusal.code for mail in book.mails.values() for refusal in mail.refusals}
    for code, refusal in book.refusals.items():
        if code not in refusing:
            help = f"take it out, or name it in a mail: `refuse: [{code}]`"
            yield warning("unused-refusal", refusal.span, f"no mail is refused by `{code}`", help)


def missing_translations(book: RuleBook, places: Places) -> Iterator[Diagnostic]:
    """Yield the texts that are not there in a language which the book uses elsewhere."""
    texts: dict[str, dict[str, Texts]] = {
        **{f"mails.{event}": {"title": mail.title} for event, mail in book.mails.items()},
        **{one.id: {"message": one.message, "remedy": one.remedy} for one in book.refusals.values()},
    }
    languages = sorted({language for named in texts.values() for text in named.values() for language in text})
    for id, named in texts.items():
        for language in languages:
            keys = [key for key, text in named.items() if text and language not in text]
            if keys:
                lacks = f"`{keys[0]}` has" if len(keys) == 1 else f"{' and '.join(f'`{key}`' for key in keys)} have"
                message = f"{lacks} no text in `{language}`, in which there are others"
                help = "write it: who reads that language is shown the English text until then"
                yield warning("missing-translation", places.of(id, keys[0]), message, help)


def missing_collaborators(
    office: str, book: RuleBook, facts: Mapping[str, object], places: Places
) -> Iterator[Diagnostic]:
    """Yield whom an office's own rules name, and who is not active in the office's directory.

    Args:
        office: the office's id.
        book: the rules that hold for the office.
        facts: facts of the office, with its directory of collaborators.
        places: where the rules stand.

    Raises:
        FactsError: something in the directory is of the wrong type.
    """
    roles = [role for mail in book.mails.values() for name in ROLES if (role := role_of(mail, name))]
    known = _names(lookup(facts, COLLABORATORS.path))
    for rule in [rule for role in roles for rule in role.rules]:
        if isinstance(rule.outcome, Collaborators) and rule.id.startswith(f"offices.{office}."):
            for name in rule.outcome.names:
                found: list[Warning] = []
                list(addresses(Collaborators((name,)), facts, None, found))
                for one in found:
                    code: Proved = "inactive-collaborator"
                    help = "take the name out"
                    if one.code == "unknown-collaborator":
                        code, help = one.code, did_you_mean(name, known)
                    yield warning(code, places.of(rule.id, "collaborators", name), one.message, help)


def _names(people: object) -> list[str]:
    """Return the ids and addresses of a directory."""
    listed = people if isinstance(people, list | tuple) else ()
    found = [person.get(key) for person in listed if isinstance(person, Mapping) for key in ("id", "email")]
    return [name for name in found if isinstance(name, str) and name]
