"""How much work one template may make, so that none holds the sandbox up: a count, and no clock."""

from typing import Any

from llama_azure_core._facts import load_facts

_MEGABYTE = 1024 * 1024
_LARGEST: int = load_facts("resource_manager")["templates"]["megabytes"] * _MEGABYTE
# How deep lists and objects may lie in each other.
_DEEPEST = 100
# One unit is a microsecond or two: a step of an expression, an item of a list, or the copying of some characters.
MOST_WORK = 600_000
_CHARACTERS_A_UNIT = 32
_SHOWN_CHARACTERS = 200


class TemplateError(Exception):
    """A template is wrong; the message says where and how."""

    code = "InvalidTemplate"


class UnsupportedTemplateError(TemplateError):
    """A template uses what Azure knows and this sandbox does not; ``what`` names it."""

    code = "NotSupported"

    def __init__(self, what: str) -> None:
        super().__init__(
            f"This sandbox does not take {what}. Which templates it takes is listed below Templates in "
            "sandbox/README.md."
        )


class Work:
    """The work that is left to a template, and how large the values are that it made."""

    def __init__(self, left: int = MOST_WORK) -> None:
        self.left = left
        self._known: dict[int, tuple[Any, int, int]] = {}  # by identity: the value, its weight and its depth

    def spend(self, units: int) -> None:
        """Note work that is done.

        Raises:
            TemplateError: it is more than a template may make.
        """
        self.left -= units
        if self.left < 0:
            raise TemplateError("The template's expressions take more work than this sandbox does for one template.")

    def take(self, values: list[Any]) -> None:
        """Note that a function reads or made some values.

        Raises:
            TemplateError: they are larger than a template's values may be, or it is too much work.
        """
        total = items = 0
        for value in values:
            total += self.weigh(value)
            items += len(value) if isinstance(value, list | dict) else 0
        self.require_size(total)
        self.spend(1 + items + total // _CHARACTERS_A_UNIT)

    def weigh(self, value: Any) -> int:
        """Return about how many characters a value has as JSON. What lies in it twice counts twice.

        Raises:
            TemplateError: it is too large or too deep.
        """
        return self._measured(value, 0)[0]

    def require_size(self, characters: int) -> None:
        """Refuse what is, or would become, larger than a template's values may be.

        Raises:
            TemplateError: it is.
        """
        if characters > _LARGEST:
            raise TemplateError(
                f"A value of the template is larger than the {_LARGEST} characters that a template may have."
            )

    def _measured(self, value: Any, above: int) -> tuple[int, int]:
        if isinstance(value, str):
            return len(value) + 2, 0
        if not isinstance(value, list | dict):
            return 8, 0
        known = self._known.get(id(value))
        if known is not None:
            return known[1], known[2]
        if above > _DEEPEST:
            raise TemplateError(f"A value of the template is more than {_DEEPEST} lists and objects deep.")
        weight, depth = 2, 0
        if isinstance(value, dict):
            weight += sum(map(len, value)) + 4 * len(value)
            items: Any = value.values()
        else:
            weight += len(value)
            items = value
        self.spend(1 + len(value) // 4)
        for item in items:
            one, deep = self._measured(item, above + 1)
            weight, depth = weight + one, max(depth, deep)
        self.require_size(weight)
        if depth >= _DEEPEST:
            raise TemplateError(f"A value of the template is more than {_DEEPEST} lists and objects deep.")
        self._known[id(value)] = (value, weight, depth + 1)
        return weight, depth + 1


def shortened(text: str) -> str:
    """Return the beginning of a text, for messages."""
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}…"
