"""The sentences at the top: what matters first, in words."""

from collections.abc import Iterable, Sequence

from llama_azure_core.lifecycle import NOTICE_DAYS
from llama_azure_page.document import Change, Countdown, Endpoint, Environment, Judgement, NotKnown, Tone


def page_sentence(environments: Sequence[Environment]) -> tuple[str, Tone]:
    """Return the one sentence of the page, and how much it wants to be looked at."""
    if not environments:
        return "No environment is described yet.", Tone.CALM
    endpoints = [one for environment in environments for one in environment.endpoints]
    first = f"{_count(len(environments), 'environment')}, {_count(len(endpoints), 'endpoint')}"
    parts = [part for part in (_unreadable(environments), _blocked(environments), _ends(endpoints)) if part]
    parts += [
        f"{environment.name} would {changes}"
        for environment in environments
        if (changes := _changes(environment.endpoints, environment))
    ]
    worst = _tone(environments, endpoints)
    unknown = _not_evaluated(environments)
    return "; ".join([first, *parts, *unknown]) + ".", worst


def environment_sentence(one: Environment) -> str:
    """Return the sentence of an environment."""
    endpoints = one.endpoints
    parts = [_count(len(endpoints), "endpoint")]
    parts += [part for part in (_blocked((one,)), _ends(endpoints)) if part]
    if changes := _changes(endpoints, one):
        parts.append(f"an update would {changes}")
    elif not isinstance(one.changes, NotKnown):
        parts.append("nothing is pending")
    return "; ".join(parts) + "."


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"


def _unreadable(environments: Iterable[Environment]) -> str:
    names = [one.name for one in environments if one.problem]
    return f"{', '.join(names)} cannot be read" if names else ""


def _blocked(environments: Sequence[Environment]) -> str:
    told = []
    for one in environments:
        blocking = sum(part.blocking for part in (one.guardrails, one.preflight) if isinstance(part, Judgement))
        failed = 0 if isinstance(one.changes, NotKnown) else len(one.changes.errors)
        if blocking or failed:
            words = [_count(blocking, "finding")] * bool(blocking) + [_count(failed, "error")] * bool(failed)
            verb = "blocks" if blocking + failed == 1 else "block"
            told.append(f"{' and '.join(words)} {verb} {one.name if len(environments) > 1 else 'an update'}")
    return "; ".join(told)


def _ends(endpoints: Sequence[Endpoint]) -> str:
    known = [one for one in endpoints if isinstance(one.ends, Countdown)]
    ended = {one.model for one in known if isinstance(one.ends, Countdown) and one.ends.tone is Tone.BAD}
    near = [
        (one.ends.days, one.model) for one in known if isinstance(one.ends, Countdown) and one.ends.tone is Tone.NEAR
    ]
    parts = []
    if ended:
        parts.append(f"{_models(len(ended))} {'has' if len(ended) == 1 else 'have'} ended")
    if near:
        models = {model for _, model in near}
        days = min(days for days, _ in near)
        verb = "ends" if len(models) == 1 else "end, the first"
        parts.append(f"{_models(len(models))} {verb} in {_count(days, 'day')}")
    if endpoints and not parts:
        parts.append(f"no model ends within {NOTICE_DAYS} days" if known else "no day is known on which a model ends")
    return "; ".join(parts)


def _models(number: int) -> str:
    return "one model" if number == 1 else f"{number:,} models"


def _changes(endpoints: Sequence[Endpoint], one: Environment) -> str:
    words = (
        (Change.DELETE, "lose"),
        (Change.REPLACE, "replace"),
        (Change.CREATE, "gain"),
        (Change.UPDATE, "change"),
    )
    parts = []
    for change, word in words:
        if number := sum(endpoint.change is change for endpoint in endpoints):
            parts.append(f"{word} {_count(number, 'endpoint')}")
    if not parts and not isinstance(one.changes, NotKnown) and one.changes.steps:
        parts.append(f"change {_count(len(one.changes.steps), 'resource')} and no endpoint")
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def _not_evaluated(environments: Sequence[Environment]) -> list[str]:
    names = [one.name for one in environments if isinstance(one.changes, NotKnown) and not one.problem]
    if not names:
        return []
    which = "what is pending" if len(names) == len(environments) else f"what is pending in {', '.join(names)}"
    return [f"{which} was not evaluated"]


def _tone(environments: Sequence[Environment], endpoints: Sequence[Endpoint]) -> Tone:
    if any(one.problem for one in environments) or _blocked(environments):
        return Tone.BAD
    tones = {one.ends.tone for one in endpoints if isinstance(one.ends, Countdown)}
    if Tone.BAD in tones or any(one.change is Change.DELETE for one in endpoints):
        return Tone.BAD
    if Tone.NEAR in tones or any(one.change is Change.REPLACE for one in endpoints):
        return Tone.NEAR
    return Tone.CALM
