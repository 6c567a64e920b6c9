"""An older copy of a store is restored: no number comes back, nobody gets another's receipt, and
nothing vanishes in silence (``docs/contract.md`` 1 and 2)."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Api, client, eventually, pair_at
from tests.factories import BEIJING, SHANGHAI_CODE, grt101

STORES = {"gateway": ("gateway.db",), "customs": ("customs.db",)}
