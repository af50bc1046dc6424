"""Azure regions: one spelling for comparison, one for people."""

from llama_azure_core._facts import load_facts


def normalise_region(region: str) -> str:
    """Return the ARM name of a region: ``East US 2`` and ``eastus2`` are the same place.

    Azure Resource Manager accepts both spellings wherever a location is asked for.
    """
    return region.replace(" ", "").lower()


def region_display_name(region: str) -> str:
    """Return the name that Azure's messages print, or the ARM name where it is not known here."""
    names: dict[str, str] = load_facts("regions")["displayNames"]
    return names.get(normalise_region(region), region)


def region_names() -> list[str]:
    """Return the ARM names of the regions that this project knows by name."""
    return list(load_facts("regions")["displayNames"])
