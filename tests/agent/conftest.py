"""What several files of these tests work with."""

import pytest

from agent.sandbox import SandboxPool
from tests.sandbox_sessions import make
from tests.team_notes import open_assistant


@pytest.fixture(scope="module")
def pool():
    pool = SandboxPool()
    yield pool
    pool.close()


@pytest.fixture
def sandbox(pool):
    return make(pool)


@pytest.fixture
def opened(tmp_path):
    """Makes assistants that are closed at the end."""
    made = []

    def make(model="extractive", **given):
        made.append(open_assistant(tmp_path, model, **given))
        return made[-1]

    yield make
    for assistant in made:
        assistant.close()
