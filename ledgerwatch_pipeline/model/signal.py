"""What the columns of the signals in the lake hold, for people who read them."""

SIGNAL_COLUMNS = {
    "organization_id": "The organization.",
    "month": "The first day of the month.",
    "subject": "Key of the vendor, `(batch)`, or what a rule found that is about no vendor.",
    "kind": "The kind of the signal, or the rule that found it.",
    "evidence": "How surprising the strongest finding is, in tenths of a bit.",
    "strength": "Evidence and half the logarithm of its stake, by which signals of a kind are compared; tenths of a bit.",
    "stake": "The money that the telling findings are about, in the organization's currency.",
    "findings": "How many findings of the kind there are about the subject in the month.",
    "weaker": "How many of them say much less than the strongest, and are only counted.",
    "as_strong": "How many signals of the kind were at least as strong, itself included, in `of_months`.",
    "of_months": "How many months that were, ending with this one: the window, or the organization's age.",
    "rarity": "How rare that is, in tenths of a bit: 0 is once a month.",
    "points": "Rarity, bonus of the kind and 0.3 of the logarithm of the stake, in tenths of a bit.",
    "figures": "JSON: the figures of the strongest finding; amounts in minor units.",
    "transactions": "The payments it rests on; null: all of the subject's payments of the month.",
    "analysis_run_id": "The run that found it. Which run holds for a month says the table `current_runs` of PostgreSQL.",
}
