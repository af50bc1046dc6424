"""What the engine's protocol marks values with, in the pack and in the SDK."""

from pulumi.runtime import rpc
from pulumi_policy import deserialize, proxy

from llama_guardrails import wire


def test_the_markers_are_those_of_the_sdk() -> None:
    sentinels = {value for name, value in vars(proxy).items() if name.startswith("UNKNOWN_")}
    assert sentinels == wire.UNKNOWN_SENTINELS
    assert rpc.UNKNOWN in wire.UNKNOWN_SENTINELS
    assert deserialize.SPECIAL_SIG_KEY == wire.SIGNATURE_KEY
    assert deserialize.SPECIAL_SECRET_SIG == wire.SECRET_SIGNATURE
