"""The gates of a CI system as docs/pipelines.md wants them: what GitHub and Azure DevOps answer, by path."""

from typing import Any

from llama_azure_pipelines.environments import environments

KNOWN = environments()
REPOSITORY = "repos/example/llama"
PROJECT = "organization/project/_apis"
Gates = dict[str, Any]


def github() -> Gates:
    """A repository as docs/pipelines.md wants it."""
    checks = [{"context": "Check", "integration_id": 15368}, {"context": "Preview", "integration_id": 15368}]
    found: Gates = {
        f"{REPOSITORY}/rules/branches/main": [
            {"type": "pull_request", "parameters": {"required_approving_review_count": 1}},
            {
                "type": "required_status_checks",
                "parameters": {"required_status_checks": checks, "strict_required_status_checks_policy": True},
            },
        ],
        f"{REPOSITORY}/branches/main": {"name": "main", "protected": True},
    }
    for stack in KNOWN.environments:
        rules: list[Any] = [{"id": 1, "type": "branch_policy"}]
        if stack in KNOWN.approved:
            reviewer = {"type": "User", "reviewer": {"login": "octocat", "id": 1}}
            rules.append({"id": 2, "type": "required_reviewers", "prevent_self_review": True, "reviewers": [reviewer]})
        found[f"{REPOSITORY}/environments/{stack}"] = {
            "name": stack,
            "protection_rules": rules,
            "deployment_branch_policy": {"protected_branches": False, "custom_branch_policies": True},
            "can_admins_bypass": False,
        }
        found[f"{REPOSITORY}/environments/{stack}/deployment-branch-policies"] = {
            "total_count": 1,
            "branch_policies": [{"id": 1, "name": "main", "type": "branch"}],
        }
    return found


def azure_devops() -> Gates:
    """A project as docs/pipelines.md wants it."""
    found: Gates = {
        f"{PROJECT}/build/generalsettings": {"enforceJobAuthScope": True, "enforceReferencedRepoScopedToken": True}
    }
    for number, stack in enumerate(KNOWN.environments):
        environment, endpoint = str(number + 1), f"endpoint-{stack}"
        approval = {
            "type": {"id": "8c6f20a7-a545-4486-9777-f762fafe0d4d", "name": "Approval"},
            "settings": {
                "approvers": [{"displayName": "Platform", "id": "group"}],
                "minRequiredApprovers": 1,
                "requesterCannotBeApprover": True,
            },
        }
        lock = {"type": {"id": "2ef31ad6-baa0-403a-8b45-2cbc9b4e5563", "name": "ExclusiveLock"}, "settings": {}}
        control = {
            "type": {"id": "fe1de3ee-a436-41b4-bb20-f6eb4cb879a7", "name": "Task Check"},
            "settings": {
                "definitionRef": {"name": "evaluatebranchProtection", "version": "0.0.1"},
                "inputs": {"allowedBranches": "refs/heads/main", "ensureProtectionOfBranch": "true"},
            },
        }
        found |= {
            f"{PROJECT}/distributedtask/environments?name={stack}": {"value": [{"id": environment, "name": stack}]},
            f"{PROJECT}/serviceendpoint/endpoints?endpointNames=llama-{stack}": {
                "value": [{"id": endpoint, "name": f"llama-{stack}"}]
            },
            checks_of("environment", environment): {"value": [lock, *([approval] if stack in KNOWN.approved else [])]},
            checks_of("endpoint", endpoint): {"value": [control]},
        }
    return found


def checks_of(kind: str, resource: str) -> str:
    return f"{PROJECT}/pipelines/checks/configurations?resourceType={kind}&resourceId={resource}".replace("&", "?")
