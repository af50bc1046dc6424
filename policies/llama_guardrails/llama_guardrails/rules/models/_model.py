"""The model of an endpoint or a deployment."""

from llama_azure_core.catalogue import Model, model_of_registry_id
from llama_guardrails.view import NotApplicable, Resource

SERVERLESS_MODEL = "properties.modelSettings.modelId"
SUBSCRIBED_MODEL = "properties.modelId"
MANAGED_MODEL = "properties.model"


def model_id(resource: Resource, path: str) -> str:
    """Return the registry id at a path.

    Raises:
        NotApplicable: there is none.
        Undecided: it is not known yet.
    """
    found = resource.text(path)
    if not found:
        raise NotApplicable("no model is named")
    return found


def llama(resource: Resource, path: str) -> Model:
    """Return the model of the catalogue that the registry id at a path names.

    Raises:
        NotApplicable: it is none of the catalogue's.
        Undecided: the id is not known yet.
    """
    model = model_of_registry_id(model_id(resource, path))
    if model is None:
        raise NotApplicable("the model is not of the catalogue")
    return model
