"""What each rule says of which resources: one table for each folder of rules."""

from tests.policy.cases import compute, data, general, identity, models, network, operations, regions
from tests.policy.cases._table import Cases

ALL: dict[str, Cases] = {
    name: cases
    for table in (
        general.CASES,
        regions.CASES,
        identity.CASES,
        models.CASES,
        compute.CASES,
        network.CASES,
        data.CASES,
        operations.CASES,
    )
    for name, cases in table.items()
}
