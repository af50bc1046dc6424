"""What the estate page shows, as one document. The page is made of nothing else, and it holds no secret.

What is not known is a :class:`NotKnown` that says why; a number is never made up for it.
"""

import datetime as dt
from enum import StrEnum
from typing import Literal

from llama_azure_core.frozen import Frozen


class NotKnown(Frozen):
    """Something that nobody evaluated."""

    not_known: str
    """Why, in words that follow ``not evaluated:``."""


class Change(StrEnum):
    """What an update would do to a resource, or to all that a part of the page stands for."""

    CREATE = "create"
    UPDATE = "update"
    REPLACE = "replace"
    DELETE = "delete"

    @property
    def word(self) -> str:
        """What is said beside the colour."""
        return {"create": "new", "update": "changes", "replace": "is replaced", "delete": "goes"}[self.value]


class Tone(StrEnum):
    """How much something wants to be looked at."""

    CALM = "calm"
    NEAR = "near"
    """Soon."""
    BAD = "bad"
    """Now."""


class Step(Frozen):
    """A resource that an update would change."""

    change: Change
    type: str
    name: str
    """In the program."""
    properties: tuple[str, ...] = ()
    """The paths of the properties that differ."""


class Changes(Frozen):
    """What an update would do."""

    source: str
    """Who says so, such as ``a preview``."""
    when: dt.datetime | None
    steps: tuple[Step, ...]
    errors: tuple[str, ...] = ()
    """What keeps it from being done."""
    note: str = ""
    """What it does not tell."""
    cost: str = ""
    """What it makes of a month's cost; empty where nobody says."""

    def count(self, change: Change) -> int:
        """Return how many resources a change is for."""
        return sum(one.change is change for one in self.steps)


class Said(Frozen):
    """What the guardrails or preflight found; what is alike is one."""

    id: str
    title: str
    result: str
    """fail, error, unknown (undecided) or warn."""
    blocks: bool
    answer: str
    remedy: str
    subjects: tuple[str, ...]
    page: str = ""


class Judgement(Frozen):
    """A report of the guardrails or of preflight."""

    when: dt.datetime | None
    """When it was made; ``None`` where nobody noted it."""
    passed: int
    blocking: int
    undecided: int
    """What could not be judged: unknown, or what judges was broken."""
    warnings: int
    said: tuple[Said, ...]
    """What did not pass, the worst first."""


class Countdown(Frozen):
    """The next day on which something of an endpoint's model ends."""

    day: dt.date
    days: int
    """Until then; none or fewer: it has come."""
    what: str
    tone: Tone


class Bar(Frozen):
    """A limit, and how much of it is used."""

    name: str
    used: float | NotKnown
    limit: float | NotKnown
    unit: str = ""

    @property
    def share(self) -> float | None:
        """The part that is used, from 0 to 1; ``None`` where it is not known."""
        if isinstance(self.used, NotKnown) or isinstance(self.limit, NotKnown):
            return None
        return min(1.0, self.used / self.limit) if self.limit else (1.0 if self.used else 0.0)

    @property
    def tone(self) -> Tone:
        """How near the limit is."""
        share = self.share
        if share is None or share < 0.8:
            return Tone.CALM
        return Tone.BAD if share >= 1 else Tone.NEAR


class Price(Frozen):
    """What an endpoint or a stack costs."""

    told: str
    """Such as ``0.71 / 0.71 USD per 1M tokens``, for those sent and those got."""
    note: str = ""
    """What is assumed, and the day of the prices."""
    unknown: tuple[str, ...] = ()
    """What is in no sum."""


class Share(Frozen):
    """A deployment behind an online endpoint, and its part of the requests."""

    deployment: str
    model: str
    vm_size: str
    instances: int
    wanted: int | None
    """In percent, as the settings say; ``None`` where the settings leave the traffic alone."""
    actual: int | NotKnown
    mirror: int = 0
    change: Change | None = None


class Call(Frozen):
    """How an endpoint is called."""

    base_url: str
    deployment: str
    auth: str
    routes: dict[str, str]


class Endpoint(Frozen):
    """An endpoint."""

    id: str
    """Of its place on the page."""
    key: str
    """What the stack's outputs call it."""
    name: str
    """In Azure."""
    path: str
    """Where the settings describe it; empty for one that they no longer do."""
    back_end: str
    model: str
    version: str
    api: str
    change: Change | None
    deployed: bool | NotKnown
    ends: Countdown | NotKnown
    limits: tuple[Bar, ...]
    price: Price | NotKnown
    blocking: int
    undecided: int
    warnings: int
    judged: bool
    """Whether the guardrails were asked at all."""
    said: tuple[Said, ...]
    steps: tuple[Step, ...]
    traffic: tuple[Share, ...]
    call: Call | NotKnown


class ProjectPart(Frozen):
    """A project and its endpoints."""

    id: str
    key: str
    name: str
    owner: str
    change: Change | None
    endpoints: tuple[Endpoint, ...]


class Place(Frozen):
    """A hub or a Foundry resource, and its projects."""

    id: str
    kind: Literal["hub", "foundry"]
    name: str
    owner: str
    change: Change | None
    closed: bool | NotKnown
    """Whether public networks are kept out."""
    projects: tuple[ProjectPart, ...]


class NetworkPart(Frozen):
    """The virtual network in which the private endpoints lie."""

    name: str
    subnet: str
    owner: str
    zones: tuple[str, ...]


class Environment(Frozen):
    """One stack."""

    id: str
    name: str
    region: str
    group: str
    judged_on: dt.date
    """The date on which models are judged."""
    sentence: str
    deployed: bool | NotKnown
    network: NetworkPart | None
    places: tuple[Place, ...]
    quotas: tuple[Bar, ...]
    changes: Changes | NotKnown
    guardrails: Judgement | NotKnown
    preflight: Judgement | NotKnown
    cost: Price | NotKnown
    problem: str = ""
    """Why the stack cannot be read; then there is nothing else."""

    @property
    def endpoints(self) -> tuple[Endpoint, ...]:
        """Every endpoint."""
        return tuple(one for place in self.places for project in place.projects for one in project.endpoints)


class Page(Frozen):
    """The whole page."""

    made: dt.datetime
    sentence: str
    tone: Tone
    environments: tuple[Environment, ...]
