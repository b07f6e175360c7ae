"""Addresses that leave: there, well formed, each once."""

from typing import Any

import pytest
from courrier.decision import Address, Warning
from courrier.facts import FactsError
from courrier.model import AddressOf, Collaborators, Fact, Outcome, SameAsFrom
from courrier.recipients import addresses, each_once

NO_NAME = "wanted a name on one line, found a string with a control character or `=?`"
EMAIL, NAME = Fact("a.email", "string", "address"), Fact("a.name", "string")


def given(outcome: Outcome, facts: dict[str, Any], sender: Address | None = None) -> tuple[list[Address], list[str]]:
    """Return the addresses, and the warnings as `code: message`."""
    warnings: list[Warning] = []
    found = list(addresses(outcome, facts, sender, warnings))
    return found, [": ".join(warning) for warning in warnings]


@pytest.mark.parametrize(
    "address",
    [
        "marie@dupont.be",
        "Marie.Peeters+dossier@Dupont.BE",
        "o'neil@x-y.be",
        "a!#$%&'*+-/?=^_`{|}~@b.be",
        "bounce+marie=dupont.be@mail_1.be",
        "a..b@c.be",
        "root@localhost",
        "1@2.3",
        "é@b.be",
        "例え@例え.jp",
        "an@münchen.example",
        "a@\u0915\u093f\u0924\u093e\u092c.in",
        "\u0915\u093f@b.in",
        "\u0915\u094d\u200d\u0937@b.in",
        "a" * 246 + "@b.c.def",
    ],
)
def test_addresses_that_can_leave(address: str) -> None:
    assert given(AddressOf(EMAIL, None), {"a": {"email": address}}) == ([Address(None, address)], [])


@pytest.mark.parametrize(
    "address",
    [
        "a\r\nBcc: x@y.z@b.be",
        "a@b.be\n",
        "a@b.be\r\nBcc: x@y.z",
        "a\x00@b.be",
        "a@b.be\x00",
        "a\x7f@b.be",
        "a\x85@b.be",
        "a\u2028@b.be",
        "a@b\u2029.be",
        "a\u202e@b.be",
        "a\u2066@b.be",
        "a\u200b@b.be",
        "a\u00ad@b.be",
        "a@b\ufeff.be",
        *(f"a{unseen}@b.be" for unseen in "\u034f\u115f\u17b4\u180e\u2065\u2800\u3164\ufe0f\uffa0\ufff0"),
        *(f"a@b{unseen}.be" for unseen in "\U0001bca0\U0001d173\U000e0041\U000e01ef"),
        "a b@c.be",
        "a@b c.be",
        " a@b.be",
        "a@b.be ",
        "a\u00a0@b.be",
        "a@@b.be",
        "a@b@c.be",
        "a,b@c.be",
        "a@b.be,c@d.be",
        "a@b.be;c@d.be",
        "a:b@c.be",
        "<a@b.be>",
        "Marie <a@b.be>",
        "(a)a@b.be",
        "a@[127.0.0.1]",
        '"a b"@c.be',
        "a\\@b.be",
        "a@",
        "@b.be",
        "a",
        "@",
        "a@.be",
        "a@b.",
        "a@b..be",
        "a@b/c",
        "a@b%c",
        "a@b=c.be",
        "=?utf-8?q?evil=2C_x=40y.z?=@b.be",
        "a" * 250 + "@b.be",
    ],
)
def test_addresses_that_cannot_leave(address: str) -> None:
    with pytest.raises(FactsError) as caught:
        given(AddressOf(EMAIL, None), {"a": {"email": address}})
    assert str(caught.value) == "`a.email`: wanted an e-mail address, found a string of another form"


@pytest.mark.parametrize(
    ("email", "found"),
    [
        (..., "nothing"),
        (None, "nothing"),
        (" ", "nothing"),
        (5, "a number"),
        (["a@b.be"], "a list"),
        ("\ud800@b.be", None),
    ],
)
def test_an_address_has_to_be_there(email: object, found: str | None) -> None:
    facts = {"a": {} if email is ... else {"email": email}}
    with pytest.raises(FactsError) as caught:
        given(AddressOf(EMAIL, None), facts)
    assert (caught.value.path, caught.value.wanted) == ("a.email", "a string")
    assert caught.value.found == (found or "a string with half a character (a lone surrogate)")


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Marie Peeters", "Marie Peeters"),
        (" Marie ", "Marie"),
        ("Peeters, Marie", "Peeters, Marie"),
        ('Marie "Momo" Peeters', 'Marie "Momo" Peeters'),
        ("Zo\u00eb d'Hondt <x@y.z>", "Zo\u00eb d'Hondt <x@y.z>"),
        ("Zoe\u0308", "Zo\u00eb"),
        ("\u05de\u05e8\u200f", "\u05de\u05e8\u200f"),
        ("", None),
        (" \u00a0", None),
        (None, None),
        (..., None),
    ],
)
def test_names(name: object, shown: str | None) -> None:
    facts = {"a": {"email": "m@b.be", "name": name} if name is not ... else {"email": "m@b.be"}}
    assert given(AddressOf(EMAIL, NAME), facts) == ([Address(shown, "m@b.be")], [])
    assert given(AddressOf(EMAIL, None), facts) == ([Address(None, "m@b.be")], [])


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("Marie\nBcc: x@y.z", NO_NAME),
        ("Marie\r", NO_NAME),
        ("Mar\x00ie", NO_NAME),
        ("Mar\x1bie", NO_NAME),
        ("Mar\u2028ie", NO_NAME),
        ("Mar\u202eie", NO_NAME),
        ("=?utf-8?q?a=0ABcc=3A_x=40y.z?=", NO_NAME),
        (5, "wanted a string, found a number"),
        ("Mar\ud800ie", "wanted a string, found a string with half a character (a lone surrogate)"),
    ],
)
def test_names_that_cannot_stand_in_a_header(name: object, wrong: str) -> None:
    with pytest.raises(FactsError) as caught:
        given(AddressOf(EMAIL, NAME), {"a": {"email": "m@b.be", "name": name}})
    assert str(caught.value) == f"`a.name`: {wrong}"


def test_the_sender_receives_it_too() -> None:
    sender = Address("Marie", "m@b.be")
    assert given(SameAsFrom(), {}, sender) == ([sender], [])
    assert given(SameAsFrom(), {}) == ([], [])


UNKNOWN = "unknown-collaborator: `{}` is no collaborator of the office and is left out"
INACTIVE = "inactive-collaborator: `{}` is no longer active at the office and is left out"
DIRECTORY: list[Any] = [
    {"id": "marie", "name": "Marie Peeters", "email": "marie@dupont.be", "active": True},
    {"id": "jean", "email": "Jean@Dupont.be", "active": None},
    {"id": "noor", "email": "noor@dupont.be"},
    {"id": "oud", "email": "oud@dupont.be", "active": False},
    {"id": "twice", "email": "first@dupont.be", "active": False},
    {"id": "twice", "email": "second@dupont.be"},
    {"id": "twice", "email": "third@dupont.be"},
    {"id": "zoe\u0308", "email": "zoe\u0308@dupont.be"},
    {"email": "nameless@dupont.be"},
    None,
    {},
]


@pytest.mark.parametrize(
    ("names", "found", "warnings"),
    [
        (["marie"], ["marie@dupont.be"], {}),
        (["noor", "marie", "jean"], ["noor@dupont.be", "marie@dupont.be", "Jean@Dupont.be"], {}),
        (["Jean@dupont.BE"], ["Jean@Dupont.be"], {}),
        (["jean@dupont.be"], [], {"jean@dupont.be": UNKNOWN}),
        (["Marie"], [], {"Marie": UNKNOWN}),
        (["oud"], [], {"oud": INACTIVE}),
        (["oud@dupont.be"], [], {"oud@dupont.be": INACTIVE}),
        (["twice"], ["second@dupont.be"], {}),
        (["first@dupont.be"], [], {"first@dupont.be": INACTIVE}),
        (["zo\u00eb"], ["zo\u00eb@dupont.be"], {}),
        (["zo\u00eb@dupont.be"], ["zo\u00eb@dupont.be"], {}),
        (["nameless@dupont.be"], ["nameless@dupont.be"], {}),
        (["ghost", "oud", "marie"], ["marie@dupont.be"], {"ghost": UNKNOWN, "oud": INACTIVE}),
    ],
)
def test_collaborators(names: list[str], found: list[str], warnings: dict[str, str]) -> None:
    people, said = given(Collaborators(tuple(names)), {"office": {"collaborators": DIRECTORY}})
    assert [person.address for person in people] == found
    assert said == [message.format(name) for name, message in warnings.items()]


@pytest.mark.parametrize("office", [{}, {"collaborators": None}, {"collaborators": []}, {"collaborators": [{}, None]}])
def test_an_office_may_have_no_collaborators(office: dict[str, Any]) -> None:
    people, warnings = given(Collaborators(("marie",)), {"office": office})
    assert people == []
    assert warnings == [UNKNOWN.format("marie")]


@pytest.mark.parametrize(
    ("collaborators", "error"),
    [
        ("marie", "`office.collaborators`: wanted a list of objects, found a string"),
        ({"id": "marie"}, "`office.collaborators`: wanted a list of objects, found an object"),
        ([{"id": "x"}, "marie"], "`office.collaborators[1]`: wanted an object, found a string"),
        ([{"id": 5}], "`office.collaborators[0].id`: wanted a string, found a number"),
        ([None, {"id": "x", "email": ["a"]}], "`office.collaborators[1].email`: wanted a string, found a list"),
        ([{"id": "x", "active": "yes"}], "`office.collaborators[0].active`: wanted true or false, found a string"),
        ([{"id": "x", "active": 0}], "`office.collaborators[0].active`: wanted true or false, found a number"),
        ([{}, {"id": "marie"}], "`office.collaborators[1].email`: wanted a string, found nothing"),
        (
            [{"id": "marie", "email": "marie"}],
            "`office.collaborators[0].email`: wanted an e-mail address, found a string of another form",
        ),
        (
            [{"id": "marie", "email": "m@b.be", "name": "a\nb"}],
            f"`office.collaborators[0].name`: {NO_NAME}",
        ),
    ],
)
def test_collaborators_at_fault(collaborators: Any, error: str) -> None:
    with pytest.raises(FactsError) as caught:
        given(Collaborators(("marie",)), {"office": {"collaborators": collaborators}})
    assert str(caught.value) == error


def test_nothing_is_read_of_who_is_not_asked_for() -> None:
    directory = [{"id": "marie", "email": "m@b.be"}, {"id": "jean", "email": "no address"}]
    people = addresses(Collaborators(("marie", "jean")), {"office": {"collaborators": directory}}, None, [])
    assert next(people) == Address(None, "m@b.be")
    with pytest.raises(FactsError, match=r"collaborators\[1\]"):
        next(people)


@pytest.mark.parametrize(
    ("given", "but", "left"),
    [
        (["a@b.be", "c@d.be", "a@b.be"], [], ["a@b.be", "c@d.be"]),
        (["c@d.be", "a@b.be", "c@D.BE"], [], ["c@d.be", "a@b.be"]),
        (["A@b.be", "a@b.be", "A@B.be"], [], ["A@b.be", "a@b.be"]),
        (["a@b.be", "c@d.be"], ["A@b.be", "c@D.be"], ["a@b.be"]),
        (["é@b.be", "e\u0301@b.be"], [], ["é@b.be"]),
        ([], ["a@b.be"], []),
    ],
)
def test_each_address_once(given: list[str], but: list[str], left: list[str]) -> None:
    named = [Address(f"number {index}", address) for index, address in enumerate(given)]
    found = each_once(named, [Address(None, address) for address in but])
    assert [address.address for address in found] == left
    assert list(found) == sorted(found, key=named.index), "each keeps its place, the first of those alike stays"
