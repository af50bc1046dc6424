"""A content filter of a Foundry resource, with its blocklists."""

from typing import NotRequired, TypedDict

import pulumi

from llama_azure._arguments import ArgumentError, Origin, choice, origin
from llama_azure._azure_native import cognitiveservices
from llama_azure._azure_now import with_what_azure_has
from llama_azure._options import child_options
from llama_azure_core.azure_enums import FilterMode, FilterSide, Severity
from llama_azure_core.foundry import account_facts, filter_categories

_NAME = "ContentFilter"


class CategoryFilter(TypedDict):
    """What a content filter does about one category on one side."""

    severity: NotRequired[str]
    """Conditional. The severity from which something is held back: Low (the strictest), Medium or High. Only of
    categories that have severities. Default: Medium."""
    blocking: NotRequired[bool]
    """Optional. Whether it is held back; otherwise it is only marked. Default: true."""
    enabled: NotRequired[bool]
    """Optional. Whether it is looked for at all. Default: true."""


class FilterBlocklist(TypedDict):
    """Words that a content filter blocks."""

    words: list[str]
    """Required. The words; each blocks wherever it occurs."""
    sides: NotRequired[list[str]]
    """Optional. Prompt, Completion, or both. Default: both."""


class ContentFilterArgs(TypedDict):
    """The inputs of a ContentFilter."""

    resource_group_name: pulumi.Input[str]
    """Required. The account's resource group."""
    account_name: pulumi.Input[str]
    """Required. The account's name."""
    filter_name: NotRequired[pulumi.Input[str]]
    """Conditional. The name of the content filter to make, unique in the account. Give this or `filter_id`."""
    filter_id: NotRequired[str]
    """Conditional. The resource id of a content filter that is there. Give this or `filter_name`."""
    mode: NotRequired[str]
    """Optional. Blocking, Default, Deferred or Asynchronous_filter. Default: Blocking."""
    base: NotRequired[pulumi.Input[str]]
    """Optional. The content filter whose categories hold where this one says nothing. Default: Microsoft.DefaultV2."""
    categories: NotRequired[dict[str, dict[str, CategoryFilter]]]
    """Optional. By category (Hate, Sexual, Violence, Selfharm, Jailbreak, …), then by side (Prompt, Completion)."""
    blocklists: NotRequired[dict[str, FilterBlocklist]]
    """Optional. By a name that is unique in the account: words that are blocked."""


class ContentFilter(pulumi.ComponentResource):
    """A content filter (an RAI policy) of a Foundry resource; deployments name it.

    Its blocklists and their words are written before it, one after the other: Azure writes one child of an account at a
    time.
    """

    filter_id: pulumi.Output[str]
    """The content filter's Azure resource id."""
    filter_name: pulumi.Output[str]
    """The content filter's name, which a deployment takes as `content_filter`."""

    def __init__(self, name: str, args: ContentFilterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(f"llama-azure:index:{_NAME}", name, {}, opts)
        if origin(_NAME, args, "filter") is Origin.CREATED:
            policy = self._created(name, args)
        else:
            policy = cognitiveservices.RaiPolicy.get(f"{name}-filter", args["filter_id"], opts=child_options(self))
        self.filter_id = policy.id
        self.filter_name = policy.name.apply(lambda shown: shown or "")
        self.register_outputs({"filter_id": self.filter_id, "filter_name": self.filter_name})

    def _created(self, name: str, args: ContentFilterArgs) -> "cognitiveservices.RaiPolicy":
        mode = choice(_NAME, args, "mode", FilterMode.BLOCKING)
        filters = [
            _filter(category, side, one)
            for category, sides in args.get("categories", {}).items()
            for side, one in sides.items()
        ]
        last: list[pulumi.Resource] = []
        for key, blocklist in args.get("blocklists", {}).items():
            last = self._blocklist(name, args, key, blocklist, last)
        return cognitiveservices.RaiPolicy(
            f"{name}-filter",
            resource_group_name=args["resource_group_name"],
            account_name=args["account_name"],
            rai_policy_name=args["filter_name"],
            properties=cognitiveservices.RaiPolicyPropertiesArgs(
                mode=mode.value,
                base_policy_name=args.get("base", account_facts().default_content_filter),
                content_filters=filters,
                custom_blocklists=[
                    cognitiveservices.CustomBlocklistConfigArgs(blocklist_name=key, blocking=True, source=side)
                    for key, blocklist in args.get("blocklists", {}).items()
                    for side in _sides(key, blocklist)
                ],
            ),
            opts=child_options(self, depends_on=last, transforms=[with_what_azure_has(self)]),
        )

    def _blocklist(
        self, name: str, args: ContentFilterArgs, key: str, blocklist: FilterBlocklist, last: list[pulumi.Resource]
    ) -> list[pulumi.Resource]:
        """Declare a blocklist and its words, each after the one before; return the last."""
        _sides(key, blocklist)
        made: pulumi.Resource = cognitiveservices.RaiBlocklist(
            f"{name}-blocklist-{key}",
            resource_group_name=args["resource_group_name"],
            account_name=args["account_name"],
            rai_blocklist_name=key,
            properties=cognitiveservices.RaiBlocklistPropertiesArgs(),
            opts=child_options(self, depends_on=last, transforms=[with_what_azure_has(self)]),
        )
        for number, word in enumerate(blocklist["words"]):
            made = cognitiveservices.RaiBlocklistItem(
                f"{name}-blocklist-{key}-{number}",
                resource_group_name=args["resource_group_name"],
                account_name=args["account_name"],
                rai_blocklist_name=key,
                rai_blocklist_item_name=f"word-{number}",
                properties=cognitiveservices.RaiBlocklistItemPropertiesArgs(pattern=word, is_regex=False),
                opts=child_options(self, depends_on=[made], transforms=[with_what_azure_has(self)]),
            )
        return [made]


def _filter(category: str, side: str, wanted: CategoryFilter) -> "cognitiveservices.RaiPolicyContentFilterArgs":
    place = f"{_NAME}: categories.{category}"
    known = filter_categories().get(category)
    if known is None:
        raise ArgumentError(
            f"{_NAME}: categories", category, f"{category} is not a category; give {', '.join(filter_categories())}"
        )
    if side not in known.sides:
        raise ArgumentError(place, side, f"{category} is looked for on {' and '.join(known.sides)}, not on {side}")
    if wanted.get("severity") is not None and not known.has_severity:
        raise ArgumentError(f"{place}.{side}", "severity", f"{category} has no severities; leave severity out")
    severity = choice(f"{place}.{side}", wanted, "severity", Severity.MEDIUM)
    # Azure wants every filter to say whether it blocks, and on which side it is.
    return cognitiveservices.RaiPolicyContentFilterArgs(
        name=category,
        source=side,
        enabled=wanted.get("enabled", True),
        blocking=wanted.get("blocking", True),
        severity_threshold=severity.value if known.has_severity else None,
    )


def _sides(key: str, blocklist: FilterBlocklist) -> list[str]:
    every = [side.value for side in FilterSide]
    sides = blocklist.get("sides", every)
    wrong = [side for side in sides if side not in every]
    if wrong or not sides:
        raise ArgumentError(
            f"{_NAME}: blocklists.{key}", "sides", f"sides is {sides}; give {' or '.join(every)}, or both"
        )
    return sides
