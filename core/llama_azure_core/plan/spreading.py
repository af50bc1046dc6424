"""An endpoint that is asked for more than one deployment serves becomes as many as that takes. Pure.

``spread`` writes the settings out as somebody would who counts by hand, before anything else interprets them.

The first deployment keeps its name and place whatever the capacity. A further one has its number in its key, and as a
serverless API in its project's, since Azure deploys a model once in a project: so more or less capacity makes or
deletes the last ones and touches no other.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from llama_azure_core.catalogue import BackEnd
from llama_azure_core.foundry import foundry_limits
from llama_azure_core.limits import limits
from llama_azure_core.naming import NameKind, name_problem
from llama_azure_core.resource_ids import name_of
from llama_azure_core.settings.endpoint import CapacitySettings, EndpointSettings
from llama_azure_core.settings.parsing import SettingsError
from llama_azure_core.settings.project import ProjectSettings
from llama_azure_core.settings.stack import Settings

Place = tuple[str, str]
"""The key of a project, and of an endpoint in it."""


_ONLY_OF_THE_FIRST: dict[str, Any] = {"also_on": (), "capacity": None, "expected_tokens_per_day": None}
"""What is said of all deployments of an endpoint together stands at the first of them."""


@dataclass(frozen=True, slots=True)
class Further:
    """One of the endpoints that a capacity takes beside the first."""

    of: Place
    """The endpoint of the settings' file."""
    number: int
    """From 2."""
    retiring: bool
    """Whether it only stays until its traffic is gone."""
    ends: tuple[BackEnd, ...]
    """Every back end that the endpoint of the file is on, the one first that it is moved to."""


@dataclass(frozen=True, slots=True)
class Spread:
    """Settings in which each endpoint is one deployment."""

    settings: Settings
    further: Mapping[Place, Further] = field(default_factory=dict)
    """The endpoints that the file does not list, by their place in ``settings``."""

    def project_path(self, key: str) -> str:
        """Return where the file describes a project."""
        origin = next((one.of[0] for (project, _), one in self.further.items() if project == key), key)
        return f"llama-azure:projects.{origin}"


def spread(settings: Settings) -> Spread:
    """Return the settings with every endpoint that has a capacity written out as the deployments that this takes.

    Raises:
        SettingsError: Azure does not give so much; the message says how much can be had.
    """
    asking = [
        (project, key, one, one.capacity)
        for project, section in settings.projects.items()
        for key, one in section.endpoints.items()
        if one.capacity is not None
    ]
    if not asking:
        return Spread(settings)
    work = _Spreading(settings)
    problems = [problem for one in asking if (problem := work.add(*one)) is not None]
    if problems:
        raise SettingsError("\n".join(problems))
    return work.done()


class _Spreading:
    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._endpoints = {key: dict(project.endpoints) for key, project in settings.projects.items()}
        self._origins: dict[str, str] = {}
        self._further: dict[Place, Further] = {}

    def add(self, project: str, key: str, entry: EndpointSettings, wanted: CapacitySettings) -> str | None:
        """Write one endpoint out; return why that cannot be."""
        told = []
        for end in self._settings.ends(entry):
            problem = {
                BackEnd.SERVERLESS: self._serverless,
                BackEnd.FOUNDRY: self._foundry,
                BackEnd.MANAGED: self._managed,
            }[end](project, key, entry, wanted)
            if problem is not None:
                told.append(f"llama-azure:projects.{project}.endpoints.{key}.capacity: {problem}")
        return "\n".join(told) or None

    def done(self) -> Spread:
        """Return the settings written out."""
        projects = {}
        for key, endpoints in self._endpoints.items():
            origin = self._settings.projects[self._origins.get(key, key)]
            if key in self._origins:
                projects[key] = _sibling(origin, key, self._origins[key], endpoints)
            else:
                projects[key] = origin.model_copy(update={"endpoints": endpoints})
        return Spread(self._settings.model_copy(update={"projects": projects}), self._further)

    def _serverless(self, project: str, key: str, entry: EndpointSettings, wanted: CapacitySettings) -> str | None:
        each = _a_serverless_deployment()
        needed = wanted.times(*each)
        made, most = needed + wanted.retiring, limits()["endpointsPerRegion"]
        if made > most:
            return (
                f"it takes {made} serverless endpoints, each in a project of its own, and Azure gives {most} in a "
                f"region: no more than {most * each[0]} tokens and {most * each[1]} requests a minute can be had of "
                "this back end here; another region is another stack"
            )
        if made > 1 and self._settings.projects[project].existing is not None:
            return (
                f"it takes {made} projects, since Azure deploys a model once in a project, and this one exists "
                f"already: move the endpoint to a project that the stack makes; {each[0]} tokens and {each[1]} "
                "requests a minute can be had in this one"
            )
        if made > 1 and entry.serverless.subscribe is False:
            return (
                f"serverless.subscribe is false, and the {made - 1} further projects that it takes are new, with "
                "nobody subscribed: leave subscribe out"
            )
        for number in range(2, made + 1):
            place = (f"{project}-{number}", f"{key}-{number}")
            problem = self._project(project, place[0])
            if problem is not None:
                return problem
            options = entry.serverless
            if options.name is not None:
                options = options.model_copy(update={"name": f"{options.name}-{number}"})
            one = {"back_end": BackEnd.SERVERLESS, "serverless": options, **_ONLY_OF_THE_FIRST}
            self._endpoints[place[0]][place[1]] = entry.model_copy(update=one)
            self._further[place] = Further((project, key), number, number > needed, self._settings.ends(entry))
        return None

    def _project(self, origin: str, key: str) -> str | None:
        """Make sure of a project beside another; return why it cannot be."""
        if key in self._origins:
            return None if self._origins[key] == origin else f"two projects would be called {key}: change a key"
        section = self._settings.projects[origin]
        name = _sibling_name(section, origin, key)
        problem = name_problem(NameKind.WORKSPACE, name)
        if problem is not None:
            return f"it takes a further project, {name}: {problem}"
        taken = {(one.name or other if one.existing is None else name_of(one.existing)).casefold(): other
                 for other, one in self._settings.projects.items()}  # fmt: skip
        if key in self._settings.projects or name.casefold() in taken:
            return f"it takes a further project, {name}, and the file has one of that name: call that one otherwise"
        self._origins[key], self._endpoints[key] = origin, {}
        return None

    def _foundry(self, project: str, key: str, entry: EndpointSettings, wanted: CapacitySettings) -> str | None:
        row, unit = entry.foundry_row, entry.foundry_unit
        version = None if row is None else row.version(entry.foundry.model_version(row))
        sku = None if version is None else version.sku(entry.foundry.sku)
        if unit is None or sku is None:
            return None  # which the settings refuse
        bounds = sku.capacity
        units = wanted.times(*unit)
        if bounds.maximum is None:
            if wanted.retiring:
                return f"retiring is of deployments, and of {sku.name} less capacity is fewer units of one: remove it"
            each = [_stepped(units, bounds.minimum, bounds.step)]
        else:
            whole, rest = divmod(units, bounds.maximum)
            each = [bounds.maximum] * whole + ([_stepped(rest, bounds.minimum, bounds.step)] if rest else [])
        count, most = len(each) + wanted.retiring, foundry_limits()["deploymentsPerAccount"]
        if count > most:
            had = most * (bounds.maximum or 0)
            return (
                f"it takes {count} deployments of at most {bounds.maximum} units, and an account has {most}: no more "
                f"than {had * unit[0]} tokens and {had * unit[1]} requests a minute can be had in one"
            )
        each += [bounds.minimum] * wanted.retiring
        for number, capacity in enumerate(each, start=1):
            options = entry.foundry.model_copy(update={"capacity": capacity})
            if number == 1:
                changed = self._endpoints[project][key].model_copy(update={"foundry": options})
                self._endpoints[project][key] = changed
                continue
            place = (project, f"{key}-{number}")
            if place[1] in self._settings.projects[project].endpoints:
                return f"it takes a further deployment, {place[1]}, and the file has an endpoint of that key: change it"
            if options.name is not None:
                options = options.model_copy(update={"name": f"{options.name}-{number}"})
            one = {"back_end": BackEnd.FOUNDRY, "foundry": options, **_ONLY_OF_THE_FIRST}
            self._endpoints[project][place[1]] = entry.model_copy(update=one)
            self._further[place] = Further(
                (project, key), number, number > count - wanted.retiring, self._settings.ends(entry)
            )
        return None

    def _managed(self, project: str, key: str, entry: EndpointSettings, wanted: CapacitySettings) -> str | None:
        if entry.managed is None:
            return None  # which the settings refuse
        if wanted.retiring:
            return "retiring is of deployments, and on managed compute less capacity is fewer instances: remove it"
        needed = entry.instances_needed()
        deployments = {
            name: one.model_copy(update={"instances": needed[name]}) if name in needed else one
            for name, one in entry.managed.deployments.items()
        }
        options = entry.managed.model_copy(update={"deployments": deployments})
        self._endpoints[project][key] = self._endpoints[project][key].model_copy(update={"managed": options})
        return None


def _a_serverless_deployment() -> tuple[int, int]:
    """Return the tokens and requests a minute of one serverless deployment."""
    return limits()["tokensPerMinute"], limits()["requestsPerMinute"]


def _stepped(units: int, minimum: int, step: int) -> int:
    """Return the units that a deployment takes for so many: no fewer than the least, in whole steps from it."""
    return minimum + math.ceil(max(0, units - minimum) / step) * step


def _sibling_name(origin: ProjectSettings, origin_key: str, key: str) -> str:
    return f"{origin.name}{key.removeprefix(origin_key)}" if origin.name else key


def _sibling(
    origin: ProjectSettings, key: str, origin_key: str, endpoints: dict[str, EndpointSettings]
) -> ProjectSettings:
    """Return a project that holds nothing but further endpoints."""
    friendly = origin.friendly_name and f"{origin.friendly_name} {key.removeprefix(f'{origin_key}-')}"
    return origin.model_copy(
        update={
            "name": _sibling_name(origin, origin_key, key),
            "friendly_name": friendly,
            "endpoints": endpoints,
            "serverless": (),
            "subscriptions": (),
            "managed": {},
            "connections": {},
        }
    )
