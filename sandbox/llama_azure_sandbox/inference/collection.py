"""Collected inference data: what went into a deployment and what came out, where it was deployed to keep it.

Azure writes CloudEvents as lines of JSON into the workspace's storage; here they are kept in the sandbox's file and
read from its administration. The names of the events' fields are those of Azure's production data, as far as they are
about the event; their values beyond that are inferred.
"""

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

from llama_azure_sandbox.inference.endpoints import Deployment
from llama_azure_sandbox.inference.ledger import Ledger

INPUTS = "model_inputs"
OUTPUTS = "model_outputs"

_TYPES = {INPUTS: "azureml.inference.inputs", OUTPUTS: "azureml.inference.outputs"}


def collect(ledger: Ledger, deployment: Deployment, now: float, bodies: Mapping[str, Any]) -> None:
    """Keep the bodies of one exchange, by collection, as far as the deployment collects them."""
    exchange = str(uuid.uuid4())
    for collection, body in bodies.items():
        if collection not in deployment.collects:
            continue
        event = {
            "specversion": "1.0",
            "id": str(uuid.uuid4()),
            "source": deployment.key,
            "type": _TYPES[collection],
            "datacontenttype": "application/json",
            "time": dt.datetime.fromtimestamp(now, dt.UTC).isoformat().replace("+00:00", "Z"),
            "correlationid": exchange,
            "data": [body],
        }
        ledger.collect(deployment.key, collection, event)
