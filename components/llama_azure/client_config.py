"""Which subscription a program deploys to, asked while the rest of the program loads.

The first question to azure-native makes the engine start its plugin, and the program waits for it. Asked before the
modules of the settings, the plan and the components are loaded, the plugin starts beside them.
"""

import weakref
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, cast

from pulumi.runtime import rpc, settings
from pulumi.runtime.proto import resource_pb2
from pulumi.runtime.settings import grpc_error_to_exception

from llama_azure._azure_native import VERSION, authorization

_TOKEN = "azure-native:authorization:getClientConfig"  # noqa: S105 - what Pulumi calls a function's name
_asked: weakref.WeakKeyDictionary[Any, Future[Any]] = weakref.WeakKeyDictionary()
"""By the connection to the engine of each program that asked: in one process there may be one after the other."""


def ask_early() -> None:
    """Ask which subscription is deployed to, and do not wait for the answer."""
    monitor = settings.get_monitor()
    if monitor is None:
        return
    executor = ThreadPoolExecutor(1, "client-config")
    _asked[monitor] = executor.submit(monitor.Invoke, resource_pb2.ResourceInvokeRequest(tok=_TOKEN, version=VERSION))
    executor.shutdown(wait=False)


def subscription_id() -> str:
    """Return the subscription that the program's azure-native provider deploys to.

    Raises:
        Exception: azure-native cannot say; of the type that the SDK raises, in its words and the plugin's.
    """
    monitor = settings.get_monitor()
    early = None if monitor is None else _asked.pop(monitor, None)
    if early is not None:
        try:
            answer = early.result()
        except Exception as error:  # noqa: BLE001 - gRPC's alone, which is not imported for its name
            raise Exception(f"invoke of {_TOKEN} failed: {grpc_error_to_exception(cast(Any, error))}") from None  # noqa: TRY002
        if not answer.failures:
            return str(rpc.deserialize_properties(getattr(answer, "return"))["subscriptionId"])
    return authorization.get_client_config().subscription_id
