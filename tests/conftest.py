"""The order of the tests."""

import pytest

LONGEST = "test_semantics.py"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the tests that take longest, so that no core waits for another at the end."""
    items.sort(key=lambda item: item.path.name != LONGEST)
