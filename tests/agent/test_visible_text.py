"""What a reader sees of a growing text: the text itself, without half characters and stop strings."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.visible_text import StopFilter, VisibleText


@given(
    st.lists(st.text("abO:", max_size=4), max_size=12), st.lists(st.text("abO:", min_size=1, max_size=3), max_size=3)
)
def test_pieces_join_to_the_text_before_the_stop_string_that_is_complete_first(pieces, stops):
    shown = StopFilter(stops)
    seen = "".join(shown.push(piece) for piece in pieces) + shown.finish()
    whole = "".join(pieces)
    assert whole.startswith(seen)
    assert not any(stop in seen for stop in stops)
    assert shown.stopped == any(stop in whole for stop in stops)
    assert shown.stopped or seen == whole


def test_the_start_of_a_stop_string_is_held_back_until_it_is_none():
    shown = StopFilter(["Observation:"])
    assert [shown.push(piece) for piece in ("a Obs", "er", "ved")] == ["a ", "", "Observed"]


@pytest.mark.parametrize("text", ["naïve — 😀 done", "x", ""])
def test_a_character_of_several_tokens_appears_whole(text):
    seen = VisibleText(lambda ids: bytes(ids).decode("utf-8", "replace"))
    pieces = [seen.push([byte]) for byte in text.encode()] + [seen.finish()]
    assert "".join(pieces) == text
    assert not any("\N{REPLACEMENT CHARACTER}" in piece for piece in pieces)
