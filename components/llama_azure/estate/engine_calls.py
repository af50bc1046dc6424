"""What a program sends to the engine beside its resources, made to cost little.

Pulumi's SDK for Python has no settings for any of it. Where another version of the SDK lacks a name that is used here,
the program does what the SDK does.
"""

import itertools
import sys
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

from pulumi.runtime import resource, settings
from pulumi.runtime.proto import engine_pb2, resource_pb2, source_pb2
from pulumi.runtime.sync_await import _sync_await

_COMPONENT = "llama-azure:index:"
_CONSTRUCTORS = 3
"""Of Resource, of CustomResource or ComponentResource, and of the class itself, which a line of the program calls."""


def spare_the_engine() -> None:
    """Have the program that runs send what it must, once, and wait for nothing that it does not need."""
    send_debug_messages_without_waiting()
    keep_stack_traces_out_of_the_state()
    keep_outputs_of_components_out_of_the_state()
    answer_callbacks_in_one_place()


def send_debug_messages_without_waiting() -> None:
    """Have the SDK's own debug messages, some ten for each resource, reach the engine while the program goes on.

    The SDK sends each and waits, on the loop that all registrations run on: a fifth of the program's time with twenty
    endpoints. They still arrive all, and in their order, those that wait together in one message of as many lines:
    Python waits for the thread before it ends.
    """
    engine = settings.get_engine()
    if engine is None:
        return
    send, sender, waiting = engine.Log, ThreadPoolExecutor(1, "debug-messages"), deque[engine_pb2.LogRequest]()

    def send_waiting() -> None:
        requests = [waiting.popleft() for _ in range(len(waiting))]
        for (urn, stream), alike in itertools.groupby(requests, lambda one: (one.urn, one.streamId)):
            words = "\n".join(one.message for one in alike)
            send(engine_pb2.LogRequest(severity=engine_pb2.DEBUG, message=words, urn=urn, streamId=stream))

    def log(request: engine_pb2.LogRequest) -> Future[None] | object:
        if request.severity != engine_pb2.DEBUG:
            return send(request)
        waiting.append(request)
        return sender.submit(send_waiting)

    engine.Log = log


def keep_stack_traces_out_of_the_state() -> None:
    """Register resources with the line that declares them, and without the calls and the folders that led to it.

    The SDK sends some fifteen of them for each resource, from the interpreter's own files down, and the engine keeps
    them: half of the state, which is written anew after each resource. To find them it reads the sources of all.
    """
    monitor = settings.get_monitor()
    if monitor is None:
        return

    def without(send: Callable[[Any], object]) -> Callable[[Any], object]:
        def sent(request: resource_pb2.RegisterResourceRequest | resource_pb2.ReadResourceRequest) -> object:
            request.ClearField("stackTrace")
            return send(request)

        return sent

    monitor.RegisterResource = without(monitor.RegisterResource)
    monitor.ReadResource = without(monitor.ReadResource)
    if hasattr(resource, "_get_stack_trace"):
        resource._get_stack_trace = line_that_declares  # noqa: SLF001 - see above


def keep_outputs_of_components_out_of_the_state() -> None:
    """Register what a component tells as nothing: in a stack's own program it repeats its children's, keys included.

    Nothing outside of the program sees a component's outputs. They are told all the same, which takes out what a
    version before left in the state, and says that the component is done.
    """
    monitor = settings.get_monitor()
    if monitor is None:
        return
    send = monitor.RegisterResourceOutputs

    def without(request: resource_pb2.RegisterResourceOutputsRequest) -> object:
        if request.urn.split("::")[2].rpartition("$")[2].startswith(_COMPONENT):
            request.ClearField("outputs")
        return send(request)

    monitor.RegisterResourceOutputs = without


def line_that_declares() -> source_pb2.StackTrace:
    """Return the first of the calls that the SDK would: where the program calls the constructor of a resource."""
    frame, constructors = sys._getframe(1), 0  # noqa: SLF001 - the documented way to look at one frame
    while frame.f_back is not None:
        constructors += frame.f_code.co_name == "__init__"
        frame = frame.f_back
        if constructors == _CONSTRUCTORS:
            try:
                position = source_pb2.SourcePosition(uri=Path(frame.f_code.co_filename).as_uri(), line=frame.f_lineno)
            except ValueError:  # no file, such as one of text that is run
                return source_pb2.StackTrace(frames=[source_pb2.StackFrame()])
            return source_pb2.StackTrace(frames=[source_pb2.StackFrame(pc=position)])
    return source_pb2.StackTrace()


def answer_callbacks_in_one_place() -> None:
    """Start the one server that answers the engine's calls of the components' transforms.

    The SDK starts it where a resource needs it, and keeps it in the context of that resource's registration alone, so
    that there is another one for each: with twenty endpoints fifty-five, each with a port and a connection of the
    engine's. Kept in the program's own context, every registration has it.
    """
    if settings.get_monitor() is not None and hasattr(settings, "_get_callbacks"):
        settings.SETTINGS.callbacks = _sync_await(settings._get_callbacks())  # noqa: SLF001 - see above
