"""Is anything lost, or half-written, when the machine fails, and does the message say what to do?"""

from collections.abc import Callable
from pathlib import Path

import pytest
from attack import may_mount
from faults import ALL, NEED_MOUNTS, Fault

FEW = {name: 3 for name in ("killed_builds", "full_disks", "killed_workers")}


@pytest.mark.slow
@pytest.mark.parametrize("bring_about", ALL, ids=lambda one: one.__name__)
def test_nothing_is_lost(bring_about: Callable[[Path, int], Fault], database: Path) -> None:
    if bring_about in NEED_MOUNTS and not may_mount():
        pytest.skip("only root may mount a small or read-only disk")
    fault = bring_about(database, FEW.get(bring_about.__name__, 1))
    assert fault.count and not fault.lost, fault.row()
