"""Managed compute: one address and keys per online endpoint, and its deployments behind it (source S25)."""

import datetime as dt
import json
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from llama_azure_core.catalogue import Api
from llama_azure_core.parameters import Family
from llama_azure_sandbox.inference import chat_and_completions
from llama_azure_sandbox.inference.access import Access
from llama_azure_sandbox.inference.collection import INPUTS, OUTPUTS, collect
from llama_azure_sandbox.inference.endpoints import Deployment, Endpoint, Endpoints
from llama_azure_sandbox.inference.errors import model_error, no_such_endpoint, refusal, too_many_requests
from llama_azure_sandbox.inference.ledger import Ledger
from llama_azure_sandbox.inference.measuring import SOURCE
from llama_azure_sandbox.inference.openapi import online_openapi_document
from llama_azure_sandbox.inference.reading import read_json
from llama_azure_sandbox.inference.score import read_score, score_body
from llama_azure_sandbox.inference.serving import Serving, Target
from llama_azure_sandbox.inference.traffic import Traffic

DEPLOYMENT_HEADER = "azureml-model-deployment"

MODEL_INFERENCE_SINCE = dt.date(2024, 6, 24)
"""Models deployed to managed compute after this day answer the Model Inference API too (source S27)."""

_HUNDRED = 100


class Managed:
    """Answers requests to online endpoints. Safe to use from several threads."""

    def __init__(self, endpoints: Endpoints, access: Access, serving: Serving, ledger: Ledger) -> None:
        self._endpoints = endpoints
        self._access = access
        self._serving = serving
        self._ledger = ledger
        self._traffic = Traffic()
        self._lock = threading.Lock()
        self._in_progress = Counter[str]()

    def score(self, request: Request, content: bytes) -> Response:
        """Answer the scoring route.

        Raises:
            DataPlaneError: the request is refused.
        """
        target = self._target(request)
        with self._taking(target.deployment):
            body = read_json(content)
            # A model of neither API is scored as one that completes texts.
            api = Api.CHAT if target.model.api is Api.CHAT else Api.COMPLETIONS
            asked, full_text = read_score(body, api)
            answers = [self._serving.complete(target, one) for one in asked]
            output = score_body(api, asked, answers, full_text=full_text)
        self._keep(target.deployment, body, output)
        return self._signed(target, JSONResponse(output))

    def completions(self, request: Request, content: bytes, api: Api, family: Family) -> Response:
        """Answer the routes of chat and text completions, which models have that were deployed late enough.

        Raises:
            DataPlaneError: the request is refused.
        """
        target = self._target(request)
        if self._endpoints.current().as_of <= MODEL_INFERENCE_SINCE:
            raise refusal(
                404,
                "NotFound",
                f"Models on managed compute answer only /score up to {MODEL_INFERENCE_SINCE}; deploy one later.",
            )
        with self._taking(target.deployment):
            answer = chat_and_completions.answer(self._serving, target, request, content, api, family)
        # A streamed answer is not collected: its text is gone when it has been sent.
        if isinstance(answer, JSONResponse):
            self._keep(target.deployment, read_json(content), json.loads(bytes(answer.body)))
        return self._signed(target, answer)

    def info(self, request: Request) -> Response:
        """Say which model the deployment serves that the request is routed to.

        Raises:
            DataPlaneError: the request is refused.
        """
        return chat_and_completions.info(self._target(request).model)

    def openapi(self, request: Request) -> Response:
        """Return the OpenAPI document, where the endpoint's ``swaggerUri`` points.

        Raises:
            DataPlaneError: the request is refused.
        """
        target = self._target(request)
        return JSONResponse(online_openapi_document(target.model, str(request.url).removesuffix("/swagger.json")))

    def _target(self, request: Request) -> Target:
        region, name = request.path_params["region"], request.path_params["endpoint"]
        current = self._endpoints.current()
        endpoint = current.managed.get((region.lower(), name.lower()))
        if endpoint is None:
            raise no_such_endpoint(name, region)
        self._access.require(endpoint, request.headers)
        deployment = self._routed(endpoint, request.headers.get(DEPLOYMENT_HEADER))
        setattr(request.state, SOURCE, deployment.key)
        if deployment.model is None:
            raise model_error(500, f"the model of deployment {deployment.name} is not known to this sandbox")
        return Target(
            endpoint,
            deployment,
            deployment.model,
            window=endpoint.id.lower(),
            limit=current.limits.managed,
            managed=True,
            timeout=deployment.request_timeout,
        )

    def _routed(self, endpoint: Endpoint, named: str | None) -> Deployment:
        if named is not None:
            chosen: str | None = named
        else:
            ready = {name: share for name, share in endpoint.traffic.items() if name in endpoint.deployments}
            chosen = self._traffic.next(endpoint.id, ready)
            self._mirror(endpoint)
        deployment = endpoint.deployments.get(chosen or "")
        if deployment is None:
            what = f"is called {named}" if named else "has positive traffic"
            raise refusal(404, "NotFound", f"No deployment of the endpoint {endpoint.name} {what}.")
        self._ledger.count_request(deployment.key, "routed")
        return deployment

    def _mirror(self, endpoint: Endpoint) -> None:
        """Count the copy of a routed request that a mirror gets; nobody gets the answer, so none is made."""
        for name, share in endpoint.mirror.items():
            if name in endpoint.deployments and share > 0:
                copied = self._traffic.next(f"{endpoint.id}#{name}", {name: share, "": _HUNDRED - share})
                if copied:
                    self._ledger.count_request(endpoint.deployments[name].key, "mirrored")

    @contextmanager
    def _taking(self, deployment: Deployment) -> Iterator[None]:
        """Hold one of the places of a deployment's requests in progress."""
        with self._lock:
            if self._in_progress[deployment.key] >= deployment.parallel_requests:
                raise too_many_requests(1, f"{deployment.parallel_requests} requests in progress")
            self._in_progress[deployment.key] += 1
        try:
            yield
        finally:
            with self._lock:
                self._in_progress[deployment.key] -= 1

    def _keep(self, deployment: Deployment, given: Any, output: Any) -> None:
        if deployment.collects:
            collect(self._ledger, deployment, self._endpoints.now(), {INPUTS: given, OUTPUTS: output})

    def _signed(self, target: Target, answer: Response) -> Response:
        answer.headers[DEPLOYMENT_HEADER] = target.deployment.name
        return answer
