"""Rule books and facts made up by Hypothesis: every operator, every kind of fact, every outcome."""

from collections.abc import Mapping
from random import Random
from types import MappingProxyType
from typing import Any, NamedTuple

from books import refusal
from courrier.model import Format, Kind
from hypothesis import strategies as st

TEXTS = ["a", "ab", "A", "b", "é", "e\u0301", "5", "true", "a b", "m@a.be"]
HOSTS = ["a.be", "A.BE", "b.be", "é.be", "e\u0301.BE"]
ADDRESSES = ["m@a.be", "m@A.be", "M@a.be", "x@b.be", "é@a.be", "e\u0301@A.be"]
NUMBERS = [-1, 0, 0.5, 1, 1.0, 1.5, 2, 2**53, 2**53 + 1, float(2**53), 1e16, -1e300]
INTEGERS = [-1, 0, 1, 2, 2.0, 3, 2**53, 2**53 + 1, 10**30]
PATTERNS = ["a.*", ".*b", "(a|é)", "[a-z]+@a[.]be", "", ".", "(?i)AB?", "\\d"]


class Known(NamedTuple):
    """A fact's kind, values that it takes, and its format."""

    kind: Kind
    values: list[Any]
    format: Format = "text"


def _lists(values: list[Any], format: Format = "text") -> Known:
    return Known("strings", [values[:1], values[1:3], values, values[-2:], [values[0], "", None]], format)


OWN: Mapping[str, Known] = {
    "extra.text": Known("string", TEXTS),
    "extra.other": Known("string", TEXTS),
    "extra.host": Known("string", HOSTS, "host"),
    "extra.mail": Known("string", ADDRESSES, "address"),
    "extra.number": Known("number", NUMBERS),
    "extra.bound": Known("number", NUMBERS),
    "extra.integer": Known("integer", INTEGERS),
    "extra.limit": Known("integer", INTEGERS),
    "extra.flag": Known("boolean", [True, False]),
    "extra.mark": Known("boolean", [True, False]),
    "extra.tags": _lists(TEXTS),
    "extra.hosts": _lists(HOSTS, "host"),
    "extra.mails": _lists(ADDRESSES, "address"),
    "extra.things": Known("objects", [[{}, {"a": 1}], [{"a": 1}]]),
    "extra.box": Known("object", [{"a": 1}]),
}
"""The facts of the made-up books' own schema."""

SHIPPED: Mapping[str, Known] = {
    "dossier.manager": Known("object", [{"email": "m@a.be"}]),
    "dossier.manager.name": Known("string", TEXTS),
    "dossier.manager.email": Known("string", ADDRESSES, "address"),
    "dossier.client_group.email": Known("string", ADDRESSES, "address"),
    "dossier.vat_period": Known("string", ["monthly", "quarterly"]),
    "office.functional_email": Known("string", ADDRESSES, "address"),
    "office.prepared_domains": _lists(HOSTS, "host"),
    "office.collaborators": Known(
        "objects",
        [
            [{"id": "a", "name": "A, B", "email": "a@a.be"}, {"id": "b", "email": "b@B.be", "active": False}],
            [{"id": "b", "email": "b@b.be", "active": None}, {"id": "b", "email": "c@b.be"}, None],
            [{"id": "e\u0301", "name": " ", "email": "m@A.be"}, {"email": "x@b.be", "active": True}],
        ],
    ),
    "user.email": Known("string", ADDRESSES, "address"),
    "user.active_elsewhere": Known("boolean", [True, False]),
}
SENDER: Mapping[str, Known] = {
    "from.address": Known("string", ADDRESSES, "address"),
    "from.domain": Known("string", HOSTS, "host"),
    "from.name": Known("string", TEXTS),
}
CALLERS = {**OWN, **SHIPPED}


def own_schema() -> dict[str, Any]:
    """Return the `properties` of the made-up books' own `facts.schema.json`."""
    formats = {"text": {}, "host": {"format": "hostname"}, "address": {"format": "email"}}
    properties = {}
    for path, (kind, _, format) in OWN.items():
        item = {"type": kind.removesuffix("s"), **formats[format]}
        properties[path.partition(".")[2]] = {"type": "array", "items": item} if kind.endswith("s") else item
    return {"extra": {"type": "object", "properties": properties}}


EVENTS = ("ping", "pong")
SILENT = "peep"
"""An event whose mail has no sender of its own."""
OFFICE = "o1"
"""The office with a file of its own."""

BLANKS: list[Any] = [None, "", " \t\u00a0\u2028", [], {}, ()]
WRONG = [7, 1.5, True, "x", [7], [{"a": 1}], {"a": "x"}, ["a", None], float("nan"), float("inf"), "\ud800", 1j]


# Conditions


@st.composite
def whens(draw: st.DrawFn, known: Mapping[str, Known] = CALLERS, depth: int = 3) -> dict[str, Any]:
    """Draw a `when`: one to three entries, conditions inside one another where there is depth left."""
    keys = ["test", "test", "test", "has", "lacks"] + (["all", "any", "not"] * 2 if depth else [])
    when: dict[str, Any] = {}
    for key in draw(_several(st.sampled_from(keys), 3)):
        if key == "test":
            path = draw(
                st.sampled_from([path for path, fact in known.items() if fact.kind not in {"object", "objects"}])
            )
            when[path] = draw(tests(known, path))
        elif key in {"has", "lacks"}:
            when[key] = draw(
                st.sampled_from(sorted(known)) | st.lists(st.sampled_from(sorted(known)), min_size=1, max_size=3)
            )
        elif key == "not":
            when[key] = draw(whens(known, depth - 1))
        else:
            when[key] = draw(_several(whens(known, depth - 1), 4))
    return when


@st.composite
def tests(draw: st.DrawFn, known: Mapping[str, Known], path: str) -> Any:
    """Draw a test of a fact: a value, a list of values, or one or two operators."""
    kind, values = known[path].kind, known[path].values
    value = st.sampled_from([item for items in values for item in items if item] if kind == "strings" else values)
    several: st.SearchStrategy[Any] = st.lists(value, min_size=1, max_size=4)
    number = kind in {"number", "integer"}
    alike = [
        other for other, fact in known.items() if fact.kind == kind or (number and fact.kind in {"number", "integer"})
    ]
    lists = [other for other, fact in known.items() if fact.kind == "strings"]
    fact = _fact(alike)
    operators: dict[str, st.SearchStrategy[Any]] = {
        "in": several,
        "not_in": several,
        "not": value | several | fact,
        "fact": st.sampled_from(alike),
    }
    if kind == "string":
        part = value | fact | st.sampled_from(["a", "@A", "be", "e\u0301"])
        operators |= dict.fromkeys(["starts_with", "ends_with", "contains"], part)
        operators |= {"matches": st.sampled_from(PATTERNS[:4] + PATTERNS[5:])}
        operators |= {"in": several | _fact(lists), "not_in": several | _fact(lists)} if lists else {}
    elif number:
        bound = st.sampled_from(NUMBERS) | fact
        operators |= dict.fromkeys(["above", "below", "at_least", "at_most"], bound)
    elif kind == "strings":
        operators = {"contains": value | _fact([other for other, fact in known.items() if fact.kind == "string"])}
    chosen = draw(st.lists(st.sampled_from(sorted(operators)), min_size=0 if "in" in operators else 1, max_size=2))
    return {operator: draw(operators[operator]) for operator in chosen} or draw(value | several)


def _several(items: st.SearchStrategy[Any], most: int) -> st.SearchStrategy[list[Any]]:
    """Return lists of one to that many items, the long ones as likely as the short ones."""
    return st.integers(1, most).flatmap(lambda size: st.lists(items, min_size=size, max_size=size))


def _fact(paths: list[str]) -> st.SearchStrategy[dict[str, str]]:
    return st.sampled_from(paths).map(lambda path: {"fact": path})


# Rules

PLACES = [
    "office.communication_email",
    "office.functional_email",
    "dossier.manager.email",
    "dossier.client_group.email",
]
"""Where an office may send to."""
PEOPLE = ["a", "b", "é", "m@a.BE", "x@b.be", "nobody"]


@st.composite
def outcomes(draw: st.DrawFn, kinds: str, cascades: list[str], places: list[str] = PLACES) -> dict[str, Any]:
    """Draw an outcome; `kinds` has the first letters of those that may be: address, collaborators, cascade, same."""
    kind = draw(st.sampled_from(kinds))
    match kind:
        case "a":
            name = draw(st.sampled_from([{}, {"name": "dossier.manager.name"}]))
            return {"address": draw(st.sampled_from(places)), **name}
        case "p":
            return {"collaborators": draw(st.lists(st.sampled_from(PEOPLE), min_size=1, max_size=3, unique=True))}
        case "c":
            return {"cascade": draw(st.sampled_from(cascades))}
    return {"same_as": "from"}


@st.composite
def rules(draw: st.DrawFn, outcome: st.SearchStrategy[dict[str, Any]], *, ends: bool = False) -> list[dict[str, Any]]:
    """Draw a list of rules; one that `ends` has a rule that always holds as its last."""
    conditions = draw(_several(st.one_of([whens()] * 5 + [st.none()]), 4))
    drawn = [
        {"rule": f"r{n}", **({"when": when} if when else {}), **draw(outcome)} for n, when in enumerate(conditions)
    ]
    return [*drawn, {"rule": "last", **draw(outcome)}] if ends else drawn


@st.composite
def roles(draw: st.DrawFn, kinds: str, cascades: list[str], places: list[str] = PLACES) -> Any:
    """Draw what `from`, `to` or `cc` says: a cascade's name, one outcome, or a list of rules."""
    outcome = outcomes(kinds, cascades, places)
    return draw(st.one_of([st.sampled_from(cascades), outcome, rules(outcome), rules(outcome)]))


class Book(NamedTuple):
    """A rule book's contents, as `write_book` takes them, and the choices of an office."""

    cascades: dict[str, Any]
    mails: dict[str, Any]
    refusals: dict[str, Any]
    own: dict[str, dict[str, Any]]
    """For each event the office's `from`, `to` and `cc`."""
    order: dict[str, list[str]]


@st.composite
def books(draw: st.DrawFn) -> Book:
    """Draw a rule book with an office."""
    last = draw(rules(outcomes("a", []), ends=True))
    standard = draw(rules(outcomes("aac", ["last"]), ends=True))
    other = draw(rules(outcomes("appc", ["standard", "last"]), ends=draw(st.booleans())))
    cascades = {"last": last, "standard": standard, "other": other}
    names = sorted(cascades)
    conditions = draw(_several(whens({**CALLERS, **SENDER}, 1), 3))
    refusals = {f"no-{n}": refusal(when) for n, when in enumerate(conditions)}
    refusals["silent"] = refusal({"any": [draw(whens(depth=1)), {"has": ["from.name", "from.address"]}]})
    refuses = draw(st.sampled_from([{}, {"refuse": ["silent"]}]))
    mails: dict[str, Any] = {SILENT: {"to": draw(roles("appc", names)), **refuses}}
    for event in EVENTS:
        mails[event] = {
            "from": draw(roles("apc", names)),
            "to": draw(roles("appcs", names, [*PLACES, "user.email"])),
            "cc": draw(roles("apcs", names, [*PLACES, "user.email"])),
            "refuse": draw(_several(st.sampled_from(sorted(refusals)), 3).map(lambda codes: sorted(set(codes)))),
        }
        for key in draw(st.sets(st.sampled_from(["cc", "refuse"]))):
            del mails[event][key]
    own: dict[str, dict[str, Any]] = {}
    for event, key in draw(
        st.sets(st.sampled_from([(event, key) for event in EVENTS for key in ("from", "to", "cc")]))
    ):
        own.setdefault(event, {})[key] = draw(roles("apc" if key == "from" else "apcs", names))
    order = {}
    for name in draw(st.lists(st.sampled_from(names), unique=True)):
        always = [rule["rule"] for rule in cascades[name] if "when" not in rule]
        kept = draw(st.permutations([rule["rule"] for rule in cascades[name]]))
        kept = kept[draw(st.integers(0, 1 if len(kept) > 1 else 0)) :]
        order[name] = [rule for rule in kept if rule not in always] + always
    return Book(cascades, mails, refusals, own, order)


# Facts


def facts(random: Random) -> dict[str, Any]:
    """Return facts: most of them there, some absent or blank, now and then one at fault."""
    made: dict[str, Any] = {
        "event": {"type": random.choice([*EVENTS, *EVENTS, SILENT])},
        "office": {"id": random.choice([OFFICE, "o2"]), "communication_email": random.choice(ADDRESSES)},
    }
    for path, known in CALLERS.items():
        lot = random.random() * (0.78 if path.endswith("email") else 1)
        if lot < 0.75:
            _set(made, path, random.choice(known.values))
        elif lot < 0.85:
            _set(made, path, random.choice([[], (), [""]] if known.kind == "strings" and lot < 0.84 else BLANKS))
        elif known.kind == "strings" and lot < 0.98:
            _set(made, path, tuple(random.choice(known.values)))
    if random.random() < 0.3:
        path = random.choice([*CALLERS, "office.communication_email"])
        _set(made, random.choice([path, path, path.rpartition(".")[0]]), random.choice(WRONG + BLANKS))
    if random.random() < 0.1:
        return {key: MappingProxyType(value) if isinstance(value, dict) else value for key, value in made.items()}
    return made


def _set(made: dict[str, Any], path: str, value: Any) -> None:
    *above, key = path.split(".")
    for step in above:
        made = made.setdefault(step, {})
        if not isinstance(made, dict):
            return
    made[key] = dict(value) if isinstance(value, dict) else value
