"""Check gates: what GitHub or Azure DevOps lets a job of each environment do, against what it is to be set to.

A stack's writer is as safe as the gate before its jobs. Nothing is changed: what is missing is told, with its place.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from llama_azure_pipelines.environments import Environments
from llama_azure_pipelines.errors import StepError
from llama_azure_pipelines.rest import Rest
from llama_azure_pipelines.say import say

_BRANCH = "refs/heads/"
_REQUIRED_CHECKS = ("Check", "Preview")
"""The jobs of a pull request that are to be well before it is merged."""


def check_gates(known: Environments, system: str | None, environment: Mapping[str, str]) -> None:
    """Read the gates of every environment, and say what they lack.

    Raises:
        StepError: something is missing, or cannot be read.
    """
    chosen = system or ("azure-devops" if environment.get("SYSTEM_COLLECTIONURI") else "github")
    lacking = list(SYSTEMS[chosen](known, environment))
    for line in lacking:
        say(f"  {line}")
    if lacking:
        raise StepError(f"{len(lacking)} gates of {chosen} are open; see docs/pipelines.md, Gates")
    say(f"every gate of {chosen} is as docs/pipelines.md says")


def _github(known: Environments, environment: Mapping[str, str]) -> Iterator[str]:
    """What is missing on GitHub."""
    token, repository = environment.get("GITHUB_TOKEN"), environment.get("GITHUB_REPOSITORY")
    if not token or not repository:
        raise StepError("GITHUB_TOKEN and GITHUB_REPOSITORY (owner/name) are needed to read the gates of a repository")
    rest = Rest(
        "GitHub",
        f"{environment.get('GITHUB_API_URL') or 'https://api.github.com'}/repos/{repository}",
        {
            "Authorization": f"Bearer {token}",
            "Accept": "application/vnd.github+json",
            "X-GitHub-Api-Version": "2022-11-28",
        },
        advice="reading environments takes the permission actions: read",
    )
    branch = known.deploys_from.removeprefix(_BRANCH)
    yield from _main_branch(rest, branch)
    for stack in known.environments:
        found = rest.find(f"/environments/{stack}")
        where = f"Settings, Environments, {stack}"
        if found is None:
            yield f"{stack}: the environment is not there, and a job that names it makes it without a gate; {where}"
            continue
        yield from (f"{stack}: {problem}; {where}" for problem in _github_branches(rest, stack, found, branch))
        if stack in known.approved:
            yield from (f"{stack}: {problem}; {where}" for problem in _github_approval(found))


def _main_branch(rest: Rest, branch: str) -> Iterator[str]:
    """Rules of both kinds count: rulesets, and protections of the branch itself."""
    rules: list[Mapping[str, Any]] = rest.find(f"/rules/branches/{branch}", {"per_page": "100"}) or []
    classic = (rest.find(f"/branches/{branch}") or {}).get("protection") or {}
    checks = {str(one) for one in (classic.get("required_status_checks") or {}).get("contexts") or ()}
    for rule in rules:
        parameters = rule.get("parameters") or {}
        checks |= {str(one.get("context")) for one in parameters.get("required_status_checks") or ()}
    missing = [one for one in _REQUIRED_CHECKS if one not in checks]
    if missing:
        yield f"{branch}: {' and '.join(missing)} need not be well before a merge; Settings, Rules"
    if not any(rule.get("type") == "pull_request" for rule in rules) and not classic.get("enabled"):
        yield f"{branch}: changes may be pushed without a pull request; Settings, Rules"


def _github_branches(rest: Rest, stack: str, found: Mapping[str, Any], branch: str) -> Iterator[str]:
    policy = found.get("deployment_branch_policy")
    if not policy:
        yield f"jobs of every branch may deploy: select {branch} alone"
    elif policy.get("protected_branches"):
        yield f"jobs of every protected branch may deploy: select {branch} alone"
    else:
        listed = (rest.find(f"/environments/{stack}/deployment-branch-policies") or {}).get("branch_policies") or ()
        names = sorted(f"{one.get('type') or 'branch'} {one.get('name')}" for one in listed)
        if names != [f"branch {branch}"]:
            yield f"jobs of {', '.join(names) or 'nothing'} may deploy: select {branch} alone"


def _github_approval(found: Mapping[str, Any]) -> Iterator[str]:
    rules = [one for one in found.get("protection_rules") or () if one.get("type") == "required_reviewers"]
    if not any(one.get("reviewers") for one in rules):
        yield "nobody need approve a deployment: name required reviewers"
    elif not any(one.get("prevent_self_review") for one in rules):
        yield "whoever starts a deployment may approve it: prevent self-review"
    if found.get("can_admins_bypass"):
        yield "administrators pass without approval: do not allow them to bypass the rules"


# The types of checks, as Azure DevOps names them.
_APPROVAL, _LOCK, _TASK_CHECK, _BRANCH_CONTROL = "Approval", "ExclusiveLock", "Task Check", "evaluatebranchProtection"


def _azure_devops(known: Environments, environment: Mapping[str, str]) -> Iterator[str]:
    """What is missing in a project of Azure DevOps."""
    token = environment.get("SYSTEM_ACCESSTOKEN")
    collection, project = environment.get("SYSTEM_COLLECTIONURI"), environment.get("SYSTEM_TEAMPROJECT")
    project = environment.get("SYSTEM_TEAMPROJECTID") or project
    if not (token and collection and project):
        raise StepError(
            "SYSTEM_ACCESSTOKEN, SYSTEM_COLLECTIONURI (https://dev.azure.com/organization) and SYSTEM_TEAMPROJECT are "
            "needed to read the gates of a project"
        )
    rest = Rest(
        "Azure DevOps",
        f"{collection.rstrip('/')}/{project}/_apis",
        {"Authorization": f"Bearer {token}"},
        parameters={"api-version": "7.1-preview.1"},
        advice="reading checks takes the role Reader at each environment and service connection",
    )
    settings = rest.find("/build/generalsettings") or {}
    for name, title in {
        "enforceJobAuthScope": "Limit job authorization scope to current project for non-release pipelines",
        "enforceReferencedRepoScopedToken": "Protect access to repositories in YAML pipelines",
    }.items():
        if not settings.get(name):
            yield f"the project: “{title}” is off; Project settings, Pipelines, Settings"
    for stack in known.environments:
        yield from _of_environment(rest, stack, known)
        yield from _of_connection(rest, f"llama-{stack}", known)


def _of_environment(rest: Rest, stack: str, known: Environments) -> Iterator[str]:
    where = f"Pipelines, Environments, {stack}, Approvals and checks"
    listed = (rest.find("/distributedtask/environments", {"name": stack}) or {}).get("value") or ()
    found = next((one for one in listed if one.get("name") == stack), None)
    if found is None:
        yield f"{stack}: the environment is not there, and a job that names it makes it without a gate; {where}"
        return
    checks = _checks(rest, "environment", str(found["id"]))
    if stack in known.approved:
        approvals = [one.get("settings") or {} for one in checks if _kind(one) == _APPROVAL]
        if not any(one.get("approvers") for one in approvals):
            yield f"{stack}: nobody need approve a deployment; {where}"
        elif not any(one.get("requesterCannotBeApprover") for one in approvals):
            yield f"{stack}: whoever starts a deployment may approve it; {where}"
    if not any(_kind(one) == _LOCK for one in checks):
        yield f"{stack}: two runs may deploy at a time, for there is no exclusive lock; {where}"


def _of_connection(rest: Rest, name: str, known: Environments) -> Iterator[str]:
    """Azure Pipelines takes its file from the change: the connection itself must refuse other branches."""
    where = f"Project settings, Service connections, {name}, Approvals and checks"
    listed = (rest.find("/serviceendpoint/endpoints", {"endpointNames": name}) or {}).get("value") or ()
    found = next((one for one in listed if one.get("name") == name), None)
    if found is None:
        yield f"{name}: the service connection is not there, or not for you to see; {where}"
        return
    branches = {
        branch.strip()
        for one in _checks(rest, "endpoint", str(found["id"]))
        if _kind(one) == _TASK_CHECK
        and ((one.get("settings") or {}).get("definitionRef") or {}).get("name") == _BRANCH_CONTROL
        for branch in str(((one.get("settings") or {}).get("inputs") or {}).get("allowedBranches") or "*").split(",")
    }
    if branches != {known.deploys_from}:
        yield f"{name}: {_any(branches)} may use it: add branch control for {known.deploys_from} alone; {where}"


def _any(branches: set[str]) -> str:
    return f"jobs of {', '.join(sorted(branches))}" if branches else "jobs of every branch"


def _checks(rest: Rest, kind: str, resource: str) -> list[Mapping[str, Any]]:
    query = {"resourceType": kind, "resourceId": resource, "$expand": "settings"}
    found: list[Mapping[str, Any]] = (rest.find("/pipelines/checks/configurations", query) or {}).get("value") or []
    return [one for one in found if not one.get("isDisabled")]


def _kind(check: Mapping[str, Any]) -> str:
    return str((check.get("type") or {}).get("name"))


SYSTEMS: Mapping[str, Callable[[Environments, Mapping[str, str]], Iterator[str]]] = {
    "github": _github,
    "azure-devops": _azure_devops,
}
