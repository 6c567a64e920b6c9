"""Asserts of the helpers say what they saw, like those of the tests: pytest rewrites them."""

from __future__ import annotations

import pytest

pytest.register_assert_rewrite(
    "tests.support",
    "tests.factories",
    "tests.customs_factories",
    "tests.contract",
    "tests.flow",
    "tests.unit",
)
