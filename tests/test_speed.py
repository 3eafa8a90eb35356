"""Is the site as many times faster than others as it should be? Ratios of one run hold on a slow machine, too."""

from pathlib import Path

import pytest
from bench import ASKED, rate, serving, starting
from test_deploy import NGINX, needs

pytestmark = pytest.mark.slow


def test_answers_come_many_times_faster_than_from_a_bare_datasette(database: Path) -> None:
    """Half of what make bench finds on a quiet machine is asked for; here the other tests may run beside it."""
    needs("wrk")
    needs(NGINX)
    for asked, _, found in serving(database, ASKED, connections=(8,), runs=2, seconds=1):
        bare, new, kept, files = (rate(found[who]) for who in ("bare", "new", "kept", "files"))
        assert not any(one.errors for runs in found.values() for one in runs), asked.name
        assert new > bare, f"{asked.name}, asked anew: {new:.0f} answers a second, a bare Datasette {bare:.0f}"
        assert kept > 50 * bare, f"{asked.name}, kept: {kept:.0f} answers a second, a bare Datasette {bare:.0f}"
        assert kept > files / 4, f"{asked.name}, kept: {kept:.0f} answers a second, nginx {files:.0f}"


@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="the memory is read from /proc")
def test_the_first_answer_comes_soon_and_the_memory_is_small(database: Path) -> None:
    found = starting(database, runs=2)
    bare, ours = (min(seconds for seconds, _ in found[who]) for who in ("bare Datasette", "the site"))
    assert ours < 2 * bare, f"the site answers after {ours:.2f} s, a bare Datasette after {bare:.2f} s"
    assert min(mb for _, mb in found["the site, one process"]) < 120
