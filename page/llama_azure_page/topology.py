"""The picture of an environment: where each node and line of it lies. Pure geometry, in the units of its view box."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count

from llama_azure_page.document import Change, Countdown, Endpoint, Environment, NotKnown, Place, ProjectPart, Tone

WIDTH = 1120.0
_NETWORK_X, _PLACE_X, _PROJECT_X, _ENDPOINT_X = 20.0, 232.0, 486.0, 730.0
_NETWORK_WIDTH, _PLACE_WIDTH, _PROJECT_WIDTH, _ENDPOINT_WIDTH = 150.0, 200.0, 190.0, 360.0
_HEIGHT, _GAP, _TOP, _BOTTOM = 46.0, 12.0, 56.0, 28.0
_LOW = 32.0
"""How high a project is beside dots: it has one line."""
_DOT, _DOTS_IN_ROW = 15.0, 24
_MOST_NODES = 40
"""So many endpoints of an environment are drawn with their names; of more, each is a dot."""
_LONG = 500.0
"""From this height on an environment is not seen as a whole."""
_CHARACTER = 7.1
"""About how wide a letter is."""


@dataclass(frozen=True, slots=True)
class Node:
    """A box with a title and a line below it."""

    kind: str
    """network, hub, foundry, project, or an endpoint's back end."""
    x: float
    y: float
    width: float
    height: float
    title: str
    subtitle: str
    href: str
    change: Change | None = None
    tone: Tone = Tone.CALM
    shares: tuple[tuple[str, float, float], ...] = ()
    """Of blue and green: name, where its part of the bar begins, and how wide it is."""

    @property
    def middle(self) -> float:
        """Where lines meet it."""
        return self.y + self.height / 2


@dataclass(frozen=True, slots=True)
class Dot:
    """An endpoint among many."""

    x: float
    y: float
    back_end: str
    title: str
    change: Change | None
    tone: Tone


@dataclass(frozen=True, slots=True)
class Line:
    """A line from one node to another."""

    x1: float
    y1: float
    x2: float
    y2: float
    kind: str = ""
    """private, public, closed or unknown, where it is a way in."""
    change: Change | None = None

    @property
    def path(self) -> str:
        """The curve, in the words of SVG."""
        bend = (self.x2 - self.x1) / 2
        return (
            f"M{self.x1:.0f} {self.y1:.0f}C{self.x1 + bend:.0f} {self.y1:.0f} "
            f"{self.x2 - bend:.0f} {self.y2:.0f} {self.x2:.0f} {self.y2:.0f}"
        )


@dataclass(slots=True)
class Picture:
    """Everything that is drawn."""

    height: float = 0.0
    nodes: list[Node] = field(default_factory=list)
    dots: list[Dot] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    width: float = WIDTH
    left: float = _PLACE_X - 22


def picture(environment: Environment) -> Picture:
    """Return the picture of an environment; an empty one where it has nothing to show."""
    made = Picture()
    y = _TOP
    named = len(environment.endpoints) <= _MOST_NODES
    places = []
    for place in environment.places:
        top = y
        middles = []
        for project in place.projects:
            height = _draw_project(made, project, y, named=named)
            middles.append((y + height / 2, project.change))
            y += height + (_GAP if named else _GAP / 2)
        y = max(y, top + _HEIGHT + _GAP)
        # In the middle of what is its own, or where that is long, at its top, where it is seen.
        node = _place_node(place, (top + y - _GAP) / 2 if y - top < _LONG else top + _HEIGHT / 2)
        made.nodes.append(node)
        places.append((place, node))
        made.lines += [
            Line(node.x + node.width, node.middle, _PROJECT_X, middle, change=change) for middle, change in middles
        ]
        y += _GAP * 2
    made.height = max(y - _GAP * 3 + _BOTTOM, _TOP + _HEIGHT + _BOTTOM) if places else 0.0
    if places:
        _draw_ways_in(made, environment, places)
    return made


def _draw_project(made: Picture, project: ProjectPart, y: float, *, named: bool) -> float:
    """Draw a project and its endpoints from ``y`` down, and return how high that is."""
    rows = [*_endpoint_rows(project, y)] if named else []
    if named:
        height = max(_HEIGHT, len(rows) * (_HEIGHT + _GAP) - _GAP)
    else:
        height = max(_LOW, -(-len(project.endpoints) // _DOTS_IN_ROW) * _DOT + 2)
    own = _HEIGHT if named else _LOW
    number = len(project.endpoints)
    node = Node(
        "project",
        _PROJECT_X,
        y + (height - own) / 2,
        _PROJECT_WIDTH,
        own,
        _cut(project.key, _PROJECT_WIDTH),
        f"{number} {'endpoint' if number == 1 else 'endpoints'}" if named else "",
        f"#{project.id}",
        project.change,
    )
    made.nodes.append(node)
    made.nodes += rows
    made.lines += [Line(node.x + node.width, node.middle, row.x, row.middle, change=row.change) for row in rows]
    if not named and project.endpoints:
        made.lines.append(Line(node.x + node.width, node.middle, _ENDPOINT_X - 12, node.middle))
        for index, one in zip(count(), project.endpoints, strict=False):
            row, column = divmod(index, _DOTS_IN_ROW)
            rows_high = -(-number // _DOTS_IN_ROW) * _DOT
            x, top = _ENDPOINT_X + column * _DOT, y + (height - rows_high) / 2 + row * _DOT + 2
            made.dots.append(Dot(x, top, one.back_end, f"{one.key}: {one.model}", one.change, _tone(one)))
    return height


def _endpoint_rows(project: ProjectPart, y: float) -> Iterator[Node]:
    for index, one in enumerate(project.endpoints):
        yield Node(
            one.back_end,
            _ENDPOINT_X,
            y + index * (_HEIGHT + _GAP),
            _ENDPOINT_WIDTH,
            _HEIGHT,
            _cut(one.key, _ENDPOINT_WIDTH - 110),
            _cut(one.model or "no deployment", _ENDPOINT_WIDTH - 60),
            f"#{one.id}",
            one.change,
            _tone(one),
            tuple(_shares(one)),
        )


def _shares(one: Endpoint) -> Iterator[tuple[str, float, float]]:
    """Yield the parts of a bar of 100, as the traffic is, or else as it is wanted."""
    start = 0.0
    for share in one.traffic:
        percent = (share.wanted or 0) if isinstance(share.actual, NotKnown) else share.actual
        if percent:
            yield share.deployment, start, float(percent)
        start += percent


def _place_node(place: Place, middle: float) -> Node:
    kinds = {"hub": "AI hub", "foundry": "Foundry resource"}
    told = "" if place.owner == "stack" else f" · {place.owner}"
    title = _cut(place.name or "name not known", _PLACE_WIDTH)
    y = middle - _HEIGHT / 2
    return Node(
        place.kind, _PLACE_X, y, _PLACE_WIDTH, _HEIGHT, title, kinds[place.kind] + told, f"#{place.id}", place.change
    )


def _draw_ways_in(made: Picture, environment: Environment, places: list[tuple[Place, Node]]) -> None:
    """Draw who reaches the hub and the Foundry resource: the virtual network, the internet, or nobody knows."""
    network = environment.network
    is_open = any(place.closed is not True for place, _ in places)
    middle = sum(node.middle for _, node in places) / len(places)
    if max(node.middle for _, node in places) - min(node.middle for _, node in places) > _LONG:
        middle = places[0][1].middle
    found: dict[str, Node] = {}
    apart = (_HEIGHT + _GAP * 2) / 2 if network is not None and is_open else 0.0
    if network is not None:
        y = max(middle - apart, _TOP - _HEIGHT / 2) - _HEIGHT / 2
        title, told = _cut(network.name, _NETWORK_WIDTH), _cut(f"subnet {network.subnet}", _NETWORK_WIDTH)
        href = f"#{environment.id}"
        found["private"] = Node("network", _NETWORK_X, y, _NETWORK_WIDTH, _HEIGHT, title, told, href)
    if is_open:
        y = middle + apart - _HEIGHT / 2
        found["public"] = Node(
            "internet", _NETWORK_X, y, _NETWORK_WIDTH, _HEIGHT, "Internet", "with key or token", f"#{environment.id}"
        )
    made.nodes += found.values()
    for place, node in places:
        for kind, way in found.items():
            shown = "unknown" if isinstance(place.closed, NotKnown) else kind
            if kind == "public" and place.closed is True:
                continue
            made.lines.append(Line(way.x + way.width, way.middle, node.x, node.middle, shown))


def _tone(one: Endpoint) -> Tone:
    if one.blocking:
        return Tone.BAD
    return one.ends.tone if isinstance(one.ends, Countdown) else Tone.CALM


def _cut(text: str, width: float) -> str:
    most = int((width - 40) / _CHARACTER)
    return text if len(text) <= most else f"{text[: most - 1]}…"
