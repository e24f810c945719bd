"""Who asks for much does not keep the others waiting."""

from agent.fair_queue import FairQueue


def test_owners_are_served_in_turn_and_each_in_order():
    queue = FairQueue()
    for work in ("a1", "a2", "a3", "b1", "c1", "b2"):
        queue.put(work[0], work)
    assert [queue.take() for _ in range(6)] == ["a1", "b1", "c1", "a2", "b2", "a3"]


def test_an_owner_that_comes_back_stands_behind_those_who_wait():
    queue = FairQueue()
    queue.put("a", "a1")
    queue.put("b", "b1")
    assert queue.take() == "a1"
    queue.put("a", "a2")
    assert [queue.take(), queue.take()] == ["b1", "a2"]
