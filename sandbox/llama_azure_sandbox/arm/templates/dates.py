"""Moments in ARM templates: .NET's formats of them, and ISO 8601 durations."""

import calendar
import datetime as dt
import re
from collections.abc import Callable, Mapping

from llama_azure_sandbox.arm.templates.work import UnsupportedTemplateError, shortened

_DURATION = re.compile(
    r"(?P<sign>-)?P(?:(?P<years>\d{1,4})Y)?(?:(?P<months>\d{1,5})M)?(?:(?P<weeks>\d{1,5})W)?(?:(?P<days>\d{1,6})D)?"
    r"(?:T(?:(?P<hours>\d{1,7})H)?(?:(?P<minutes>\d{1,8})M)?(?:(?P<seconds>\d{1,9})S)?)?"
)
_PIECE = re.compile(r"yyyy|yy|MMMM|MMM|MM|M|dddd|ddd|dd|d|HH|H|hh|h|mm|m|ss|s|fffffff|fff|tt|K|zzz|'[^']*'|\\.|.")
_STANDARD = {
    "u": "yyyy-MM-dd HH:mm:ss'Z'",
    "s": "yyyy-MM-dd'T'HH:mm:ss",
    "o": "yyyy-MM-dd'T'HH:mm:ss.fffffffK",
    "d": "MM/dd/yyyy",
    "D": "dddd, dd MMMM yyyy",
    "t": "HH:mm",
    "T": "HH:mm:ss",
    "g": "MM/dd/yyyy HH:mm",
    "G": "MM/dd/yyyy HH:mm:ss",
    "r": "ddd, dd MMM yyyy HH:mm:ss 'GMT'",
}
_CODES: Mapping[str, str] = {
    "yy": "%y", "MMMM": "%B", "MMM": "%b", "MM": "%m", "dddd": "%A", "ddd": "%a", "dd": "%d", "HH": "%H",
    "hh": "%I", "mm": "%M", "ss": "%S", "tt": "%p",
}  # fmt: skip
_NUMBERS: Mapping[str, Callable[[dt.datetime], str]] = {
    "yyyy": lambda moment: f"{moment.year:04}",
    "M": lambda moment: str(moment.month),
    "d": lambda moment: str(moment.day),
    "H": lambda moment: str(moment.hour),
    "h": lambda moment: str(moment.hour % 12 or 12),
    "m": lambda moment: str(moment.minute),
    "s": lambda moment: str(moment.second),
    "fff": lambda moment: f"{moment.microsecond // 1000:03}",
    "fffffff": lambda moment: f"{moment.microsecond:06}0",
    "K": lambda _moment: "Z",
    "zzz": lambda _moment: "+00:00",
}
# Letters that stand for themselves, as in the format that utcNow has of itself.
_LITERAL_LETTERS = {"T", "Z"}


def formatted(moment: dt.datetime, shape: object) -> str:
    """Return a moment of UTC as .NET writes it; without a format as ``s`` with a Z at the end.

    Raises:
        UnsupportedTemplateError: the format is one that this sandbox does not know.
        TypeError: it is not text.
    """
    if shape is None:
        return formatted(moment, "s") + "Z"
    if not isinstance(shape, str):
        raise TypeError("the format is a string")
    pattern = _STANDARD.get(shape.lower() if shape in ("O", "R") else shape, shape)
    if len(pattern) == 1 or len(pattern) > 100:
        raise UnsupportedTemplateError(f"the date format '{shortened(shape)}'")
    return "".join(_piece(moment, piece, shape) for piece in _PIECE.findall(pattern))


def read_moment(text: str) -> dt.datetime:
    """Return the moment that an ISO 8601 text is, also in the form of ``utcNow``; without a zone it is UTC.

    Raises:
        ValueError: it is none.
    """
    moment = dt.datetime.fromisoformat(text.strip().replace(" ", "T").replace("t", "T").replace("z", "Z"))
    return moment.replace(tzinfo=dt.UTC) if moment.tzinfo is None else moment.astimezone(dt.UTC)


def add_duration(moment: dt.datetime, duration: str) -> dt.datetime:
    """Return a moment that is an ISO 8601 duration later, or earlier.

    Raises:
        ValueError: it is no such duration.
        OverflowError: no calendar reaches that far.
    """
    match = _DURATION.fullmatch(duration)
    if match is None or duration.endswith(("P", "T")):
        raise ValueError("the duration is none of ISO 8601")
    sign = -1 if match["sign"] else 1
    part = {name: sign * int(value or 0) for name, value in match.groupdict().items() if name != "sign"}
    months = moment.year * 12 + moment.month - 1 + part["years"] * 12 + part["months"]
    year, month = divmod(months, 12)
    if not dt.MINYEAR <= year <= dt.MAXYEAR:
        raise OverflowError("no calendar reaches that far")
    day = min(moment.day, calendar.monthrange(year, month + 1)[1])
    later = moment.replace(year=year, month=month + 1, day=day)
    return later + dt.timedelta(
        weeks=part["weeks"],
        days=part["days"],
        hours=part["hours"],
        minutes=part["minutes"],
        seconds=part["seconds"],
    )


def _piece(moment: dt.datetime, piece: str, shape: str) -> str:
    code = _CODES.get(piece)
    if code is not None:
        return moment.strftime(code)
    number = _NUMBERS.get(piece)
    if number is not None:
        return number(moment)
    if piece[0] in "'\\":
        return piece.strip("'") if piece[0] == "'" else piece[1:]
    if piece.isalpha() and piece.isascii() and piece not in _LITERAL_LETTERS:
        raise UnsupportedTemplateError(f"the date format '{shortened(shape)}'")
    return piece
