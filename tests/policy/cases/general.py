"""The pack itself."""

import datetime as dt

from tests.policy.cases._table import Cases

_EXEMPTION = {
    "rule": "LLA-REG-001",
    "resources": "old-*",
    "reason": "it moves in the autumn",
    "owner": "team-llama",
    "expires": "2024-06-30",
}

CASES = {
    "guardrails-configuration": Cases(
        good=[],  # see configured: an estate has no part in it
        bad=[([], {"stack": "exemptions[0]"})],
        unknown=[],  # a configuration is known
        configured=[({"exemptions": [{**_EXEMPTION, "expires": "2024-07-01"}]}, [], {})],
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
