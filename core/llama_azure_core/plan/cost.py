"""What a plan costs: what stands there by the month, tokens by the million, and with an expected load a monthly figure.

Pure. Prices are list prices (``llama_azure_core.prices``). What has no known price, or no known amount, is said to be
unknown and is in no sum.
"""

import math
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from llama_azure_core.azure_enums import GatewayAccess
from llama_azure_core.catalogue import BackEnd
from llama_azure_core.gateway import gateway_facts
from llama_azure_core.metered import log_alert_key
from llama_azure_core.plan.items import AlertKind, Deployment, Endpoint, Owner
from llama_azure_core.plan.stack import Plan
from llama_azure_core.prices import (
    MILLION,
    Measure,
    Price,
    PriceList,
    TokenPrices,
    money,
    plain,
    price_list,
    token_key,
)
from llama_azure_core.resource_ids import name_of
from llama_azure_core.resource_types import (
    CONTAINER_REGISTRY,
    KEY_VAULT,
    LOG_ANALYTICS_WORKSPACE,
    MANAGED_REDIS,
    POSTGRES_SERVER,
    STORAGE_ACCOUNT,
)

_HOURS_A_DAY = 24
_STORAGE_SKU = "Standard_LRS"  # of the storage account that a hub makes
_PROVISIONED = "ProvisionedManaged"


@dataclass(frozen=True, slots=True)
class Line:
    """Something of the stack that costs money."""

    what: str
    """In words, such as ``2 x Standard_NC24ads_A100_v4``."""
    subject: str
    """The name of the resource that it is for."""
    id: str
    """That resource's Azure id."""
    path: str
    """Where in the settings."""
    key: str
    """The meter's key in the price list."""
    price: Price | None
    """``None`` where it is not known in the stack's region."""
    quantity: Decimal | None
    """How many stand there; ``None`` where use decides."""
    monthly: Decimal | None
    """In the list's currency; ``None`` where the price is not known, or use decides."""
    most: Decimal | None
    """The same with as many instances as autoscale may make."""
    note: str = ""

    @property
    def is_by_use(self) -> bool:
        """Whether use decides what it costs."""
        return self.quantity is None


@dataclass(frozen=True, slots=True)
class EndpointCost:
    """What an endpoint costs those who call it, and whoever keeps it."""

    name: str
    """As the stack's outputs call it."""
    id: str
    path: str
    project: str
    model: str
    back_end: BackEnd
    tokens: TokenPrices
    """Neither where nobody pays by the token: on virtual machines, and with provisioned throughput."""
    by_the_token: bool
    fixed: Decimal | None
    """What its virtual machines or provisioned units cost a month; 0 where it has none, ``None`` where not known."""
    expected: tuple[int, int] | None
    """Tokens a day that are expected, sent and got."""
    monthly: Decimal | None
    """What the expected tokens cost a month; ``None`` where none are expected or a price is not known."""
    per_million: Decimal | None
    """Of an endpoint that stands there anyway: what a million of the expected tokens comes to, sent and got alike."""
    unknown: str
    """Why a figure is not known; empty where all are."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a stack costs, as far as it is known, and under which assumptions."""

    stack: str
    region: str
    currency: str
    prices_as_of: str
    lines: tuple[Line, ...]
    """What stands there."""
    by_use: tuple[Line, ...]
    """What costs by use that nobody said anything of."""
    endpoints: tuple[EndpointCost, ...]
    fixed: Decimal
    """A month of everything that stands there and has a known price."""
    most: Decimal
    """The same with as many instances as autoscale may make."""
    tokens: Decimal | None
    """A month of the expected tokens that have a known price; ``None`` where none are expected."""
    budget: Decimal | None
    """What the stack's budget allows a month, in the billing account's currency."""
    assumptions: tuple[str, ...]

    @property
    def total(self) -> Decimal:
        """A month of everything that is known."""
        return self.fixed + (self.tokens or Decimal(0))

    @property
    def unknown(self) -> tuple[str, ...]:
        """What is in no sum because its price, or its load, is not known, in words."""
        told = [f"{one.what} ({one.subject}): {one.note}" for one in self.lines if one.monthly is None]
        return (*told, *(f"{one.name}: {one.unknown}" for one in self.endpoints if one.unknown))

    @property
    def is_over(self) -> bool:
        """Whether what is known alone is more than the budget, in one currency."""
        return self.budget is not None and self.total > self.budget

    @property
    def is_whole(self) -> bool:
        """Whether nothing is unknown, use that nobody spoke of aside."""
        return not self.unknown


def estimate(plan: Plan, prices: PriceList | None = None) -> Estimate:
    """Return what a plan costs.

    What the stack does not make costs it nothing here: an existing hub, account or endpoint is somebody else's, the
    deployments that the stack puts there are its own.

    Args:
        plan: the stack's.
        prices: the price list; the installed one where it is left out.
    """
    known = prices or price_list()
    lines = tuple(_lines(plan, known))
    endpoints = tuple(_endpoint(one, project, plan, known, lines) for project, one in _endpoints(plan))
    expected = [one.monthly for one in endpoints if one.monthly is not None and one.by_the_token]
    standing = [one for one in lines if not one.is_by_use]
    return Estimate(
        stack=plan.stack,
        region=plan.region,
        currency=known.currency,
        prices_as_of=known.as_of.isoformat(),
        lines=tuple(standing),
        by_use=tuple(one for one in lines if one.is_by_use),
        endpoints=endpoints,
        fixed=sum((one.monthly for one in standing if one.monthly is not None), Decimal(0)),
        most=sum((one.most for one in standing if one.most is not None), Decimal(0)),
        tokens=sum(expected, Decimal(0)) if expected else None,
        budget=None if plan.budget is None else Decimal(str(plan.budget.arguments["amount"])),
        assumptions=tuple(_assumptions(known, endpoints)),
    )


def _assumptions(prices: PriceList, endpoints: tuple[EndpointCost, ...]) -> Iterator[str]:
    yield (
        f"list prices in {prices.currency} of {prices.as_of}, before tax, discounts, reservations and credit; "
        "`refresh-prices` reads them anew"
    )
    days = plain(Decimal(prices.hours_per_month) / _HOURS_A_DAY)
    yield f"a month has {prices.hours_per_month} hours, which are {days} days: one of 31 days costs about 2 % more"
    yield "everything stands there for the whole month, with the instances that it begins with"
    yield "hubs, projects, Foundry resources, networks and budgets have no charge of their own"
    if any(one.expected for one in endpoints):
        yield "tokens are those of expectedTokensPerDay, the same every day"
    if any(one.tokens.marketplace for one in endpoints):
        yield "the Marketplace's prices are the publisher's; Azure credit does not pay them"


def _endpoints(plan: Plan) -> Iterator[tuple[str, Endpoint]]:
    for project in plan.projects:
        yield from ((project.key, one) for one in project.endpoints)
    for place in () if plan.foundry is None else plan.foundry.projects:
        yield from ((place.key, one) for one in place.endpoints)


def _endpoint(endpoint: Endpoint, project: str, plan: Plan, prices: PriceList, lines: tuple[Line, ...]) -> EndpointCost:
    sku = str(endpoint.arguments.get("sku_name", ""))
    by_the_token = endpoint.back_end is not BackEnd.MANAGED and not sku.endswith(_PROVISIONED)
    tokens = TokenPrices(None, None)
    if by_the_token and endpoint.model is not None:
        named = {"sku": sku} if sku else {}
        tokens = prices.tokens(endpoint.model.name, endpoint.back_end, plan.region, **named)
    own = [one for one in lines if not one.is_by_use and f"{one.id}/".startswith(f"{endpoint.id}/")]
    known = [one.monthly for one in own if one.monthly is not None]
    fixed = sum(known, Decimal(0)) if len(known) == len(own) else None
    days = Decimal(prices.hours_per_month) / _HOURS_A_DAY
    monthly: Decimal | None = None
    per_million: Decimal | None = None
    if endpoint.expected_tokens is not None:
        sent, got = (Decimal(count) * days for count in endpoint.expected_tokens)
        if not by_the_token:
            all_of_them = sent + got
            monthly = fixed
            per_million = None if fixed is None or not all_of_them else fixed / all_of_them * MILLION
        elif tokens.input is not None and tokens.output is not None:
            monthly = sent * tokens.input.each + got * tokens.output.each
    return EndpointCost(
        name=endpoint.exported,
        id=endpoint.id,
        path=endpoint.path,
        project=project,
        model="" if endpoint.model is None else endpoint.model.name,
        back_end=endpoint.back_end,
        tokens=tokens,
        by_the_token=by_the_token,
        fixed=fixed,
        expected=endpoint.expected_tokens,
        monthly=monthly,
        per_million=per_million,
        unknown=_why_unknown(endpoint, tokens, sku, plan, prices) if by_the_token else "",
    )


def _why_unknown(endpoint: Endpoint, tokens: TokenPrices, sku: str, plan: Plan, prices: PriceList) -> str:
    if tokens.input is not None and tokens.output is not None:
        return ""
    if endpoint.model is None:
        return "it serves no model"
    named = {"sku": sku} if sku else {}
    key = token_key(endpoint.model.name, endpoint.back_end, "input", **named)
    how = f"as {sku}" if sku else "as a serverless API"
    where = f" in {plan.region}" if key in prices.meters else ""
    return f"no price of a token of {endpoint.model.name} {how} is known{where}"


def _lines(plan: Plan, prices: PriceList) -> Iterator[Line]:
    for endpoint in plan.endpoints:
        for deployment in endpoint.deployments:
            yield _machines(endpoint, deployment, plan, prices)
        sku = str(endpoint.arguments.get("sku_name", ""))
        if sku.endswith(_PROVISIONED):
            units = Decimal(endpoint.capacity)
            what = f"{endpoint.capacity} provisioned units, {sku}"
            yield _standing(what, endpoint.name, endpoint.id, endpoint.path, f"provisioned/{sku}", units, plan, prices)
        if endpoint.arguments.get("content_safety") is True:
            yield _by_use("content safety", endpoint.name, endpoint.id, endpoint.path, "contentSafety", plan, prices)
    yield from _of_the_hub(plan, prices)
    yield from _of_the_gateway(plan, prices)
    yield from _of_the_alerts(plan, prices)
    yield from _of_the_network(plan, prices)


def _machines(endpoint: Endpoint, deployment: Deployment, plan: Plan, prices: PriceList) -> Line:
    most = max(deployment.instances, deployment.most_instances)
    what = f"{deployment.instances} x {deployment.vm_size.name}" + (
        f", up to {most} by autoscale" if most > deployment.instances else ""
    )
    subject = f"{endpoint.name}/{deployment.name}"
    key = f"vm/{deployment.vm_size.name}"
    count = Decimal(deployment.instances)
    return _standing(what, subject, deployment.id, endpoint.path, key, count, plan, prices, most=Decimal(most))


def _of_the_hub(plan: Plan, prices: PriceList) -> Iterator[Line]:
    arguments = plan.hub.arguments
    for one in plan.hub.stands_on:
        if one.owner is not Owner.STACK:
            continue
        match one.type:
            case t if t == CONTAINER_REGISTRY:
                key = f"registry/{_registry_tier(arguments)}"
                yield _standing("container registry", one.name, one.id, one.path, key, Decimal(1), plan, prices)
            case t if t == LOG_ANALYTICS_WORKSPACE:
                for what, key in (("logs taken in", "logs/ingestion"), ("logs kept longer", "logs/retention")):
                    yield _by_use(what, one.name, one.id, one.path, key, plan, prices)
            case t if t == KEY_VAULT:
                yield _by_use("calls of the vault", one.name, one.id, one.path, "vaultOperations", plan, prices)
            case t if t == STORAGE_ACCOUNT:
                key = f"storage/{_STORAGE_SKU}"
                yield _by_use("data in storage", one.name, one.id, one.path, key, plan, prices)


def _registry_tier(arguments: Mapping[str, Any]) -> str:
    """Return the tier of the registry that a hub makes: only Premium can be closed or takes keys of one's own."""
    closed = arguments.get("resources_public_network_access") is False or arguments.get("private_endpoints") is not None
    return "Premium" if closed or (arguments.get("encryption") or {}).get("resources", False) else "Standard"


def _of_the_gateway(plan: Plan, prices: PriceList) -> Iterator[Line]:
    gateway = plan.gateway
    if gateway is None:
        return
    where = (gateway.name, gateway.id, gateway.path)
    replicas = gateway.arguments["replicas"]
    least, cores = Decimal(replicas["minimum"]), Decimal(str(replicas["cpu"]))
    gibibytes = Decimal(str(replicas["memory"]).removesuffix("Gi"))
    for what, key, each in (("cores", "containerApps/vcpu", cores), ("GiB", "containerApps/memory", gibibytes)):
        most = Decimal(replicas["maximum"]) * each
        said = f"{plain(least * each)} {what} of {replicas['minimum']} replicas"
        yield _standing(said, *where, key, least * each, plan, prices, most=most)
    database = gateway.made(POSTGRES_SERVER)
    if database is not None:
        wanted, known = gateway.arguments["database"], gateway_facts("postgres")
        servers = 2 if wanted.get("high_availability") else 1
        sku = wanted.get("sku", known["highAvailabilitySku"] if servers > 1 else known["sku"])
        kept = servers * int(wanted.get("storage_gb", known["storageGb"]))
        of_it = (database.name, database.id, database.path)
        yield _standing(f"{servers} x {sku}, PostgreSQL", *of_it, f"postgres/{sku}", Decimal(servers), plan, prices)
        yield _standing(f"{kept} GiB of its storage", *of_it, "postgres/storage", Decimal(kept), plan, prices)
    redis = gateway.made(MANAGED_REDIS)
    if redis is not None:
        wanted = gateway.arguments["redis"]
        nodes, sku = 2 if wanted.get("high_availability", True) else 1, wanted.get("sku", gateway_facts("redis")["sku"])
        what = f"{nodes} nodes of {sku}, Redis"
        yield _standing(what, redis.name, redis.id, redis.path, f"redis/{sku}", Decimal(nodes), plan, prices)
    vault = gateway.made(KEY_VAULT)
    if vault is not None:
        yield _by_use("calls of the vault", vault.name, vault.id, vault.path, "vaultOperations", plan, prices)
    if gateway.access is GatewayAccess.PRIVATE and gateway.arguments["network"]["environment_dns"]:
        yield _standing("private DNS zone", *where, "privateDnsZone", Decimal(1), plan, prices)


def _of_the_alerts(plan: Plan, prices: PriceList) -> Iterator[Line]:
    """Yield the rules that cost: on metrics by the time series, on logs by how often they look. Events cost nothing."""
    alerts = plan.alerts
    if alerts is None:
        return
    where = (name_of(alerts.id), alerts.id, alerts.path)
    dimensions = [one.arguments.get("dimensions") or {} for one in alerts.rules if one.kind is AlertKind.METRIC]
    series = sum(math.prod(map(len, values.values())) for values in dimensions)
    if series:
        yield _standing(f"{series} time series of alert rules", *where, "metricAlert", Decimal(series), plan, prices)
    queries = [one for one in alerts.rules if one.kind is AlertKind.QUERY]
    for key, rules in Counter(log_alert_key(one.arguments.get("frequency", "PT15M")) for one in queries).items():
        yield _standing(_many(rules, "alert rule") + " on logs", *where, key, Decimal(rules), plan, prices)


def _of_the_network(plan: Plan, prices: PriceList) -> Iterator[Line]:
    for subject, resource_id, path, count in _private_endpoints(plan):
        what = _many(count, "private endpoint")
        yield _standing(what, subject, resource_id, path, "privateEndpoint", Decimal(count), plan, prices)
        yield _by_use("data through them", subject, resource_id, path, "privateEndpointData", plan, prices)
    if plan.network is not None:
        zones = [one for one in plan.network.zones.values() if one.owner is Owner.STACK]
        if zones:
            what, where = _many(len(zones), "private DNS zone"), (zones[0].name, plan.network.virtual_network_id)
            number = Decimal(len(zones))
            yield _standing(what, *where, plan.network.path, "privateDnsZone", number, plan, prices)


def _private_endpoints(plan: Plan) -> Iterator[tuple[str, str, str, int]]:
    """Yield for whom, by name, id and path, how many private endpoints there are."""
    wanted, hub_id = plan.hub.arguments.get("private_endpoints"), plan.hub.id
    if wanted is not None and hub_id is not None:
        reached = {one.type for one in plan.hub.stands_on if one.owner is Owner.STACK}
        count = 1 + len(reached & {KEY_VAULT, CONTAINER_REGISTRY})
        count += len(wanted["storage_subresources"]) if STORAGE_ACCOUNT in reached else 0
        yield hub_id.rpartition("/")[2], hub_id, "llama-azure:network", count
    account, gateway = plan.foundry, plan.gateway
    if account is not None and account.owner is Owner.STACK and account.arguments.get("private_endpoint"):
        yield account.name, account.id, account.path, 1
    made = [] if gateway is None else [one for one in gateway.stands_on if one.owner is Owner.STACK]
    if gateway is not None and made:
        yield gateway.name, gateway.id, gateway.path, len(made)


def _many(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def _standing(
    what: str,
    subject: str,
    resource_id: str,
    path: str,
    key: str,
    quantity: Decimal,
    plan: Plan,
    prices: PriceList,
    *,
    most: Decimal | None = None,
) -> Line:
    price = prices.price(key, plan.region)
    return Line(
        what=what,
        subject=subject,
        id=resource_id,
        path=path,
        key=key,
        price=price,
        quantity=quantity,
        monthly=prices.monthly(price, quantity),
        most=prices.monthly(price, quantity if most is None else most),
        note="" if price is not None else _not_known(key, quantity, plan.region, prices),
    )


def _not_known(key: str, quantity: Decimal, region: str, prices: PriceList) -> str:
    """Say that a price is not known in a region, and what one elsewhere would come to."""
    other = prices.elsewhere(key)
    told = f"no price is known in {region}"
    if other is None:
        return told
    return f"{told}; in {other.region} it is {money(prices.monthly(other, quantity), prices.currency)} a month"


def _by_use(what: str, subject: str, resource_id: str, path: str, key: str, plan: Plan, prices: PriceList) -> Line:
    price = prices.price(key, plan.region)
    note = "" if price is not None else f"no price is known in {plan.region}"
    if price is None and (other := prices.elsewhere(key)) is not None:
        note += f"; in {other.region} it is {per(other)}"
    meter = prices.meters.get(key)
    told = "; ".join(filter(None, (note, meter.note if meter else "")))
    return Line(what, subject, resource_id, path, key, price, None, None, None, told)


def per(price: Price) -> str:
    """Return a price of use for people, such as ``2.3 USD a GB`` or ``0.03 USD for 10,000 operations``."""
    many = {Measure.OPERATION: 10_000, Measure.TEXT_RECORD: 1_000, Measure.TOKEN: 1_000_000}.get(price.measures, 1)
    amount = f"{plain(price.each * many)} {price.currency}"
    first = f" after the first {plain(price.first)} of a month" if price.first else ""
    if many > 1:
        return f"{amount} for {many:,} {price.measures.words}s{first}"
    return f"{amount} {'an' if price.measures is Measure.HOUR else 'a'} {price.measures.words}{first}"
