"""The parts of ``sql/importing`` that follow from the description of a transaction's fields: lists of columns, and the rules
of fields that are texts as they stand. Identifiers and literals come from ``model.transaction`` alone.
"""

from collections.abc import Collection, Iterable, Mapping

from ledgerwatch_pipeline.importing.check.rules import CHECKED_FIELDS
from ledgerwatch_pipeline.model.profile import CREDIT, DEBIT, SIGN, STATUS
from ledgerwatch_pipeline.model.transaction import CONTENT_FIELDS, FILE_FIELDS, ROW, TransactionField
from ledgerwatch_pipeline.sql import sql_text

_TEXTS = tuple(field for field in FILE_FIELDS if field.text)
_RAW = tuple(field.name for field in FILE_FIELDS if field.name in CHECKED_FIELDS and (field.required or not field.text))
"""Fields whose staged value does not say what stood in the file: a bad row keeps their text beside it."""
_TYPED = tuple(field for field in FILE_FIELDS if field.name != "currency")
"""Fields of a plain row; its currency is the organization's."""
_RULES = ", ".join(f"{name}_rule" for name in CHECKED_FIELDS)


def staged() -> str:
    """The statements that make the temporary tables and views of a batch."""
    return sql_text(
        "importing/staged",
        columns=_lines((f"{field.name} {field.sql_type}" for field in FILE_FIELDS), 4),
        rule_columns=_lines((f"{name}_rule VARCHAR" for name in CHECKED_FIELDS), 4),
        given_columns=_lines((f"given_{field.name} VARCHAR" for field in FILE_FIELDS), 4),
        raw_columns=", ".join(f"{name} VARCHAR" for name in _RAW),
        typed_columns=_lines((f"{field.name} {field.sql_type}" for field in _TYPED), 4),
        rules=_RULES,
    )


def stage(constants: Collection[str] = (), defaults: Collection[str] = (), *, cut: bool = False) -> str:
    """The statement that types a group of files. constants: fields that the profile gives to every row; defaults: to rows that
    have nothing there; cut: texts that are too long are cut, but no ids, which would become those of others."""
    given = [field.name for field in FILE_FIELDS if field.name in constants or field.name in defaults]
    completed = [f"{_completed(name, f'{name}_text', constants)} AS {name}_text" for name in given]
    if cut:
        texts = {field.name: field.max_length for field in _TEXTS if field.max_length and field.name != "external_id"}
        whole = {each.rpartition(" AS ")[2]: each.rpartition(" AS ")[0] for each in completed}
        for name, length in texts.items():
            whole[f"{name}_text"] = f"left({whole.get(f'{name}_text', f'{name}_text')}, {length})"
        completed = [f"{expression} AS {name}" for name, expression in whole.items()]
    return sql_text(
        "importing/stage",
        trimmed=_lines((f"trimmed(r.{field.name}_text, $blanks) AS {field.name}_text" for field in FILE_FIELDS), 8),
        given="".join(f"s.given_{name}, " for name in given),
        completed=f"* REPLACE ({', '.join(completed)})" if completed else "*",
        all_empty=" AND ".join(
            f"coalesce({field.name}_text, '') = ''" for field in FILE_FIELDS if field.name not in constants
        ),
        texts=_lines((f"nullif({field.name}_text, '') AS {field.name}" for field in _TEXTS), 4),
        text_rules=_lines((f"{_rule(field)} AS {field.name}_rule" for field in _TEXTS if field.all_rules), 8),
        rules=_RULES,
        raw_rules=", ".join(f"{name}_rule" for name in _RAW),
        raw_values=", ".join(f"{name} := {name}_text" for name in _RAW),
    )


def plain_texts(columns: Mapping[str, int], constants: Collection[str], defaults: Collection[str]) -> str:
    """The columns of a file under the names of the fields they are mapped to, with what the profile gives, as ``stage`` has them;
    but not trimmed: the first tier takes no text that trimming would change."""
    texts = []
    for field in FILE_FIELDS:
        text = _column(columns, field.name)
        if field.name in constants or field.name in defaults:
            text = _completed(field.name, text, constants, "s.")
        texts.append(f"{text} AS {field.name}_text")
    return _lines(texts, 8)


def plain_values() -> str:
    """The fields of a plain row that are texts as they stand."""
    return _lines((f"nullif({field.name}_text, '') AS {field.name}" for field in _TEXTS), 4)


def _completed(name: str, text: str, constants: Collection[str], table: str = "") -> str:
    """What the profile says of a field in every row, or where it has nothing."""
    given = f"{table}given_{name}"
    return given if name in constants else f"coalesce(nullif({text}, ''), {given})"


def source_columns(columns: Mapping[str, int]) -> str:
    """The columns of a file under the names of the fields they are mapped to, and ``outside``, which gives the amount its sign:
    the mark in a column of its own, or ``debit``, ``credit``, ``both`` for amounts of two columns; null where there is none. And
    ``status``, in lower case: what says whether a row is booked; null where nothing does.

    Of two columns a zero is nothing, unless both are.
    """
    texts = {field.name: _column(columns, field.name) for field in FILE_FIELDS}
    outside = "CAST(NULL AS VARCHAR)"
    if DEBIT in columns:
        debit, credit = f"coalesce({_column(columns, DEBIT)}, '')", f"coalesce({_column(columns, CREDIT)}, '')"
        cases = (
            (f"NOT {_holds(credit)} AND ({_holds(debit)} OR trim({credit}) = '')", debit, "'debit'"),
            (f"NOT {_holds(debit)} AND ({_holds(credit)} OR trim({debit}) = '')", credit, "'credit'"),
            (f"NOT {_holds(debit)}", debit, "'debit'"),
        )
        both = f"trim({debit}) || ' / ' || trim({credit})"
        texts["amount"] = f"CASE {' '.join(f'WHEN {when} THEN {then}' for when, then, _ in cases)} ELSE {both} END"
        outside = f"CASE {' '.join(f'WHEN {when} THEN {sign}' for when, _, sign in cases)} ELSE 'both' END"
    elif SIGN in columns:
        outside = f"upper(trim(coalesce({_column(columns, SIGN)}, '')))"
    status = f"lower(trim(coalesce({_column(columns, STATUS)}, '')))" if STATUS in columns else "CAST(NULL AS VARCHAR)"
    fields = (f"{text} AS {name}_text" for name, text in texts.items())
    return ", ".join([*fields, f"{outside} AS outside", f"{status} AS status"])


def _holds(text: str) -> str:
    """Whether there is something in it beside zeros, white space, signs of currencies, dashes and brackets."""
    return f"regexp_matches({text}, '[^\\s\\pZ\\p{{Sc}}\\p{{Pd}}\u22120.,+()]')"


def _column(columns: Mapping[str, int], name: str) -> str:
    return f"c{columns[name]}" if name in columns else "CAST(NULL AS VARCHAR)"


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
    value = (
        "left(row_value, 300)" if name == ROW else f"left(raw.{name}, 300)" if name in _RAW else f"left({name}, 300)"
    )
    return f"{{field: '{name}', value: {value}, rule: {name}_rule}}"


def _lines(parts: Iterable[str], indent: int) -> str:
    return (",\n" + " " * indent).join(parts)
