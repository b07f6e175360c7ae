"""The phrases in which rules are said, in English, French and Dutch: for translators, as is `decision_phrases`.

A phrase ends in `?` where it asks. In it stand `{the}` and `{a}` for a fact with its article, `{noun}` for the fact
without one, `{value}` for what it is compared with, and what else the phrase needs.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

from courrier.decision_phrases import DECISION_PHRASES

Language = Literal["en", "fr", "nl"]

LANGUAGES: tuple[Language, ...] = ("en", "fr", "nl")

_PHRASES: Mapping[str, tuple[str, str, str]] = {
    **DECISION_PHRASES,
    # Whether something is there: in words of its own, as several, or under a title as on a form.
    "there": ("there is {a}", "il y a {a}", "er is {a}"),
    "there?": ("Is there {a}?", "Y a-t-il {a} ?", "Is er {a}?"),
    "absent": ("there is no {noun}", "il n'y a pas de {noun}", "er is geen {noun}"),
    "there several": ("there are {a}", "il y a {a}", "er zijn {a}"),
    "there several?": ("Are there {a}?", "Y a-t-il {a} ?", "Zijn er {a}?"),
    "absent several": ("there are no {noun}", "il n'y a pas de {noun}", "er zijn geen {noun}"),
    "there titled": ("{the} is filled in", "le champ {the} est rempli", "{the} is ingevuld"),
    "there titled?": ("Is {the} filled in?", "Le champ {the} est-il rempli ?", "Is {the} ingevuld?"),
    "absent titled": ("{the} is not filled in", "le champ {the} n'est pas rempli", "{the} is niet ingevuld"),
    # Yes or no: what may be there may also be known not to be.
    "known absent": (
        "it is known that there is no {noun}",
        "on sait qu'il n'y a pas de {noun}",
        "het is bekend dat er geen sprake is van {a}",
    ),
    "known absent?": (
        "Is it known that there is no {noun}?",
        "Sait-on qu'il n'y a pas de {noun} ?",
        "Is bekend dat er geen sprake is van {a}?",
    ),
    "known": (
        "it is known whether there is {a}",
        "on sait s'il y a {a}",
        "het is bekend of er sprake is van {a}",
    ),
    "known?": ("Is it known whether there is {a}?", "Sait-on s'il y a {a} ?", "Is bekend of er sprake is van {a}?"),
    "unknown": (
        "it is not known whether there is {a}",
        "on ne sait pas s'il y a {a}",
        "het is niet bekend of er sprake is van {a}",
    ),
    # What it is.
    "is": ("{the} is {value}", "{the} est {value}", "{the} is {value}"),
    "is?": ("Is {the} {value}?", "Est-ce que {the} est {value} ?", "Is {the} {value}?"),
    "is not": (
        "{the} is other than {value}",
        "{the} est autre que {value}",
        "{the} is iets anders dan {value}",
    ),
    "is not?": (
        "Is {the} other than {value}?",
        "Est-ce que {the} est autre que {value} ?",
        "Is {the} iets anders dan {value}?",
    ),
    "is same": (
        "{the} is the same as {value}",
        "{the} a la même valeur que {value}",
        "{the} is gelijk aan {value}",
    ),
    "is same?": (
        "Is {the} the same as {value}?",
        "Est-ce que {the} a la même valeur que {value} ?",
        "Is {the} gelijk aan {value}?",
    ),
    "is not same": (
        "{the} differs from {value}",
        "{the} n'a pas la même valeur que {value}",
        "{the} verschilt van {value}",
    ),
    "is not same?": (
        "Does {the} differ from {value}?",
        "Est-ce que {the} n'a pas la même valeur que {value} ?",
        "Verschilt {the} van {value}?",
    ),
    "is among": (
        "{the} is one of {value}",
        "{the} figure parmi {value}",
        "{the} is een van {value}",
    ),
    "is among?": (
        "Is {the} one of {value}?",
        "Est-ce que {the} figure parmi {value} ?",
        "Is {the} een van {value}?",
    ),
    "is not among": (
        "{the} is none of {value}",
        "{the} ne figure pas parmi {value}",
        "{the} is geen van {value}",
    ),
    "is not among?": (
        "Is {the} none of {value}?",
        "Est-ce que {the} ne figure pas parmi {value} ?",
        "Is {the} geen van {value}?",
    ),
    "above": ("{the} is above {value}", "{the} dépasse {value}", "{the} is hoger dan {value}"),
    "above?": ("Is {the} above {value}?", "Est-ce que {the} dépasse {value} ?", "Is {the} hoger dan {value}?"),
    "below": ("{the} is below {value}", "{the} n'atteint pas {value}", "{the} is lager dan {value}"),
    "below?": ("Is {the} below {value}?", "Est-ce que {the} n'atteint pas {value} ?", "Is {the} lager dan {value}?"),
    "at_least": ("{the} is at least {value}", "{the} atteint au moins {value}", "{the} is minstens {value}"),
    "at_least?": (
        "Is {the} at least {value}?",
        "Est-ce que {the} atteint au moins {value} ?",
        "Is {the} minstens {value}?",
    ),
    "at_most": ("{the} is at most {value}", "{the} ne dépasse pas {value}", "{the} is hoogstens {value}"),
    "at_most?": (
        "Is {the} at most {value}?",
        "Est-ce que {the} ne dépasse pas {value} ?",
        "Is {the} hoogstens {value}?",
    ),
    "starts_with": ("{the} starts with {value}", "{the} commence par {value}", "{the} begint met {value}"),
    "starts_with?": (
        "Does {the} start with {value}?",
        "Est-ce que {the} commence par {value} ?",
        "Begint {the} met {value}?",
    ),
    "ends_with": ("{the} ends with {value}", "{the} se termine par {value}", "{the} eindigt op {value}"),
    "ends_with?": (
        "Does {the} end with {value}?",
        "Est-ce que {the} se termine par {value} ?",
        "Eindigt {the} op {value}?",
    ),
    "contains": ("{the} contains {value}", "{the} contient {value}", "{the} bevat {value}"),
    "contains?": ("Does {the} contain {value}?", "Est-ce que {the} contient {value} ?", "Bevat {the} {value}?"),
    "contains several": ("{value} is one of {the}", "{value} figure parmi {the}", "{value} is een van {the}"),
    "contains several?": (
        "Is {value} one of {the}?",
        "Est-ce que {value} figure parmi {the} ?",
        "Is {value} een van {the}?",
    ),
    "matches": (
        "{the} has the form {value}",
        "{the} a la forme {value}",
        "{the} heeft de vorm {value}",
    ),
    "matches?": (
        "Does {the} have the form {value}?",
        "Est-ce que {the} a la forme {value} ?",
        "Heeft {the} de vorm {value}?",
    ),
    # Conditions put together.
    "all": ("all of these hold:", "tout ceci est vrai :", "dit klopt allemaal:"),
    "all?": ("Do all of these hold?", "Tout ceci est-il vrai ?", "Klopt dit allemaal?"),
    "any": (
        "at least one of these holds:",
        "au moins une de ces phrases est vraie :",
        "minstens een hiervan klopt:",
    ),
    "any?": (
        "Does at least one of these hold?",
        "Au moins une de ces phrases est-elle vraie ?",
        "Klopt minstens een hiervan?",
    ),
    "not all": (
        "at least one of these does not hold:",
        "au moins une de ces phrases n'est pas vraie :",
        "minstens een hiervan klopt niet:",
    ),
    "not any": ("none of these holds:", "rien de ceci n'est vrai :", "niets hiervan klopt:"),
    "not": ("this does not hold: {it}", "ceci n'est pas vrai : {it}", "dit klopt niet: {it}"),
    # Words.
    "and": ("{first} and {last}", "{first} et {last}", "{first} en {last}"),
    "or": ("{first} or {last}", "{first} ou {last}", "{first} of {last}"),
    "more": ("{number} more", "{number} autres", "{number} andere"),
    "quoted": ("“{text}”", "« {text} »", "“{text}”"),
    "yes": ("yes", "oui", "ja"),
    "no": ("no", "non", "nee"),
    # Who a mail comes from and who receives it.
    "from": ("From", "De", "Van"),
    "to": ("To", "À", "Aan"),
    "cc": ("Cc", "Cc", "Cc"),
    "the sender": ("the sender", "l'expéditeur", "de afzender"),
    "the platform": (
        "the platform's own sender",
        "l'expéditeur propre à la plateforme",
        "de eigen afzender van het platform",
    ),
    "nobody": ("nobody", "personne", "niemand"),
    "cascade": ("the cascade {name}", "la cascade {name}", "de cascade {name}"),
    "who gets what": (
        "Who sends and who receives each automatic mail",
        "Qui envoie et qui reçoit chaque e-mail automatique",
        "Wie elke automatische e-mail verstuurt en ontvangt",
    ),
    "of office": ("{what} · office {office}", "{what} · bureau {office}", "{what} · kantoor {office}"),
    "may it leave?": ("May it leave?", "Peut-il partir ?", "Mag hij vertrekken?"),
    "refused": ("The mail is refused", "L'e-mail est refusé", "De e-mail wordt geweigerd"),
    "leaves": ("The mail leaves", "L'e-mail part", "De e-mail vertrekt"),
    "all are told": (
        "every reason to refuse it is told, not only the first",
        "toutes les raisons de le refuser sont données, pas seulement la première",
        "alle redenen om hem te weigeren worden gemeld, niet enkel de eerste",
    ),
    "own": ("chosen by {office}", "choix de {office}", "keuze van {office}"),
    "own order": (
        "in the order chosen by {office}",
        "dans l'ordre choisi par {office}",
        "in de volgorde gekozen door {office}",
    ),
    "when nobody is left": (
        "if nobody is left to receive it: {cascade}",
        "s'il ne reste personne pour le recevoir : {cascade}",
        "als er niemand overblijft om hem te ontvangen: {cascade}",
    ),
    "then standard": (
        "a sender or a recipient is then {last}",
        "un expéditeur ou un destinataire est alors {last}",
        "een afzender of ontvanger is dan {last}",
    ),
    # Why a decision came out as it did.
    "applies": ("applies", "s'applique", "van toepassing"),
    "does not apply": ("does not apply", "ne s'applique pas", "niet van toepassing"),
    "not reached": ("not reached", "pas examinée", "niet bekeken"),
    "always": (
        "no condition: it always applies",
        "sans condition : elle s'applique toujours",
        "zonder voorwaarde: altijd van toepassing",
    ),
    "first decides": (
        "{whose}: the first rule that applies decides",
        "{whose} : la première règle qui s'applique décide",
        "{whose}: de eerste regel die van toepassing is, beslist",
    ),
    "own rules": ("the mail's own rules", "les règles propres à cet e-mail", "de eigen regels van deze e-mail"),
    "then": ("Then", "Ensuite", "Daarna"),
    "refusals": ("Refusals", "Refus", "Weigeringen"),
    "one is enough": (
        "a single one that applies refuses the mail",
        "un seul qui s'applique suffit à refuser l'e-mail",
        "één die van toepassing is, volstaat om de e-mail te weigeren",
    ),
    "found": ("found: {value}", "trouvé : {value}", "gevonden: {value}"),
    "found beside": ("{found}; {the}: {value}", "{found} ; {the} : {value}", "{found}; {the}: {value}"),
    "nothing": ("nothing", "rien", "niets"),
    "reason": ("refused", "refusé", "geweigerd"),
    "warning": ("warning", "attention", "let op"),
    "unknown-collaborator": (
        "{name} is no collaborator of the office and is left out",
        "{name} ne fait pas partie des collaborateurs du bureau : il n'en est pas tenu compte",
        "{name} is geen medewerker van het kantoor en wordt overgeslagen",
    ),
    "inactive-collaborator": (
        "{name} is no longer active at the office and is left out",
        "{name} ne fait plus partie des collaborateurs actifs du bureau : il n'en est pas tenu compte",
        "{name} is niet meer actief op het kantoor en wordt overgeslagen",
    ),
    "no-recipient-left": (
        "nobody is left, so that {cascade} decides",
        "il ne reste personne : {cascade} décide",
        "er blijft niemand over, zodat {cascade} beslist",
    ),
    "by cascade": ("whoever {cascade} gives", "celui que {cascade} désigne", "wie {cascade} aanwijst"),
}


def phrase(key: str, language: Language, **words: str) -> str:
    """Return a phrase with words in their places.

    >>> phrase("absent", "fr", noun="adresse")
    "il n'y a pas d'adresse"
    """
    text = _PHRASES[key][LANGUAGES.index(language)]
    if language == "fr" and _WITH_VOWEL.match(words.get("noun", "")):
        text = text.replace("de {noun}", "d'{noun}")
    if language == "fr":
        text = _BY_A_MARK.sub("\u00a0", text)
    return text.format(**words)


_BY_A_MARK = re.compile("(?<=«) | (?=[?:;»])")
"""Where French has a space that no line is broken at."""
_WITH_VOWEL = re.compile("[aeiouyhâàéèêëîïôûœ]", re.IGNORECASE)
