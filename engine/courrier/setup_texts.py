"""Say to an office's IT partner what is wrong with the DNS records of a domain and what to do, in en, fr and nl."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

from courrier.prepared import Finding, Platform, Preparation

Language = Literal["en", "fr", "nl"]


class Advice(NamedTuple):
    """What was found, and what to do about it; nothing where all is well."""

    message: str
    remedy: str


def advice(finding: Finding, platform: Platform, language: Language) -> Advice:
    """Return what to say of a finding."""
    said = _TEXTS[finding.check, finding.status] if finding.status != "unanswered" else _UNANSWERED
    message, _, remedy = said[language].partition(" → ")
    blanks = {"name": finding.name, "detail": finding.detail, "include": platform.spf_include}
    return Advice(message.format(**blanks), remedy.format(**blanks))


def verdict(preparation: Preparation, language: Language) -> str:
    """Return whether a domain is prepared, as a line."""
    return _VERDICTS[preparation.prepared][language].format(domain=preparation.domain.name)


_Texts = Mapping[Language, str]

_VERDICTS: Mapping[bool, _Texts] = {
    True: {
        "en": "{domain} is prepared: the portal may send in its name",
        "fr": "{domain} est prêt : le portail peut envoyer en son nom",
        "nl": "{domain} is klaar: het portaal mag in naam ervan verzenden",
    },
    False: {
        "en": "{domain} is not prepared: the portal may not send in its name",
        "fr": "{domain} n'est pas prêt : le portail ne peut pas envoyer en son nom",
        "nl": "{domain} is niet klaar: het portaal mag niet in naam ervan verzenden",
    },
}
_UNANSWERED: _Texts = {
    "en": "no name server says what stands at `{name}` → try again later; if it stays so, check the "
    "domain's name servers",
    "fr": "aucun serveur de noms ne dit ce qui se trouve à `{name}` → réessayez plus tard ; si cela persiste, "
    "vérifiez les serveurs de noms du domaine",
    "nl": "geen enkele naamserver zegt wat er op `{name}` staat → probeer het later opnieuw; blijft het zo, "
    "controleer dan de naamservers van het domein",
}
# What is found stands before the arrow, what to do after it.
_TEXTS: Mapping[tuple[str, str], _Texts] = {
    ("spf", "ok"): {
        "en": "the SPF record lets the portal send: `{detail}` at `{name}`",
        "fr": "l'enregistrement SPF autorise le portail à envoyer : `{detail}` à `{name}`",
        "nl": "het SPF-record laat het portaal verzenden: `{detail}` op `{name}`",
    },
    ("spf", "missing"): {
        "en": "there is no SPF record at `{name}` → add the TXT record `v=spf1 include:{include} ~all`, with whatever "
        "else sends mail for the domain before `~all`",
        "fr": "il n'y a pas d'enregistrement SPF à `{name}` → ajoutez l'enregistrement TXT "
        "`v=spf1 include:{include} ~all`, avec devant `~all` tout ce qui envoie aussi des mails pour le domaine",
        "nl": "er is geen SPF-record op `{name}` → voeg het TXT-record `v=spf1 include:{include} ~all` toe, met vóór "
        "`~all` al wat ook mails verstuurt voor het domein",
    },
    ("spf", "several"): {
        "en": "there are several SPF records at `{name}`, so that none counts → make them one",
        "fr": "il y a plusieurs enregistrements SPF à `{name}`, de sorte qu'aucun ne compte → réunissez-les en un seul",
        "nl": "er zijn meerdere SPF-records op `{name}`, zodat er geen telt → maak er één van",
    },
    ("spf", "broken"): {
        "en": "the SPF record at `{name}` cannot be read: `{detail}` is no part of one → correct it or take it out",
        "fr": "l'enregistrement SPF à `{name}` est illisible : `{detail}` n'en est pas un élément → corrigez-le ou "
        "retirez-le",
        "nl": "het SPF-record op `{name}` is onleesbaar: `{detail}` hoort er niet in thuis → verbeter het of haal het "
        "weg",
    },
    ("spf", "not-included"): {
        "en": "the SPF record at `{name}` does not let the portal send: `{detail}` → add `include:{include}` to it, "
        "before `all`",
        "fr": "l'enregistrement SPF à `{name}` n'autorise pas le portail à envoyer : `{detail}` → ajoutez-y "
        "`include:{include}`, avant `all`",
        "nl": "het SPF-record op `{name}` laat het portaal niet verzenden: `{detail}` → voeg er `include:{include}` "
        "aan toe, vóór `all`",
    },
    ("spf", "too-many-lookups"): {
        "en": "the SPF record needs more than 10 look-ups before it comes to the portal's, at `{detail}` of `{name}` → "
        "put `include:{include}` first, and take out what no longer sends",
        "fr": "l'enregistrement SPF demande plus de 10 recherches avant d'arriver à celui du portail, à `{detail}` de "
        "`{name}` → mettez `include:{include}` en premier, et retirez ce qui n'envoie plus",
        "nl": "het SPF-record vraagt meer dan 10 opzoekingen voor het bij dat van het portaal komt, bij `{detail}` van "
        "`{name}` → zet `include:{include}` vooraan, en haal weg wat niet meer verzendt",
    },
    ("spf", "dangling"): {
        "en": "the SPF record at `{name}` includes `{detail}`, which has none, so that it does not count → take it out",
        "fr": "l'enregistrement SPF à `{name}` inclut `{detail}`, qui n'en a pas, de sorte qu'il ne compte pas → "
        "retirez cette inclusion",
        "nl": "het SPF-record op `{name}` neemt `{detail}` op, dat er geen heeft, zodat het niet telt → haal dat weg",
    },
    ("spf", "loop"): {
        "en": "the SPF records go round in a circle: `{detail}` at `{name}` leads back → take it out",
        "fr": "les enregistrements SPF tournent en rond : `{detail}` à `{name}` ramène en arrière → retirez-le",
        "nl": "de SPF-records draaien in een kring: `{detail}` op `{name}` leidt terug → haal dat weg",
    },
    ("dkim", "ok"): {
        "en": "the portal's DKIM key stands at `{name}`",
        "fr": "la clé DKIM du portail se trouve à `{name}`",
        "nl": "de DKIM-sleutel van het portaal staat op `{name}`",
    },
    ("dkim", "missing"): {
        "en": "there is no DKIM key at `{name}` → add the TXT or CNAME record that the portal's support gives you",
        "fr": "il n'y a pas de clé DKIM à `{name}` → ajoutez l'enregistrement TXT ou CNAME que vous donne le support "
        "du portail",
        "nl": "er is geen DKIM-sleutel op `{name}` → voeg het TXT- of CNAME-record toe dat de support van het portaal "
        "u geeft",
    },
    ("dkim", "several"): {
        "en": "there are several records at `{name}`, so that the DKIM key may not be found → keep the portal's alone",
        "fr": "il y a plusieurs enregistrements à `{name}`, de sorte que la clé DKIM risque de ne pas être trouvée → "
        "ne gardez que celui du portail",
        "nl": "er zijn meerdere records op `{name}`, zodat de DKIM-sleutel misschien niet gevonden wordt → behoud "
        "alleen dat van het portaal",
    },
    ("dkim", "broken"): {
        "en": "the record at `{name}` is no DKIM key → copy the one that the portal's support gives you, whole",
        "fr": "l'enregistrement à `{name}` n'est pas une clé DKIM → copiez en entier celui que vous donne le support "
        "du portail",
        "nl": "het record op `{name}` is geen DKIM-sleutel → kopieer volledig het record dat de support van het "
        "portaal u geeft",
    },
    ("dkim", "revoked"): {
        "en": "the DKIM key at `{name}` is empty: it has been withdrawn → ask the portal's support for a new one",
        "fr": "la clé DKIM à `{name}` est vide : elle a été retirée → demandez-en une nouvelle au support du portail",
        "nl": "de DKIM-sleutel op `{name}` is leeg: hij is ingetrokken → vraag een nieuwe aan de support van het "
        "portaal",
    },
    ("dmarc", "ok"): {
        "en": "the DMARC policy at `{name}` agrees: `{detail}`",
        "fr": "la politique DMARC à `{name}` convient : `{detail}`",
        "nl": "het DMARC-beleid op `{name}` is in orde: `{detail}`",
    },
    ("dmarc", "missing"): {
        "en": "there is no DMARC policy at `{name}`, and large mail providers ask for one → add the TXT record "
        "`v=DMARC1; p=none`, or a stricter one",
        "fr": "il n'y a pas de politique DMARC à `{name}`, et de grands fournisseurs en demandent une → ajoutez "
        "l'enregistrement TXT `v=DMARC1; p=none`, ou un plus strict",
        "nl": "er is geen DMARC-beleid op `{name}`, en grote mailproviders vragen er een → voeg het TXT-record "
        "`v=DMARC1; p=none` toe, of een strenger",
    },
    ("dmarc", "several"): {
        "en": "there are several DMARC policies at `{name}`, so that none counts → keep one",
        "fr": "il y a plusieurs politiques DMARC à `{name}`, de sorte qu'aucune ne compte → n'en gardez qu'une",
        "nl": "er zijn meerdere DMARC-beleidsregels op `{name}`, zodat er geen telt → behoud er één",
    },
    ("dmarc", "broken"): {
        "en": "the DMARC policy at `{name}` cannot be read: `{detail}` → write `v=DMARC1; p=none`, or `quarantine` or "
        "`reject` for `none`",
        "fr": "la politique DMARC à `{name}` est illisible : `{detail}` → écrivez `v=DMARC1; p=none`, ou `quarantine` "
        "ou `reject` au lieu de `none`",
        "nl": "het DMARC-beleid op `{name}` is onleesbaar: `{detail}` → schrijf `v=DMARC1; p=none`, of `quarantine` of "
        "`reject` in plaats van `none`",
    },
}
