"""The faults that customs can be told to make with its answers (``docs/wire.md`` 7.3), as one
table. Pure.

A row says what goes out in the place of an answer; which answers it strikes is said by a rule
(``fault_rules``). What the gateway makes of each stands in the row too: ``docs/faults.md`` is made
of it, and a test of each row checks it on both sides.
"""

from __future__ import annotations

from collections.abc import Mapping

from customs_sim.steering.fault import Fault
from customs_sim.steering.faults_of_content import CONTENT
from customs_sim.steering.faults_of_order import ORDER

FAULTS: Mapping[str, Fault] = {**ORDER, **CONTENT}
"""By name."""
