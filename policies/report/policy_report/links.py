"""Where the pages of the rules are."""

from dataclasses import dataclass
from typing import Any

from llama_guardrails.rule import Rule


@dataclass(frozen=True, slots=True)
class Links:
    """Links to pages; without a base they are paths from the root of the repository."""

    base: str = ""
    """The address of the repository's root, such as ``https://example.org/team/llama/blob/main``."""

    def of(self, rule: Rule[Any]) -> str:
        """Return the link to a rule's page."""
        return f"{self.base.rstrip('/')}/{rule.page}" if self.base else rule.page
