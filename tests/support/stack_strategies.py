"""Whatever valid projects a stack may describe, for property tests; judged in July 2024."""

from hypothesis import strategies as st

_SERVERLESS = ["Meta-Llama-3-8B-Instruct", "Meta-Llama-3-70B-Instruct"]
_names = st.from_regex(r"[a-z][a-z0-9]{3,12}", fullmatch=True)
_deployments = st.dictionaries(
    _names,
    st.fixed_dictionaries(
        {
            "model": st.sampled_from(["Llama-2-7b-chat", "Meta-Llama-3-8B-Instruct"]),
            "vmSize": st.just("Standard_NC96ads_A100_v4"),
        },
        optional={"instances": st.integers(1, 50), "collectData": st.booleans()},
    ),
    min_size=1,
    max_size=3,
)
_project = st.fixed_dictionaries(
    {},
    optional={
        "serverless": st.lists(
            st.fixed_dictionaries(
                {"model": st.sampled_from(_SERVERLESS)},
                optional={"contentSafety": st.booleans(), "authMode": st.sampled_from(["Key", "AAD", "KeyAndAAD"])},
            ),
            max_size=2,
            unique_by=lambda entry: str(entry["model"]),
        ),
        "subscriptions": st.lists(st.sampled_from(_SERVERLESS), unique=True),
        "managed": st.dictionaries(
            _names,
            st.fixed_dictionaries({"deployments": _deployments}, optional={"publicNetworkAccess": st.booleans()}),
            max_size=2,
        ),
    },
)
projects_of_any_kind = st.dictionaries(_names, _project, max_size=3)
