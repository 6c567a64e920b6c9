"""`eport up --scenario`: reads the file (or takes a shipped scenario by name) and hands it to customs; says what is wrong and where."""

from __future__ import annotations

import asyncio
from pathlib import Path

from customs_sim.node import CustomsNode
from customs_sim.yaml_reading import BadText
from gateway.errors import BadSetting


async def set_scenario(customs: CustomsNode, file: Path) -> None:
    """Make it customs' active scenario; the same one after a restart goes on counting.

    Raises BadSetting, every mistake on a line of its own."""
    known = customs.playbook.shipped()
    try:
        text = known[str(file)] if str(file) in known else await asyncio.to_thread(file.read_text, encoding="utf-8")
        await customs.playbook.ensure(text)
    except (OSError, UnicodeDecodeError) as error:
        raise BadSetting(f"--scenario {file}: {error}; wanted a YAML file or one of {', '.join(known)}") from error
    except BadText as error:
        raise BadSetting(f"--scenario {file}:\n" + "\n".join(f"  第 {p.line} 行 {p.zh} / line {p.line}, {p.en}" for p in error.problems)) from error
