"""What of a plan is declared already, and what every back end declares with."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import pulumi


@dataclass
class Built:
    """The components of a program, by the Azure resource id of what each makes."""

    by_id: dict[str, pulumi.Resource] = field(default_factory=dict)

    def after(
        self, ids: Iterable[str], aliases: list[pulumi.Input[str | pulumi.Alias]] | None = None
    ) -> pulumi.ResourceOptions:
        """Return the options of a component that needs resources of Azure; those not made here are there.

        Names go in as plain values and order as depends_on: so a first preview knows every name, and the policy pack
        can judge it.
        """
        return pulumi.ResourceOptions(depends_on=[self.by_id[one] for one in ids if one in self.by_id], aliases=aliases)


def as_spelled(logical_name: str, name: str) -> list[pulumi.Input[str | pulumi.Alias]]:
    """Return the alias of what is called by its name in Azure, whose case means nothing there.

    In the program it is called by the name in lower case, lest another spelling in the stack's file be another
    resource; versions before called it as the file spells it.
    """
    before = logical_name.removesuffix(name.casefold()) + name
    return [] if before == logical_name else [pulumi.Alias(name=before)]


@dataclass(frozen=True, slots=True)
class EndpointOutputs:
    """What callers need of an endpoint."""

    uri: pulumi.Output[str]
    primary_key: pulumi.Output[str]
    base_url: pulumi.Output[str]
    """For clients of OpenAI's API."""
    more: dict[str, pulumi.Input[Any]] = field(default_factory=dict)
    """What else the stack says of it."""
