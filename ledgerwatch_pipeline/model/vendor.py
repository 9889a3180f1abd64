"""How vendors are compared: one rule for the ledger and for whoever scores findings."""

import unicodedata


def vendor_key(vendor: str) -> str:
    """Unicode NFKC, case-folded, white space collapsed and trimmed."""
    return " ".join(unicodedata.normalize("NFKC", vendor).casefold().split())
