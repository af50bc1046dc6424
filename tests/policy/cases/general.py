"""The pack itself."""

import datetime as dt

from llama_guardrails.resource_types import SERVERLESS_ENDPOINT
from tests.policy.cases._table import Cases
from tests.policy.specimens import specimen

_EXEMPTION = {
    "rule": "LLA-REG-001",
    "resources": "old-*",
    "reason": "it moves in the autumn",
    "owner": "team-llama",
    "expires": "2024-06-30",
}
_IN_FORCE = {**_EXEMPTION, "expires": "2024-07-01"}

CASES = {
    "guardrails-configuration": Cases(
        good=[],  # see configured: an estate has no part in it
        bad=[([], {"stack": "exemptions[0]"})],
        unknown=[],  # a configuration is known
        configured=[
            ({"exemptions": [_IN_FORCE]}, [specimen(SERVERLESS_ENDPOINT, "old-one")], {}),
            # It matches nothing, or could only keep its own expiry quiet.
            ({"exemptions": [_IN_FORCE]}, [specimen(SERVERLESS_ENDPOINT, "new")], {"stack": "exemptions[0]"}),
            *(
                ({"exemptions": [{**_IN_FORCE, "resources": "*", "rule": rule}]}, [], {"stack": "exemptions[0]"})
                for rule in ("guardrails-configuration", "lla-cfg-001")
            ),
        ],
        options={"exemptions": [_EXEMPTION]},
    ),
    "judged-on-today": Cases(
        good=[],  # see configured: an estate has no part in it
        bad=[([], {"stack": ""})],
        unknown=[],  # the dates are known
        configured=[({"enforcementLevel": "disabled"}, [], {})],
        on=dt.date(2024, 6, 30),
    ),
}
