"""The base of every question."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

from llama_azure_core.rbac import preflight_permissions
from llama_azure_preflight.azure import Azure


@dataclass(frozen=True)
class Question(ABC):
    """One question to Azure; equal questions are put once."""

    @abstractmethod
    def ask(self, azure: Azure) -> Any:
        """Return Azure's answer as plain values.

        Raises:
            azure.core.exceptions.AzureError: Azure refuses or cannot be reached.
        """

    @property
    def needs(self) -> tuple[str, ...]:
        """The actions that this very question takes."""
        return self.permissions()

    @classmethod
    def permissions(cls) -> tuple[str, ...]:
        """Return the actions that questions of this class take (facts/roles.yaml)."""
        return preflight_permissions()[cls.__name__]
