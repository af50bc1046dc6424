"""The data plane of Foundry resources: deployments behind one address of an account, called by their names."""

import uuid
from collections.abc import Callable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from llama_azure_core.catalogue import Api, Model
from llama_azure_core.foundry import foundry_models
from llama_azure_core.parameters import Family
from llama_azure_core.regions import region_display_name
from llama_azure_sandbox.inference import chat_and_completions
from llama_azure_sandbox.inference.endpoints import Endpoints
from llama_azure_sandbox.inference.errors import DataPlaneError, bad_request
from llama_azure_sandbox.inference.foundry_access import (
    CHAT_BY_MODELS,
    CHAT_BY_OPENAI,
    LIST_MODELS,
    MODEL_INFO,
    FoundryAccess,
)
from llama_azure_sandbox.inference.foundry_accounts import (
    FoundryAccount,
    FoundryAccounts,
    ModelDeployment,
    model_named,
)
from llama_azure_sandbox.inference.foundry_errors import (
    as_openai,
    deployment_not_found,
    deployment_paused,
    model_retired,
    no_model_name,
    no_such_account,
    no_such_path,
    rate_exceeded,
    unknown_model,
)
from llama_azure_sandbox.inference.measuring import SOURCE
from llama_azure_sandbox.inference.reading import read_json
from llama_azure_sandbox.inference.serving import Serving, Target

_OWNER = "Meta"


class Foundry:
    """Answers requests to Foundry resources. Safe to use from several threads."""

    def __init__(
        self, accounts: FoundryAccounts, endpoints: Endpoints, access: FoundryAccess, serving: Serving
    ) -> None:
        self._accounts = accounts
        self._endpoints = endpoints
        self._access = access
        self._serving = serving

    def chat_v1(self, request: Request, content: bytes) -> Response:
        """Answer OpenAI's own route, of an account or of one of its projects: ``model`` names the deployment.

        Raises:
            DataPlaneError: the request is refused.
        """
        with _Shaped(as_openai):
            account = self._account(request, CHAT_BY_OPENAI, bearer_keys=True)
            body = read_json(content)
            name = body.get("model")
            if not isinstance(name, str) or not name:
                raise bad_request("you must provide a model parameter")
            return self._chat(account, request, body, name, Family.OPENAI, deployment_not_found())

    def chat_of_deployment(self, request: Request, content: bytes) -> Response:
        """Answer the route that AzureOpenAI clients call: the path names the deployment.

        Raises:
            DataPlaneError: the request is refused.
        """
        with _Shaped(as_openai):
            _require_api_version(request)
            account = self._account(request, CHAT_BY_OPENAI)
            name = request.path_params["deployment"]
            return self._chat(account, request, read_json(content), name, Family.OPENAI, deployment_not_found())

    def chat_by_models(self, request: Request, content: bytes) -> Response:
        """Answer the Azure AI Model Inference API: ``model`` names the deployment.

        Raises:
            DataPlaneError: the request is refused.
        """
        _require_api_version(request)
        account = self._account(request, CHAT_BY_MODELS, bearer_keys=True)
        body = read_json(content)
        name = body.get("model")
        if not isinstance(name, str) or not name:
            raise no_model_name()
        return self._chat(account, request, body, name, Family.MODEL_INFERENCE, unknown_model(name))

    def models(self, request: Request, _content: bytes) -> Response:
        """List the models that can be deployed, not the deployments.

        Raises:
            DataPlaneError: the request is refused.
        """
        account = self._account(request, LIST_MODELS, bearer_keys=True)
        return self._signed(
            account, JSONResponse({"object": "list", "data": [_model(one) for one in foundry_models()]})
        )

    def models_of_version(self, request: Request, content: bytes) -> Response:
        """List them at the path that has an api-version.

        Raises:
            DataPlaneError: the request is refused.
        """
        _require_api_version(request)
        return self.models(request, content)

    def model(self, request: Request, _content: bytes) -> Response:
        """Describe one model that can be deployed.

        Raises:
            DataPlaneError: the request is refused.
        """
        account = self._account(request, LIST_MODELS, bearer_keys=True)
        wanted = request.path_params["model"].lower()
        for one in foundry_models():
            if one.lower() == wanted:
                return self._signed(account, JSONResponse(_model(one)))
        raise no_such_path()

    def info(self, request: Request, _content: bytes) -> Response:
        """Say which model a deployment serves: of the query's ``model``, or the only one that there is.

        Raises:
            DataPlaneError: the request is refused.
        """
        _require_api_version(request)
        account = self._account(request, MODEL_INFO, bearer_keys=True)
        name = request.query_params.get("model") or (
            next(iter(account.deployments)) if len(account.deployments) == 1 else ""
        )
        if not name:
            raise no_model_name()
        deployment = account.deployments.get(name.lower())
        if deployment is None or deployment.model is None:
            raise unknown_model(name)
        return self._signed(account, chat_and_completions.info(deployment.model))

    def nothing(self, _request: Request, _content: bytes) -> Response:
        """Refuse a path that there is not.

        Raises:
            DataPlaneError: 404, always.
        """
        raise no_such_path()

    def _account(self, request: Request, actions: tuple[str, ...], *, bearer_keys: bool = False) -> FoundryAccount:
        """Return the account that a request is for, if its sender may do what it asks for."""
        name, project = request.path_params["account"], request.path_params.get("project")
        account = self._accounts.current().get(name.lower())
        if account is None:
            raise no_such_account(name)
        self._access.require_way_in(account, request)
        scope = account.endpoint.id
        if project is not None:
            scope = f"{scope}/projects/{project}"
        self._access.require(account, scope, request, actions, bearer_keys=bearer_keys)
        if project is not None and project.lower() not in account.projects:
            raise no_such_path()
        return account

    def _chat(
        self,
        account: FoundryAccount,
        request: Request,
        body: Mapping[str, Any],
        name: str,
        family: Family,
        missing: DataPlaneError,
    ) -> Response:
        deployment = account.deployments.get(name.lower())
        if deployment is None or deployment.model is None:
            raise missing
        setattr(request.state, SOURCE, deployment.key)
        self._require_serving(deployment, deployment.model)
        target = Target(
            account.endpoint,
            deployment,
            deployment.model,
            window=deployment.instance,
            limit=deployment.limit,
            managed=False,
            answers_as=deployment.name,
            sku=deployment.sku,
            excess=rate_exceeded,
        )
        try:
            answer = chat_and_completions.answer_body(self._serving, target, request, body, Api.CHAT, family)
        except DataPlaneError as error:
            error.headers |= self._headers(account, target)
            raise
        return self._signed(account, answer, target)

    def _require_serving(self, deployment: ModelDeployment, model: Model) -> None:
        if deployment.ends_on is not None and self._endpoints.current().as_of >= deployment.ends_on:
            raise model_retired(model.name, deployment.ends_on)
        if deployment.is_paused:
            raise deployment_paused(deployment.name)

    def _signed(self, account: FoundryAccount, answer: Response, target: Target | None = None) -> Response:
        answer.headers.update(self._headers(account, target))
        return answer

    def _headers(self, account: FoundryAccount, target: Target | None) -> dict[str, str]:
        """Return the headers of an answer (source S222)."""
        named = {
            "apim-request-id": str(uuid.uuid4()),
            "x-ms-region": region_display_name(account.endpoint.region),
        }
        if target is None:
            return named
        requests, tokens = self._serving.left(target)
        return {
            **named,
            "x-ratelimit-limit-requests": str(target.limit.requests),
            "x-ratelimit-limit-tokens": str(target.limit.tokens),
            "x-ratelimit-remaining-requests": str(requests),
            "x-ratelimit-remaining-tokens": str(tokens),
        }


class _Shaped:
    """Puts what is refused within into another shape."""

    def __init__(self, shape: Callable[[DataPlaneError], DataPlaneError]) -> None:
        self._shape = shape

    def __enter__(self) -> None:
        pass

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, DataPlaneError):
            raise self._shape(error) from None


def _require_api_version(request: Request) -> None:
    if not request.query_params.get("api-version"):
        raise no_such_path()


def _model(name: str) -> dict[str, Any]:
    model = model_named(name)
    return {"id": model.name, "object": "model", "created": 0, "owned_by": _OWNER, "status": "succeeded"}
