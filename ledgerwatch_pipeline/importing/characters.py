"""The characters that an import takes for one another, or for nothing: white space around fields, kinds of spaces, of apostrophes
and of minus signs. What a text may show to people is ``model.text``'s.
"""

BLANKS = (
    " \t\r\n\v\f\x1a\x1c\x1d\x1e\x1f\x85\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u200b\u2028"
    "\u2029\u202f\u205f\u2060\u3000\ufeff"
)
"""White space trimmed from every field, that of no width included: a vendor of nothing else is none. And what DOS ends a file with."""

_SPACES = "\u00a0\u202f\u2009"
_APOSTROPHES = "\u2019"
_MINUSES = "\u2212"
UNLIKE = _SPACES + _APOSTROPHES + _MINUSES
LIKE = " " * len(_SPACES) + "'" * len(_APOSTROPHES) + "-" * len(_MINUSES)
"""What stands for each of UNLIKE in an amount."""

THOUSANDS = ("", ",", ".", " ", "'", *_SPACES, *_APOSTROPHES)
"""What a profile may name as the separator of thousands."""


def alike(text: str) -> str:
    """The text with one kind of space, apostrophe and minus."""
    return text.translate(dict(zip(map(ord, UNLIKE), LIKE, strict=True)))
