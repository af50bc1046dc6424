"""What a stack costs, as the page tells it: list prices, and what has none is in no sum."""

from collections.abc import Mapping
from decimal import Decimal

from llama_azure_core.metered import monthly_change
from llama_azure_core.plan import Plan
from llama_azure_core.plan.cost import EndpointCost, Estimate, estimate
from llama_azure_core.prices import money, plain, price_list
from llama_azure_page.document import Change, Changes, NotKnown, Price
from llama_azure_page.inputs import Preview


class Costs:
    """The estimate of a plan."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._found: Estimate = estimate(plan)
        self._by_id: Mapping[str, EndpointCost] = {one.id.casefold(): one for one in self._found.endpoints}

    def whole(self) -> Price | NotKnown:
        """Return what the stack costs a month."""
        found = self._found
        if not found.total and found.unknown:
            number = len(found.unknown)
            what = "one resource" if number == 1 else f"{number:,} resources and endpoints"
            return NotKnown(not_known=f"no price of {what} is known in {found.region}")
        what = "for what stands there" if found.tokens is None else "with the expected tokens"
        unknown = f"; {len(found.unknown)} not known" if found.unknown else ""
        return Price(
            told=f"{money(found.total, found.currency)} a month",
            note=f"{what}, list prices of {found.prices_as_of}{unknown}",
            unknown=found.unknown,
        )

    def of(self, endpoint_id: str) -> Price | NotKnown:
        """Return what an endpoint costs."""
        one = self._by_id[endpoint_id.casefold()]
        note = f"list price of {self._found.prices_as_of}"
        if one.tokens.marketplace:
            note += ", of the Marketplace"
        if not one.by_the_token:
            if one.fixed is None:
                return NotKnown(not_known=f"no price of what it stands on is known in {self._plan.region}")
            return Price(told=f"{money(one.fixed, self._found.currency)} a month", note=note)
        if one.tokens.input is None or one.tokens.output is None:
            return NotKnown(not_known=one.unknown)
        if one.monthly is not None:
            note += f"; {money(one.monthly, self._found.currency)} a month as expected"
        return Price(told=_by_the_token(one, self._found.currency), note=note)

    def of_change(self, told: Changes, preview: Preview | NotKnown, changes: Mapping[str, Change | None]) -> str:
        """Return what a change makes of a month's cost, in words.

        Args:
            told: the change.
            preview: the engine's, where there is one: it knows before and after.
            changes: by endpoint id, in lower case, of the settings against the state.
        """
        if not told.steps:
            return ""
        currency = self._found.currency
        new = [one for key, one in self._by_id.items() if changes.get(key) is Change.CREATE]
        if isinstance(preview, Preview):
            words = [monthly_change(preview.told, self._plan.region, price_list()).words]
        elif new:
            known = [one.fixed for one in new if one.fixed is not None]
            fixed = sum(known, Decimal(0))
            words = [f"new endpoints add {money(fixed, currency)} a month" if fixed else "no new fixed cost"]
            words += [f"of {len(new) - len(known)} the price is not known"] * (len(known) < len(new))
        else:
            return ""
        words += [f"{one.name} {_by_the_token(one, currency)}" for one in new if one.tokens.input and one.tokens.output]
        words += [f"{one.name}: {one.unknown}" for one in new if one.unknown]
        return "; ".join(words)


def _by_the_token(one: EndpointCost, currency: str) -> str:
    assert one.tokens.input is not None  # noqa: S101 - the callers looked
    assert one.tokens.output is not None  # noqa: S101
    sent, got = plain(one.tokens.input.per_million), plain(one.tokens.output.per_million)
    return f"{sent} / {got} {currency} per 1M tokens"
