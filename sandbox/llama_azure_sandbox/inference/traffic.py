"""How an online endpoint spreads requests over its deployments: by weight, exactly, and the same each time."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(slots=True)
class _Spread:
    weights: dict[str, int]
    balance: dict[str, int] = field(default_factory=dict)


class Traffic:
    """Smooth weighted round robin: of each hundred requests, every deployment gets its share, evenly spread.

    Where the traffic of an endpoint changes, the count begins anew. Safe to use from several threads.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._spreads: dict[str, _Spread] = {}

    def next(self, name: str, weights: Mapping[str, int]) -> str | None:
        """Return who gets the next request of a stream called ``name``; ``None`` if no weight is positive."""
        positive = {one: weight for one, weight in weights.items() if weight > 0}
        if not positive:
            return None
        with self._lock:
            spread = self._spreads.get(name)
            if spread is None or spread.weights != positive:
                spread = self._spreads[name] = _Spread(positive, dict.fromkeys(positive, 0))
            for one, weight in positive.items():
                spread.balance[one] += weight
            chosen = max(spread.balance, key=lambda one: spread.balance[one])
            spread.balance[chosen] -= sum(positive.values())
            return chosen
