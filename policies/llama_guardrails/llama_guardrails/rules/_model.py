"""The model of an endpoint or a deployment."""

from llama_azure_core.catalogue import Model, ModelReference, model_reference
from llama_guardrails.view import NotApplicable, Resource, Undecided

SERVERLESS_MODEL = "properties.modelSettings.modelId"
SUBSCRIBED_MODEL = "properties.modelId"
MANAGED_MODEL = "properties.model"


def model_id(resource: Resource, path: str) -> str:
    """Return the registry id at a path.

    Raises:
        NotApplicable: there is none.
        Undecided: it is not known yet.
    """
    found = (resource.text(path) or "").strip()
    if not found:
        raise NotApplicable("no model is named")
    return found


def llama(resource: Resource, path: str) -> Model:
    """Return the model of the catalogue that the id at a path names, in whichever spelling.

    Raises:
        NotApplicable: it is none of the catalogue's.
        Undecided: the id is not known yet, not readable, or of a model of Meta's that the catalogue lacks.
    """
    found = reference(resource, path)
    if found.is_unknown_of_meta:
        raise Undecided(path, reason=f"the catalogue has no model {found.name} of Meta's registry")
    if found.model is None:
        raise NotApplicable("the model is not of the catalogue")
    return found.model


def reference(resource: Resource, path: str) -> ModelReference:
    """Return the model's id at a path, taken apart.

    Raises:
        NotApplicable: there is none.
        Undecided: it is not known yet, or has none of the spellings that Azure knows.
    """
    found = model_reference(model_id(resource, path))
    if found is None:
        raise Undecided(path, reason="the model's id has none of the spellings that Azure Machine Learning knows")
    return found
