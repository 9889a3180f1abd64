"""The parts of ``sql/importing`` that follow from the description of a transaction's fields: lists of columns, and the rules
of fields that are texts as they stand. Identifiers and literals come from ``model.transaction`` alone.
"""

from collections.abc import Iterable

from ledgerwatch_pipeline.importing.check.rules import CHECKED_FIELDS
from ledgerwatch_pipeline.model.transaction import CONTENT_FIELDS, FILE_FIELDS, ROW, TransactionField
from ledgerwatch_pipeline.sql import sql_text

_TEXTS = tuple(field for field in FILE_FIELDS if field.text)
_RAW = tuple(field.name for field in FILE_FIELDS if field.name in CHECKED_FIELDS and (field.required or not field.text))
"""Fields whose staged value does not say what stood in the file: a bad row keeps their text beside it."""
_RULES = ", ".join(f"{name}_rule" for name in CHECKED_FIELDS)


def staged() -> str:
    """The statements that make the temporary tables and views of a batch."""
    return sql_text(
        "importing/staged",
        columns=_lines((f"{field.name} {field.sql_type}" for field in FILE_FIELDS), 4),
        rule_columns=_lines((f"{name}_rule VARCHAR" for name in CHECKED_FIELDS), 4),
        raw_columns=", ".join(f"{name} VARCHAR" for name in _RAW),
        rules=_RULES,
    )


def stage() -> str:
    """The statement that types a group of files."""
    return sql_text(
        "importing/stage",
        trimmed=_lines((f"trimmed(r.{field.name}_text, $blanks) AS {field.name}_text" for field in FILE_FIELDS), 8),
        all_empty=" AND ".join(f"coalesce({field.name}_text, '') = ''" for field in FILE_FIELDS),
        texts=_lines((f"nullif({field.name}_text, '') AS {field.name}" for field in _TEXTS), 4),
        text_rules=_lines((f"{_rule(field)} AS {field.name}_rule" for field in _TEXTS if field.all_rules), 8),
        rules=_RULES,
        raw_rules=", ".join(f"{name}_rule" for name in _RAW),
        raw_values=", ".join(f"{name} := {name}_text" for name in _RAW),
    )


def problems() -> str:
    """The statement that lists every broken rule of every bad row."""
    return sql_text("importing/problems", problems=_lines(map(_problem, CHECKED_FIELDS), 8))


def fates() -> str:
    """The statement that counts what became of the rows of each load."""
    return sql_text("importing/fates", rules=_RULES)


def promote() -> str:
    """The statement that writes accepted rows into the ledger."""
    return sql_text("importing/promote", columns=", ".join(f"s.{field.name}" for field in FILE_FIELDS))


def incoming_ids() -> str:
    """The statement that collects the batch's rows with an external id."""
    return sql_text("importing/incoming_ids", content=_content())


def ledger_ids() -> str:
    """The statement that collects the ledger's rows under the same ids."""
    return sql_text("importing/ledger_ids", content=_content())


def _content() -> str:
    return ", ".join(f"{name}: r.{name}" for name in CONTENT_FIELDS)


def _rule(field: TransactionField) -> str:
    cases = []
    if field.required:
        cases.append(f"WHEN coalesce({field.name}_text, '') = '' THEN '{field.name}_required'")
    if field.max_length is not None:
        cases.append(f"WHEN length({field.name}_text) > {field.max_length} THEN '{field.name}_length'")
    return f"CASE {' '.join(cases)} END"


def _problem(name: str) -> str:
    value = "NULL" if name == ROW else f"left(raw.{name}, 300)" if name in _RAW else f"left({name}, 300)"
    return f"{{field: '{name}', value: {value}, rule: {name}_rule}}"


def _lines(parts: Iterable[str], indent: int) -> str:
    return (",\n" + " " * indent).join(parts)
