"""Write docs/limits.md, how much an endpoint of each back end may be asked, from the facts (``make limits-page``)."""

from pathlib import Path

from llama_azure_core._facts import load_facts
from llama_azure_core.foundry import FoundryModel, FoundrySku, foundry_limits, foundry_models

PAGE = Path(__file__).resolve().parent.parent / "docs" / "limits.md"

_HEAD = """# Limits

<!-- Written by `make limits-page` from core/llama_azure_core/facts; never by hand. -->

How much an endpoint may be asked, by its back end, and how many of them there may be. What is above a limit is answered
429, with a `Retry-After` that clients such as openai's obey by themselves. Ids of sources stand in
[sources.yaml](../core/llama_azure_core/facts/sources.yaml). The sandbox holds to them, but for the headers of a call.
Lower ones, to see what a program does then, are set by `sandbox world set limits='{"requestsPerMinute": 5}'`, and on
Foundry by a deployment's capacity.
"""
_REMAINING = (
    "What remains of a minute is in the headers `x-ratelimit-remaining-tokens` and `x-ratelimit-remaining-requests` of "
    "each answer."
)


def page() -> str:
    """Return the whole page."""
    facts = load_facts("limits")
    serverless, online, shared = facts["serverless"], facts["onlineEndpoints"], facts["sharedQuota"]
    return "\n".join(
        (
            _HEAD,
            "## Serverless",
            "",
            *_table(
                ("what", "at most"),
                ("tokens a minute, of a deployment", _count(serverless["tokensPerMinute"])),
                ("requests a minute, of a deployment", _count(serverless["requestsPerMinute"])),
                ("deployments of a model in a project", _count(serverless["deploymentsPerModelAndProject"])),
            ),
            f"Source {', '.join(serverless['source'])}.",
            "",
            "## Managed compute",
            "",
            *_table(
                ("what", "at most"),
                ("requests a second, of an endpoint", _count(online["requestsPerSecond"])),
                (
                    "requests in progress, of a deployment",
                    "twice `maxConcurrentRequestsPerInstance` times its instances",
                ),
                ("seconds until an answer", _count(online["requestTimeoutSeconds"])),
                (
                    "seconds until an answer, where nothing is set",
                    _seconds(online["defaultRequestTimeoutMilliseconds"]),
                ),
                ("instances of a deployment", _count(online["instancesPerDeployment"])),
                ("deployments of an endpoint", _count(online["deploymentsPerEndpoint"])),
                ("endpoints in a region, of a subscription", _count(online["endpointsPerRegion"])),
                ("deployments in a region, of a subscription", _count(online["deploymentsPerRegion"])),
                ("hours of an endpoint on shared quota", _count(shared["hours"])),
            ),
            f"Source {', '.join(online['source'])}. How many tokens an instance makes is the machine's matter.",
            "",
            "## Foundry",
            "",
            "A deployment has units of capacity, and each unit so much a minute:",
            "",
            *_table(
                ("model", "SKU", "tokens a minute, of a unit", "requests a minute, of a unit", "units", "how sure"),
                *(
                    _foundry_row(model, sku)
                    for model in foundry_models().values()
                    for sku in model.default_version.skus
                ),
            ),
            *_table(
                ("what", "at most"),
                ("deployments of an account", _count(foundry_limits()["deploymentsPerAccount"])),
                ("projects of an account", _count(foundry_limits()["projectsPerAccount"])),
                ("accounts in a region, of a subscription", _count(foundry_limits()["accountsPerRegion"])),
                ("headers of one's own in a call", _count(foundry_limits()["customHeaders"])),
            ),
            f"Source {', '.join(load_facts('foundry')['limits']['source'])}. {_REMAINING}",
            "",
        )
    )


def _foundry_row(model: FoundryModel, sku: FoundrySku) -> tuple[str, ...]:
    least, most = sku.capacity.minimum, sku.capacity.maximum
    units = f"{least}" if least == most else f"{least} to {most}" if most else f"{least} or more, as quota allows"
    rates = sku.rate_limits
    sure = f"{model.confidence}, source {', '.join(model.source)}"
    return (model.name, sku.name, _count(rates.tokens_per_minute), _count(rates.requests_per_minute), units, sure)


def _table(head: tuple[str, ...], *rows: tuple[str, ...]) -> tuple[str, ...]:
    return (_row(head), "|" + "---|" * len(head), *map(_row, rows), "")


def _row(cells: tuple[str, ...]) -> str:
    return f"| {' | '.join(cells)} |"


def _count(number: int) -> str:
    return f"{number:,}"


def _seconds(milliseconds: int) -> str:
    return f"{milliseconds / 1000:g}"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
