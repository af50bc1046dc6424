"""A stack's file is read within bounds, with the place of every value, and never ends in a traceback."""

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from pydantic import SecretStr

from llama_azure_core.settings import SettingsError, from_engine, parse_settings
from llama_azure_core.settings.stack_text import StackText, StackTextError, read_stack_text
from tests.support.stack_texts import BOUNDLESS, UNREADABLE, VALID, any_text, assert_it_is_read_or_refused

NAME = "stacks/Pulumi.test.yaml"


def read(text: str) -> StackText:
    return read_stack_text(text, NAME, "llama-azure")


def complaint(text: str) -> str:
    found = read(text)
    with pytest.raises(SettingsError) as error:
        parse_settings(found.config, found)
    return str(error.value)


@pytest.mark.parametrize("what", UNREADABLE)
def test_what_cannot_be_read_is_told_with_its_line(what: str) -> None:
    text, said = UNREADABLE[what]
    with pytest.raises(StackTextError) as error:
        read(text)
    assert said in str(error.value)
    assert NAME in str(error.value)


@pytest.mark.parametrize("what", BOUNDLESS)
def test_what_has_no_bounds_is_refused_at_once(what: str) -> None:
    with pytest.raises(StackTextError):
        read(BOUNDLESS[what])


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (
            "tags: { note: 0451 }",
            "tags.note: a text is wanted, and without quotes this is 297; put it in",
        ),
        ("tags: { note: 1e3 }", "put it in quotes (line 6: 1e3)"),
        ("tags: { note: 2024-07-01 }", 'put it in quotes: "2024-07-01" (line 6: 2024-07-01)'),
        ("tags: { 7: x }", 'tags.7: the key is not text to every reader of YAML; put it in quotes: "7" (line 6'),
        (f"tags: {{ a: {'9' * 5000}.0, b: [1] }}", "tags.b: Input should be a valid string (found a list) (line 6)"),
        ("regionSnapshot: nonsense", "No snapshot of the region tables is named 'nonsense'"),
        ("deletionProtection: 7", "deletionProtection: write true or false (found 7) (line 6: 7)"),
        ("tags: { token: { secure: v1:abc } }", "tags.token: is a secret, and this value is shown in names"),
        ("projects: { secure: v1:abc }", "projects: is a secret"),
        ('projects: "{ai"', "projects: Input should be a valid dictionary (found '{ai') (line 6: {ai)"),
        ("projects: { ab: {} }", "projects.ab: 'ab' is not a valid name for a workspace"),
        ("nope: 5", "nope: is not a setting; remove it or check its spelling (line 6: 5)"),
    ],
)
def test_a_mistake_shows_what_is_written_and_where(line: str, said: str) -> None:
    assert said in complaint(f"{VALID}  llama-azure:{line}\n")


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (
            "rg-llama",
            "0451",
            "resourceGroup: a text is wanted, and without quotes this is 297",
        ),
        ("rg-llama", '"{rg}"', "resourceGroup: '{rg}' is not a valid name for a resourceGroup"),
        ("rg-llama", "{ secure: v1:abc }", "resourceGroup: is a secret"),
        ("2024-07-01", "2024-02-30", "asOf: '2024-02-30' is not a date: write it as \"2024-07-01\" (line 3"),
        ("2024-07-01", "yesterday", "asOf: 'yesterday' is not a date"),
        ("2024-07-01", "2024-07-01 25:00:00", "is not a date"),
        ("eastus2", "{ secure: v1:abc }", "azure-native:location: is a secret"),
    ],
)
def test_a_wrong_value_at_the_top_is_told_likewise(before: str, after: str, said: str) -> None:
    assert said in complaint(VALID.replace(before, after, 1))


@pytest.mark.parametrize(
    "line",
    [
        "deletionProtection: true",
        'deletionProtection: "true"',  # as `pulumi config set` writes it
        "tags: { note: 22:30, word: on }",
        'tags: \'{"owner": "platform"}\'',  # likewise
        "projects: { ab: { name: chat } }",
        "projects: { chat: { managed: { llama: { deployments: {} } } } }",
        "regionSnapshot:",
    ],
)
def test_what_people_and_pulumi_write_is_taken(line: str) -> None:
    found = read(f"{VALID}  llama-azure:{line}\n")
    settings = parse_settings(found.config, found)
    assert str(settings.as_of) == "2024-07-01"


def test_keys_without_a_namespace_are_the_projects() -> None:
    found = read(VALID.replace("llama-azure:resourceGroup", "resourceGroup"))
    assert parse_settings(found.config, found).resource_group == "rg-llama"


def test_the_engines_values_and_the_file_give_the_same_verdict() -> None:
    text = read(f"{VALID.replace('rg-llama', '0451')}  llama-azure:deletionProtection: true\n")
    engine = {
        "azure-native:location": "eastus2",
        "llama-azure:asOf": "2024-07-01 00:00:00 +0000 UTC",
        "llama-azure:resourceGroup": "297",
        "llama-azure:hub": '{"name":"hub-llama"}',
        "llama-azure:deletionProtection": "true",
    }
    said = []
    for config in (text.config, from_engine(engine, (), text)):
        with pytest.raises(SettingsError) as error:
            parse_settings(config, text)
        said.append(str(error.value))
    assert said[0] == said[1]


VARIABLES = "projects: { chat: { managed: { llama: { deployments: { blue: { model: Llama-2-7b-chat, vmSize: {size}, \
environmentVariables: { TOKEN: { secure: v1:abc }, CLEAR: a } } } } } } }".replace("{size}", "Standard_NC48ads_A100_v4")


def test_a_secret_variable_stays_one_in_the_program_and_is_nothing_to_preflight() -> None:
    text = read(f"{VALID}  llama-azure:{VARIABLES}\n")
    engine = {key: value for key, value in text.config.items() if key != "llama-azure:projects"}
    variables = '{"TOKEN":"S3","CLEAR":"a"}'
    blue = f'{{"model":"Llama-2-7b-chat","vmSize":"Standard_NC48ads_A100_v4","environmentVariables":{variables}}}'
    engine["llama-azure:projects"] = f'{{"chat":{{"managed":{{"llama":{{"deployments":{{"blue":{blue}}}}}}}}}}}'
    for config, value in ((text.config, ""), (from_engine(engine, ["llama-azure:projects"], text), "S3")):
        settings = parse_settings(config, text)
        found = settings.projects["chat"].managed["llama"].deployments["blue"].environment_variables
        assert found["CLEAR"] == "a"
        secret = found["TOKEN"]
        assert isinstance(secret, SecretStr)
        assert secret.get_secret_value() == value
        assert "S3" not in repr(settings)


def test_a_secret_whose_place_is_not_known_is_refused() -> None:
    engine = {**read(VALID).config, "llama-azure:tags": '{"token":"S3cr3t"}'}
    with pytest.raises(SettingsError, match="tags: is a secret") as error:
        parse_settings(from_engine(engine, ["llama-azure:tags"], None), NAME)
    assert "S3cr3t" not in str(error.value)


@hypothesis_settings(max_examples=300)
@given(any_text())
def test_whatever_a_file_holds_it_ends_in_settings_or_in_a_sentence(text: str) -> None:
    assert_it_is_read_or_refused(text)
