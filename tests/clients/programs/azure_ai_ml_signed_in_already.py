"""azure-ai-ml with a token in hand lists workspaces. Prints how that ended and which hosts it asked, as JSON."""

import json
import os

from azure.core.credentials import AccessToken

from tests.clients.programs import watched_hosts


class Token:
    """A credential that asks nobody."""

    def get_token(self, *_scopes: str, **_options: object) -> AccessToken:
        return AccessToken("a-token-that-must-not-leave-this-machine", 4102444800)


def listed() -> int:
    from azure.ai.ml import MLClient  # it looks for its cloud while it is imported

    ml = MLClient(Token(), os.environ["AZURE_SUBSCRIPTION_ID"], "rg")
    return len(list(ml.workspaces.list()))


def main() -> None:
    try:
        ended = f"listed {listed()}"
    except Exception as error:  # noqa: BLE001 - how it ends is what is looked at
        ended = f"{type(error).__name__}: {error}"
    print("\n" + json.dumps({"ended": ended, "hosts": sorted(watched_hosts.SEEN)}))


if __name__ == "__main__":
    main()
