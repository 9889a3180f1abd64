"""Words by which columns are called in English, German and French, and how well a header matches them: for ``draft``.

Nothing is imported by these words: a profile names its columns itself.
"""

import re
import unicodedata
from collections.abc import Sequence

_WORDS = {
    "date": (
        "date, transaction date, posting date, posted date, booking date, payment date, date paid, paid date, pay date, posted, "
        "buchungstag, buchungsdatum, datum, zahlungsdatum, date comptable, date operation, date d operation, date de l operation, "
        "date de paiement, date paiement, transaction day, day, tag, jour, belegdatum, value date, valuta, valutadatum, "
        "wertstellung, date de valeur, invoice date, rechnungsdatum, date de facture, created"
    ),
    "vendor": (
        "vendor, vendor name, supplier, supplier name, payee, payee name, beneficiary, beneficiary name, merchant, merchant name, "
        "counterparty, creditor, contractor, company, paid to, lieferant, kreditor, zahlungsempfanger, empfanger, begunstigter, "
        "beguenstigter, name zahlungsbeteiligter, zahlungspflichtiger, auftraggeber, fournisseur, beneficiaire, destinataire, "
        "tiers, creancier, name, nom, description, details, narrative, payment details, memo, buchungstext, verwendungszweck, libelle"
    ),
    "amount": (
        "amount, payment amount, transaction amount, net amount, amount paid, amount gbp, amount usd, amount eur, value, net, total, sum, "
        "paid, price, betrag, umsatz, summe, nettobetrag, bruttobetrag, wert, montant, montant ttc, montant ht, somme, valeur, "
        "gross amount"
    ),
    "debit": (
        "debit, debit amount, debits, money out, paid out, withdrawal, withdrawals, out, soll, ausgang, ausgabe, ausgaben, belastung, "
        "lastschrift, montant debit, sortie, sorties, depense, depenses, retrait"
    ),
    "credit": (
        "credit, credit amount, credits, money in, paid in, deposit, deposits, in, haben, eingang, einnahme, einnahmen, gutschrift, "
        "montant credit, entree, entrees, recette, recettes, versement"
    ),
    "sign": (
        "s h, soll haben, sollhaben, soll haben kennzeichen, d c, dr cr, cr dr, c d, debit credit, debit credit indicator, sign, "
        "kennzeichen, vorzeichen, sens"
    ),
    "type": "type, transaction type, kind, art, typ, debit credit, buchungsart, sens, type d operation",
    "category": (
        "category, expense type, expense category, expenditure category, spend category, expense area, cost type, budget, budget category, "
        "account name, account description, expense account, purpose, subjective, department, service area, account, kategorie, "
        "kostenart, sachkonto, rubrik, categorie, nature, rubrique, poste"
    ),
    "description": (
        "description, details, narrative, memo, payment details, note, notes, comment, purpose, verwendungszweck, "
        "buchungstext, beschreibung, bezeichnung, text, bemerkung, libelle, motif, objet, designation, commentaire"
    ),
    "reference": (
        "reference, ref, invoice number, invoice no, invoice, payment reference, cheque number, check number, document number, "
        "voucher number, kundenreferenz, referenz, rechnungsnummer, rechnungsnr, rechnung, belegnummer, belegnr, beleg, "
        "numero de facture, no facture, n facture, facture, numero de piece, piece"
    ),
    "currency": "currency, ccy, currency code, wahrung, waehrung, devise, monnaie",
    "account": (
        "account number, account no, iban, card number, card, kontonummer, konto, auftragskonto, iban auftragskonto, "
        "compte, numero de compte"
    ),
    "external_id": "id, transaction id, transaction number, unique id, external id, umsatz id, transaktions id, identifiant, uuid",
    "bank": (
        "balance, running balance, saldo, kontostand, saldo nach buchung, solde, iban, bic, value date, valuta, valutadatum, wertstellung, "
        "date de valeur, buchungstag, auftragskonto"
    ),
    "payer": "supplier, vendor, invoice, lieferant, kreditor, rechnung, fournisseur, facture, cost centre, expense",
    "day_first": (
        "datum, buchungstag, betrag, lieferant, fournisseur, montant, libelle, beneficiaire, empfanger, cheque, gbp, eur, vat, "
        "centre, solde, saldo"
    ),
    "month_first": "usd, check number, check no, check date, zip, zip code, ein",
}
"""Field → phrases, the likeliest first; and what headers of a bank's and of a payer's files have, and those of places where the day or
the month comes first."""
PHRASES = {name: tuple(each.strip() for each in text.split(",")) for name, text in _WORDS.items()}
FOOTERS = (
    "total",
    "grand total",
    "subtotal",
    "sum",
    "closing balance",
    "opening balance",
    "end of",
    "summe",
    "gesamt",
    "endsaldo",
    "anfangssaldo",
    "kontostand",
    "somme",
    "totaux",
    "solde",
)
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_LONG = 5
"""Letters of a word that may end a German compound: Buchungsdatum."""


def plain_words(name: str) -> str:
    """A header name as words to compare: without case, accents and punctuation; ``PaymentDate`` is two."""
    spaced = _CAMEL.sub(" ", name)
    letters = unicodedata.normalize("NFKD", spaced.casefold())
    without = "".join(each for each in letters if not unicodedata.combining(each))
    return " ".join(re.sub(r"[^a-z0-9]+", " ", without).split())


def score(name: str, field: str) -> int:
    """How well a header name says the field: 0 not at all; the whole name before a part of it, likelier words before others."""
    words = plain_words(name)
    best = 0
    for rank, phrase in enumerate(PHRASES[field]):
        if words == phrase:
            points = 300
        elif f" {phrase} " in f" {words} ":
            points = 200
        elif len(phrase) >= _LONG and words.endswith(phrase):
            points = 100
        else:
            continue
        best = max(best, points - rank)
    return best


def says_any(header: Sequence[str], field: str) -> list[str]:
    """The names of a header that have one of these words."""
    return [name for name in header if score(name, field)]
