"""What each rule says of which resources: a table for each area.

A rule that says no more than its example shows has no entry: its cases are those of the example.
"""

from tests.policy.cases import compute, data, foundry, gateways, general, identity, models, network, operations, regions
from tests.policy.cases._table import Cases, by_example
from tests.policy.judging import BY_NAME

_SHOWN = {name: by_example(name) for name, rule in BY_NAME.items() if rule.example is not None}

ALL: dict[str, Cases] = _SHOWN | {
    name: cases
    for table in (
        general.CASES,
        regions.CASES,
        identity.CASES,
        models.CASES,
        compute.CASES,
        network.CASES,
        data.CASES,
        foundry.CASES,
        gateways.CASES,
        operations.CASES,
    )
    for name, cases in table.items()
}
