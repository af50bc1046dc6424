"""azure-mgmt-marketplaceordering, unmodified: the terms of a model's offer are read, accepted and taken back."""

from collections.abc import Iterator

import pytest
from azure.core.exceptions import HttpResponseError
from azure.mgmt.marketplaceordering import MarketplaceOrderingAgreements

from llama_azure_core.catalogue import MarketplaceFacts, find_model
from tests.clients.clients_environment import management_client

MODEL = "Llama-2-7b-chat"

pytestmark = pytest.mark.client("azure-mgmt-marketplaceordering", "agreements")


@pytest.fixture(scope="module")
def client(signed_in: dict[str, str]) -> Iterator[MarketplaceOrderingAgreements]:
    with management_client(MarketplaceOrderingAgreements, signed_in) as client:
        yield client


@pytest.fixture(scope="module")
def plan() -> tuple[str, str, str]:
    facts = find_model(MODEL).marketplace
    assert isinstance(facts, MarketplaceFacts)
    return facts.publisher_id, facts.offer_id, str(facts.plan_id)


def test_terms_are_accepted_with_their_own_signature(
    client: MarketplaceOrderingAgreements, plan: tuple[str, str, str]
) -> None:
    agreements = client.marketplace_agreements
    terms = agreements.get("virtualmachine", *plan)
    assert (terms.accepted, terms.publisher, terms.product, terms.plan) == (False, *plan)
    terms.accepted = True
    accepted = agreements.create("virtualmachine", *plan, parameters=terms)
    assert accepted.accepted
    assert accepted.retrieve_datetime
    assert agreements.get("virtualmachine", *plan).accepted
    assert [one.offer for one in agreements.list().value or []] == [plan[1]]


def test_signing_and_cancelling_are_actions_too(
    client: MarketplaceOrderingAgreements, plan: tuple[str, str, str]
) -> None:
    agreements = client.marketplace_agreements
    signed = agreements.sign(*plan)
    assert (signed.state, bool(signed.sign_date)) == ("Active", True)
    assert agreements.get_agreement(*plan).state == "Active"
    assert agreements.cancel(*plan).state == "Canceled"
    assert not agreements.get("virtualmachine", *plan).accepted


def test_a_signature_of_other_terms_is_refused(
    client: MarketplaceOrderingAgreements, plan: tuple[str, str, str]
) -> None:
    terms = client.marketplace_agreements.get("virtualmachine", *plan)
    terms.signature, terms.accepted = "X", True
    with pytest.raises(HttpResponseError, match="get the terms again"):
        client.marketplace_agreements.create("virtualmachine", *plan, parameters=terms)


def test_an_offer_that_no_model_is_sold_by_is_named(client: MarketplaceOrderingAgreements) -> None:
    with pytest.raises(HttpResponseError, match="OfferId: 'nothing'"):
        client.marketplace_agreements.get("virtualmachine", "metagenai", "nothing", "nothing")
