"""OFX and QFX, 1.x (SGML, where fields have no end tags) and 2.x (XML): statements of bank accounts and cards.

One tokenizer reads both: a tag that is followed by text is a field, any other begins a group. Entities are those of HTML, each with
its semicolon: many banks write ``&`` as it is. A document type is refused. OFX has no opening balance, so no sum can be checked.
"""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal

from ledgerwatch_pipeline.importing.limits import MAX_OFX_DEPTH
from ledgerwatch_pipeline.importing.readers.records import Records, RecordWriter
from ledgerwatch_pipeline.importing.readers.source import Delivered, Notation, notation, one_layout
from ledgerwatch_pipeline.importing.readers.statement import day_of, day_or_none, first_text, require_size
from ledgerwatch_pipeline.importing.readers.text import as_utf8
from ledgerwatch_pipeline.model.errors import FileRejectedError
from ledgerwatch_pipeline.model.load import BankStatement

FORMAT = "OFX"
HEADER = ("DTPOSTED", "TRNAMT", "payee", "MEMO", "FITID", "CHECKNUM", "TRNTYPE", "ACCTID", "CURDEF")
_OF_STATEMENTS = ("CURDEF", "ACCTID", "DTSTART", "DTEND", "BALAMT")
_READER = "ofx 1"
_TOKEN = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9._]*)(?:\s[^<>]*)?(/?)>([^<]*)")
_ENTITY = re.compile(r"&#?[A-Za-z0-9]{1,32};")
_BEGINS = re.compile(rb"\s*(OFXHEADER\s*:|<\?OFX|<OFX>|<\?xml[^>]*\?>\s*(<\?OFX|<OFX))", re.IGNORECASE)
options = notation
layout = one_layout


def sniff(head: bytes, _name: str) -> float:
    """The header of either version."""
    return 1.0 if _BEGINS.match(head.removeprefix(b"\xef\xbb\xbf")) else 0


@dataclass
class _Group:
    """An open group: its name and the fields that were in it so far, those of groups in it as ``PAYEE.NAME``."""

    name: str
    fields: dict[str, str] = field(default_factory=dict)


def inspect(file: Delivered, options: Notation) -> Records:
    """Read all transactions; raises FileRejectedError for a file that is damaged or has no statement."""
    require_size(file.path.stat().st_size)
    text = as_utf8(file.path, file.scratch).read_text(encoding="utf-8-sig")
    begin = re.search(r"<OFX>", text, re.IGNORECASE)
    if begin is None:
        raise FileRejectedError("ofx", "the file has an OFX header and no <OFX>: it is truncated")
    if re.search(r"<!(DOCTYPE|ENTITY)", text, re.IGNORECASE):
        raise FileRejectedError("xml_entities", "the file defines a document type or entities, which are not read")
    kept: list[dict[str, str]] = []
    sums: dict[int, tuple[int, Decimal]] = {}
    with RecordWriter(file) as writer:
        for number, fields in enumerate(_transactions(text, begin.start(), kept), start=1):
            row = _row(fields, options)
            writer.add(number, row, place=f"STMTTRN {number}")
            entries, movements = sums.get(len(kept), (0, Decimal(0)))
            sums[len(kept)] = entries + 1, movements + _moved(fields)
        statements = [_kept(each, *sums.get(place, (0, Decimal(0)))) for place, each in enumerate(kept, start=1)]
        return replace(writer.records(HEADER, _READER), statements=tuple(statements))


def _moved(fields: dict[str, str]) -> Decimal:
    """What a transaction moves; nothing if that is no amount: its row is a bad one."""
    text = fields.get("TRNAMT", "").replace(",", ".")
    return (
        Decimal(text)
        if re.fullmatch(r"[+-]?[0-9]{0,25}[.]?[0-9]{0,10}", text) and re.search("[0-9]", text)
        else Decimal(0)
    )


def _kept(fields: dict[str, str], entries: int, movements: Decimal) -> BankStatement:
    """What a statement says of itself: its ledger balance is the closing one, an opening one it has not."""
    closing = fields.get("BALAMT")
    return BankStatement(
        fields.get("ACCTID", ""),
        fields.get("CURDEF", ""),
        day_or_none(fields.get("DTSTART", "")[:8]),
        day_or_none(fields.get("DTEND", "")[:8]),
        None,
        None if closing is None else _moved({"TRNAMT": closing}),
        entries,
        movements,
    )


def _row(fields: dict[str, str], options: Notation) -> list[str]:
    amount = fields.get("TRNAMT", "").replace(",", ".").removeprefix("+")
    posted = fields.get("DTPOSTED", "")
    payee = first_text(fields.get("NAME"), fields.get("PAYEE.NAME"), fields.get("MEMO"), fields.get("TRNTYPE"))
    return [
        day_of(posted[:8], options.day) if re.match(r"[0-9]{8}([0-9]{2,6})?([.\[ ]|$)", posted) else posted,
        options.number(amount),
        payee,
        fields.get("MEMO", ""),
        fields.get("FITID", ""),
        fields.get("CHECKNUM", ""),
        fields.get("TRNTYPE", ""),
        fields.get("ACCTID", ""),
        fields.get("CURRENCY.CURSYM") or fields.get("CURDEF", ""),
    ]


def _transactions(text: str, start: int, kept: list[dict[str, str]]) -> Iterator[dict[str, str]]:
    """The fields of each STMTTRN, with account and currency of its statement; what statements say of themselves goes to ``kept``."""
    open_groups: list[_Group] = []
    statement: dict[str, str] = {}
    for closing, given_name, empty, value in _tokens(text, start):
        name, value = given_name.upper(), _ENTITY.sub(lambda found: html.unescape(found[0]), value.strip())
        if closing:
            if not any(group.name == name for group in open_groups):
                continue  # the end of a field
            while (group := open_groups.pop()).name != name:
                yield from _closed(group, statement, open_groups)
            yield from _closed(group, statement, open_groups)
        elif value or empty:
            if open_groups:
                open_groups[-1].fields.setdefault(name, value)
            if name in _OF_STATEMENTS and not any(group.name in ("STMTTRN", "AVAILBAL") for group in open_groups):
                statement.setdefault(name, value)
        elif name == "STMTTRN" and any(group.name == "STMTTRN" for group in open_groups):  # its end tag is missing
            while (group := open_groups.pop()).name != "STMTTRN":
                pass
            yield from _closed(group, statement, open_groups)
            open_groups.append(_Group(name))
        elif name.endswith("STMTTRN") and name != "STMTTRN":
            raise FileRejectedError(
                "ofx", f"the file has <{name[:40]}>, a transaction of a loan or the like, which is not read"
            )
        elif not _is_empty_field(name, open_groups):
            open_groups.append(_Group(name))
            if len(open_groups) > MAX_OFX_DEPTH:
                raise FileRejectedError("ofx", f"groups lie more than {MAX_OFX_DEPTH} deep, at <{name[:40]}>")
            if name.endswith("STMTRS"):
                statement = {}
                kept.append(statement)
    if open_groups:
        raise FileRejectedError(
            "ofx", f"the file ends within <{open_groups[-1].name[:40]}>, before </OFX>: it is truncated"
        )
    if not kept:
        raise FileRejectedError("ofx", "the file has no statement of an account or a card (STMTRS, CCSTMTRS)")


def _is_empty_field(name: str, open_groups: list[_Group]) -> bool:
    """Whether a tag without text within a transaction is a field with nothing in it, and no group."""
    within = any(group.name == "STMTTRN" for group in open_groups)
    return within and name not in ("PAYEE", "CURRENCY", "ORIGCURRENCY", "BANKACCTTO", "CCACCTTO", "IMAGEDATA")


def _closed(group: _Group, statement: dict[str, str], open_groups: list[_Group]) -> Iterator[dict[str, str]]:
    if group.name == "STMTTRN":
        account: dict[str, str] = {name: statement[name] for name in ("ACCTID", "CURDEF") if name in statement}
        yield {**group.fields, **account}
    elif any(each.name == "STMTTRN" for each in open_groups):
        for name, value in group.fields.items():
            open_groups[-1].fields.setdefault(f"{group.name}.{name}", value)


def _tokens(text: str, start: int) -> Iterator[tuple[str, str, str, str]]:
    end = start
    for found in _TOKEN.finditer(text, start):
        if found.start() != end and text[end : found.start()].strip():
            line = text.count("\n", 0, end) + 1
            raise FileRejectedError("ofx", f"line {line} has a '<' that begins no tag: {text[end : end + 40]!r}")
        end = found.end()
        yield found[1], found[2], found[3], found[4]
    if text[end:].strip():
        line = text.count("\n", 0, end) + 1
        raise FileRejectedError("ofx", f"line {line} ends within a tag: the file is truncated")
