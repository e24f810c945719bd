"""What a browser may send, the line in which questions wait, and the pace of updates."""

import pytest

from ui.page.line import Line, LineFull
from ui.page.live import Pace
from ui.page.orders import MOST_PASSAGES, Order


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"question": None, "mode": "evil", "passages": "many", "weight": float("nan"), "turn": True, "web": "yes"},
        {"talk": ["x"], "ask": "x" * 1000, "model": 7, "without": "note"},
    ],
)
def test_nonsense_in_an_order_is_replaced_by_what_holds_anyway(sent):
    order = Order.of(sent, 8, 0.5)
    assert (order.mode, order.passages, order.dense_weight, order.turn) == ("auto", 8, 0.5, 1)
    assert (order.web, order.talk_id, order.ask_id, order.model, order.where) == (False, "", "", "", None)


def test_an_order_stays_within_bounds():
    order = Order.of({"passages": 10**9, "weight": -3, "turn": -1, "question": "x" * 10**6}, 8, 0.5)
    assert (order.passages, order.dense_weight, order.turn) == (MOST_PASSAGES, 0, 1)
    assert len(order.question) == 10_001
    assert Order.of({"without": ["a.md"]}, 8, 0.5).where == {"must_not": [{"field": "note_id", "any": ["a.md"]}]}


def test_a_line_serves_first_come_first_and_refuses_when_it_is_full():
    line = Line(at_once=1, longest=2)
    with line.join() as first, line.join() as second, line.join() as third:
        assert [place.before for place in (first, second, third)] == [0, 1, 2]
        with pytest.raises(LineFull, match="3 questions"):
            line.join()
        line.leave(first)
        assert [place.before for place in (second, third)] == [0, 1]
    assert line.join().before == 0


def test_updates_keep_a_pace():
    times = iter([0.0, 0.05, 0.11, 0.15, 0.22])
    pace = Pace(0.1, lambda: next(times))
    assert [pace.due() for _ in range(5)] == [True, False, True, False, True]
