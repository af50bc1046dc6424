"""The plugin process: ``pulumi-resource-azure-native`` of the sandbox's own Pulumi home starts it."""

import os
import signal
import sys
import threading
import time
from concurrent import futures
from importlib.util import find_spec, module_from_spec
from pathlib import Path

import grpc

from llama_azure_core.loading import without_collecting

_THREADS = 64
_MAX_MESSAGE_BYTES = 400 * 1024 * 1024
_PARENT_CHECK_SECONDS = 1.0


def main() -> None:
    """Serve the engine that started this process until it goes away."""
    _leave_out_the_sdk()
    _trust_the_sandbox_alone()
    with without_collecting():
        from pulumi.runtime.proto import provider_pb2_grpc

        from llama_azure_sandbox.provider.servicer import AzureNativeServicer

    server = grpc.server(
        futures.ThreadPoolExecutor(_THREADS),
        options=[
            ("grpc.max_receive_message_length", _MAX_MESSAGE_BYTES),
            ("grpc.max_send_message_length", _MAX_MESSAGE_BYTES),
        ],
    )
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(AzureNativeServicer(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    threading.Thread(target=_leave_with, args=(os.getppid(),), daemon=True).start()
    # The engine interrupts a plugin that it needs no more, after cancelling what still ran.
    signal.signal(signal.SIGINT, lambda *_: os._exit(0))
    print(port, flush=True)
    server.wait_for_termination()


def _leave_out_the_sdk() -> None:
    """Have the messages in ``pulumi.runtime.proto`` imported alone.

    Nothing else of Pulumi's SDK for programs is used here, and running the packages around the messages would take a
    third of each start.
    """
    for name in ("pulumi", "pulumi.runtime"):
        spec = find_spec(name)
        if spec is not None:
            sys.modules[name] = module_from_spec(spec)


def _trust_the_sandbox_alone() -> None:
    """Trust no public authority: each connection reads anew whom it trusts, and none leads elsewhere."""
    bundle = Path(os.environ.get("REQUESTS_CA_BUNDLE", ""))
    own = bundle.with_name("ca.pem") if bundle.name == "ca-bundle.pem" else bundle
    if own.is_file():
        os.environ["REQUESTS_CA_BUNDLE"] = str(own)


def _leave_with(parent: int) -> None:
    """End this process when the engine is gone, even one that was killed."""
    while os.getppid() == parent:
        time.sleep(_PARENT_CHECK_SECONDS)
    os._exit(0)


if __name__ == "__main__":
    main()
