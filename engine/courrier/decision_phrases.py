"""The phrases in which decisions are explained: with `phrasebook`, all that there is to translate.

In a phrase stand `{who}` for an address and `{rule}` for the name of a rule; `phrasebook` has the others.
"""

from __future__ import annotations

from collections.abc import Mapping

DECISION_PHRASES: Mapping[str, tuple[str, str, str]] = {
    # What one fact would have to be, all else as it is. These do not hold, and there is a value all the same.
    "not starts_with": (
        "{the} does not start with {value}",
        "{the} ne commence pas par {value}",
        "{the} begint niet met {value}",
    ),
    "not ends_with": (
        "{the} does not end with {value}",
        "{the} ne se termine pas par {value}",
        "{the} eindigt niet op {value}",
    ),
    "not contains": ("{the} does not contain {value}", "{the} ne contient pas {value}", "{the} bevat {value} niet"),
    "not contains several": (
        "{value} is not one of {the}",
        "{value} ne figure pas parmi {the}",
        "{value} is geen van {the}",
    ),
    "not matches": (
        "{the} does not have the form {value}",
        "{the} n'a pas la forme {value}",
        "{the} heeft niet de vorm {value}",
    ),
    "works": (
        "{name} is an active collaborator of the office",
        "{name} fait partie des collaborateurs actifs du bureau",
        "{name} is een actieve medewerker van het kantoor",
    ),
    "does not work": (
        "{name} is no active collaborator of the office",
        "{name} ne fait pas partie des collaborateurs actifs du bureau",
        "{name} is geen actieve medewerker van het kantoor",
    ),
    "what if": ("What if", "Et si", "Wat als"),
    "one fact": (
        "one fact were different, all else being the same",
        "une seule donnée était différente, tout le reste étant égal",
        "één gegeven anders was en al de rest gelijk bleef",
    ),
    "no fact": (
        "no change of one fact was found that would change this",
        "aucune donnée n'a été trouvée dont le changement, à lui seul, changerait ceci",
        "er is geen gegeven gevonden waarvan de wijziging op zich hier iets aan verandert",
    ),
    "other ways": ("{number} other ways", "{number} autres façons", "{number} andere manieren"),
    "further changes": ("and {number} others", "et {number} autres", "en {number} andere"),
    # Whether somebody sends or receives a mail.
    "of from": ("{who} sends this mail", "{who} envoie cet e-mail", "{who} verstuurt deze e-mail"),
    "of to": ("{who} receives this mail", "{who} reçoit cet e-mail", "{who} ontvangt deze e-mail"),
    "of cc": (
        "{who} receives a copy of this mail",
        "{who} reçoit une copie de cet e-mail",
        "{who} ontvangt een kopie van deze e-mail",
    ),
    "of from to": (
        "{who} sends this mail, and receives it too",
        "{who} envoie cet e-mail et le reçoit aussi",
        "{who} verstuurt deze e-mail en ontvangt hem ook",
    ),
    "of from cc": (
        "{who} sends this mail, and receives a copy of it",
        "{who} envoie cet e-mail et en reçoit une copie",
        "{who} verstuurt deze e-mail en ontvangt er een kopie van",
    ),
    "of nobody": (
        "{who} neither sends nor receives this mail",
        "{who} n'envoie ni ne reçoit cet e-mail",
        "{who} verstuurt deze e-mail niet en ontvangt hem ook niet",
    ),
    "of a refused mail": (
        "the mail is refused, so that nobody sends or receives it; otherwise: {it}",
        "l'e-mail est refusé : personne ne l'envoie ni ne le reçoit ; sinon : {it}",
        "de e-mail wordt geweigerd, dus niemand verstuurt of ontvangt hem; anders: {it}",
    ),
    "no rule": (
        "no rule that was asked gives this address",
        "aucune règle examinée ne donne cette adresse",
        "geen enkele bekeken regel geeft dit adres",
    ),
    "decides": ("decides", "décide", "beslist"),
    "did not hold": ("does not apply", "ne s'applique pas", "niet van toepassing"),
    "decided": (
        "not reached: {rule} decides before it",
        "pas examinée : {rule} décide avant elle",
        "niet bekeken: {rule} beslist eerder",
    ),
    "has it already": (
        "applies, but whoever receives the mail already gets no copy",
        "s'applique, mais celui qui reçoit déjà l'e-mail n'en reçoit pas de copie",
        "van toepassing, maar wie de e-mail al ontvangt, krijgt geen kopie",
    ),
    "left out": (
        "applies, but leaves out collaborators who are inactive or unknown",
        "s'applique, mais les collaborateurs inactifs ou inconnus sont écartés",
        "van toepassing, maar inactieve of onbekende medewerkers worden overgeslagen",
    ),
    "another sends": (
        "applies, but only the first of those named sends",
        "s'applique, mais seule la première personne citée envoie l'e-mail",
        "van toepassing, maar enkel de eerste van de genoemden verstuurt de e-mail",
    ),
}
