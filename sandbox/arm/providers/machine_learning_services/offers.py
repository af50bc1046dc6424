"""What Azure Machine Learning checks before a model is subscribed to or deployed as a serverless API."""

from llama_azure_core.catalogue import Model, model_of_registry_id, serverless_availability
from llama_azure_core.regions import normalise_region, region_display_name
from sandbox.arm.errors import user_error
from sandbox.arm.world import World


def offered_model(model_id: str | None, region: str, world: World) -> Model:
    """Return the model of a registry id, if a hub of that region offers it on the sandbox's date.

    Raises:
        ArmError: there is no such model, or the region does not offer it.
    """
    if not model_id:
        raise user_error("A model id is required.", "BadArgument", region=region)
    model = model_of_registry_id(model_id)
    if model is None:
        raise user_error(f"The requested model {model_id} was not found.", "NotFound", region=region)
    if not serverless_availability(model, region, world.as_of).is_offered:
        raise user_error(
            f"The requested model {model_id} is not available in region {region_display_name(region)}.",
            "BadRequest",
            "ServerlessModelNotAvailableInRegion",
            region=normalise_region(region),
        )
    return model
