"""What Azure Machine Learning checks of a model before it is subscribed to or deployed as a serverless API."""

from llama_azure_core.catalogue import (
    MarketplaceFacts,
    Model,
    lifecycle_refusal,
    model_of_registry_id,
    serverless_availability,
)
from llama_azure_core.regions import normalise_region, region_display_name
from llama_azure_sandbox.arm.errors import user_error
from llama_azure_sandbox.arm.world import World


def offered_model(model_id: str | None, region: str, world: World) -> Model:
    """Return the model of a registry id, if a hub of that region offers it on the sandbox's date.

    The wording for an id with a version and for a model whose time is over is this sandbox's: Microsoft's
    is not known (facts of source S41 print a placeholder).

    Raises:
        ArmError: there is no such model, its time is over, or the region does not offer it.
    """
    if not model_id:
        raise user_error("A model id is required.", "BadArgument", region=region)
    if "/versions/" in model_id.lower():
        stem = model_id[: model_id.lower().index("/versions/")]
        raise user_error(
            f"The model id {model_id} names a version. A serverless endpoint takes the id without one: {stem}",
            "BadArgument",
            region=region,
        )
    model = model_of_registry_id(model_id)
    if model is None:
        raise user_error(f"The requested model {model_id} was not found.", "NotFound", region=region)
    ended = lifecycle_refusal(model, world.as_of)
    if ended is not None:
        raise user_error(f"The requested model {model_id} cannot be deployed: {ended}", "BadRequest", region=region)
    if not serverless_availability(model, region, world.as_of).is_offered:
        raise user_error(
            f"The requested model {model_id} is not available in region {region_display_name(region)}.",
            "BadRequest",
            "ServerlessModelNotAvailableInRegion",
            region=normalise_region(region),
        )
    return model


def marketplace_offer(model: Model) -> MarketplaceFacts | None:
    """Return the Marketplace offer behind a model; ``None`` for a model that needs none.

    Where the facts have no offer of a model that needs one, its id is derived from the model's name.
    """
    if model.marketplace is not None or not model.needs_subscription:
        return model.marketplace
    offer = f"{model.name.lower().replace('.', '-')}-offer"
    return MarketplaceFacts(publisher_id="metagenai", offer_id=offer, plan_id=None, source=(), confidence="inferred")
