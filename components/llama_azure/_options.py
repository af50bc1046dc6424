"""Resource options shared by the components."""

from collections.abc import Sequence

import pulumi


def child_options(
    parent: pulumi.Resource,
    *,
    depends_on: Sequence[pulumi.Resource] | None = None,
    delete_before_replace: bool | None = None,
    protect: bool | None = None,
    ignore_changes: list[str] | None = None,
    aliases: list[pulumi.Input[str | pulumi.Alias]] | None = None,
    transforms: list[pulumi.ResourceTransform] | None = None,
) -> pulumi.ResourceOptions:
    """Options of a child resource: owned by ``parent``, and without the SDK's aliases.

    Everything else a caller sets on a component (provider, protect, transforms) reaches the
    child through its parent and is not repeated here.
    """
    return pulumi.ResourceOptions(
        parent=parent,
        depends_on=depends_on,
        delete_before_replace=delete_before_replace,
        protect=protect,
        ignore_changes=ignore_changes,
        aliases=aliases,
        transforms=transforms,
        transformations=[without_api_version_aliases],
    )


def without_api_version_aliases(
    args: pulumi.ResourceTransformationArgs,
) -> pulumi.ResourceTransformationResult | None:
    """Drop the aliases of a type, which pulumi-azure-native adds for each older API version of a type.

    They serve stacks that were created with those older types; no stack of this package was,
    and about twenty aliases a resource are most of the cost of a large preview (ADR 0003).
    """
    if not args.type_.startswith("azure-native:"):
        return None
    named = [one for one in args.opts.aliases or () if isinstance(one, pulumi.Alias) and isinstance(one.name, str)]
    args.opts.aliases = named or None
    return pulumi.ResourceTransformationResult(props=args.props, opts=args.opts)
