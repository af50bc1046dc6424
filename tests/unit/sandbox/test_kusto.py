"""The queries that count days: literals, comparisons with now, and nothing else."""

import datetime as dt

import pytest

from llama_azure_sandbox.monitoring.kusto import NotAnsweredError, rows_of

NOW = dt.datetime(2026, 12, 1, tzinfo=dt.UTC)
TABLE = 'datatable(subject: string, ends: datetime) [ "Llama", datetime(2027-01-31), "Guard", datetime(2027-06-01) ]'


@pytest.mark.parametrize(
    ("steps", "subjects"),
    [
        ("", ["Llama", "Guard"]),
        ("| where ends <= now() + 60d", []),
        ("| where ends <= now() + 61d", ["Llama"]),
        ("| where ends > now() + 61d | extend TimeGenerated = now()", ["Guard"]),
        ('| where subject == "Guard"', ["Guard"]),
        ("| where ends < now() - 1h", []),
    ],
)
def test_a_table_of_literals_is_asked(steps: str, subjects: list[str]) -> None:
    assert [row["subject"] for row in rows_of(TABLE + steps, NOW)] == subjects


def test_a_column_is_added() -> None:
    assert rows_of(f"{TABLE} | extend TimeGenerated = now()", NOW)[0]["TimeGenerated"] == NOW


@pytest.mark.parametrize(
    "query",
    [
        "AzureActivity | where Level == 'Error'",
        f"{TABLE} | summarize count()",
        f"{TABLE} | where nothing == 1",
        'datatable(a: string, b: string) [ "one" ]',
        "datatable(a: datetime) [ datetime(soon) ]",
    ],
)
def test_another_query_is_not_answered(query: str) -> None:
    with pytest.raises(NotAnsweredError):
        rows_of(query, NOW)
