"""The reference pages: there for every component, up to date, and each with an example that its program runs."""

import ast

import pulumi
import pytest

from llama_azure.package import COMPONENTS
from scripts.component_docs import DOCS, example_file, pages

PAGES = pages()
each_component = pytest.mark.parametrize("component", COMPONENTS, ids=lambda component: component.__name__)


@pytest.mark.parametrize("page", sorted(PAGES), ids=lambda page: page.name)
def test_a_page_says_what_the_component_says(page) -> None:
    assert page.read_text(encoding="utf-8") == PAGES[page], "run `make component-docs`"


def test_there_is_no_page_of_something_else() -> None:
    assert set(DOCS.iterdir()) == set(PAGES)


@each_component
def test_a_component_has_an_example_that_uses_it(component: type[pulumi.ComponentResource]) -> None:
    tree = ast.parse(example_file(component).read_text(encoding="utf-8"))
    called = {node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    assert component.__name__ in called
