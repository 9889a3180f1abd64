"""The data dictionary of the ledger as a page: ``python -m ledgerwatch_pipeline.model.dictionary > docs/data-dictionary.md``.

Written from ``model.transaction`` alone; a test holds the page to it.
"""

from collections.abc import Iterable, Sequence

from ledgerwatch_pipeline.model.transaction import FIELDS, FILE_FIELDS, TransactionField

_HEAD = """# Data dictionary

What a transaction of the ledger is made of. This page is written by
`python -m ledgerwatch_pipeline.model.dictionary` from `ledgerwatch_pipeline/model/transaction.py`; change that.
"""
_COLUMNS = """## Columns

*Lake* is the column of the table `transactions` in the lake, *SQL* that of the table `ledger` of `ledgerwatch sql`, *JSON* the key in
JSON and the column in CSV. Beside these, SQL has `transaction_id` and JSON has `id`: the id of the transaction, which follows from
organization, file and row number.
"""
_FILES = """## From files

Fields that a profile may map a column to (docs/profiles.md). White space around a value is taken off; what is empty then is absent.
"""
_RULES = """## Rules

Each by the name it has in reports, with its message; `{value}` stands for the value as the file has it.
"""


def data_dictionary() -> str:
    """The page, in Markdown."""
    columns = _table(
        ("lake", "SQL", "JSON", "type", "always there", "what it is"),
        (
            (
                _code(each.name),
                _code(each.sql_name),
                _code(each.json_name),
                each.sql_type,
                "no" if each.nullable else "yes",
                each.about,
            )
            for each in FIELDS
        ),
    )
    fields = _table(
        ("field", "needed", "limit"),
        ((_code(each.name), "yes" if each.required else "", _limit(each)) for each in FILE_FIELDS),
    )
    rules = _table(
        ("field", "rule", "message"),
        ((_code(rule.field), _code(rule.name), rule.message) for each in FILE_FIELDS for rule in each.all_rules),
    )
    return "\n".join((_HEAD, _COLUMNS, columns, _FILES, fields, _RULES, rules))


def _limit(field: TransactionField) -> str:
    return f"{field.max_length:,} characters" if field.max_length is not None else ""


def _code(name: str | None) -> str:
    return f"`{name}`" if name is not None else ""


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = (head, ["---"] * len(head), *rows)
    return "".join(f"| {' | '.join(cell.replace('|', '/') for cell in line)} |\n" for line in lines)


if __name__ == "__main__":
    print(data_dictionary(), end="")
