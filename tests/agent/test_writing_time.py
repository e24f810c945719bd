"""A model is given what it can read in time, and its speed is what was measured."""

import pytest

from agent.evidence import Evidence
from agent.writing_time import ReadingSpeed, Stopwatch, fitting, readable_characters


def passage(text, start=10):
    return Evidence("n1", "note", "a.md", "A", "a.md", (), start, start + len(text), text)


class Clock:
    def __init__(self, *moments):
        self.moments = list(moments)

    def __call__(self):
        return self.moments.pop(0)


@pytest.mark.parametrize(
    ("seconds", "speed", "window", "characters"),
    [
        (60, None, None, 9_000),  # unknown: of a server
        (60, 1_000, 8_192, 9_000),
        (60, 50, 8_192, 60 * 0.4 * 50 * 3),
        (60, 1_000, 2_048, (2_048 - 1_200) * 3),
        (1, 1, 512, 600),
    ],
)
def test_what_can_be_read_depends_on_time_speed_and_window(seconds, speed, window, characters):
    assert readable_characters(seconds, speed, window) == characters


def test_passages_that_do_not_fit_are_cut_behind_a_sentence():
    first, second = passage("First sentence. " * 20), passage("Second one is here. " * 40)
    assert fitting([first, second], 10_000) == [first, second]
    kept = fitting([first, second], 700)
    assert kept[0] == first
    assert second.text.startswith(kept[1].text)
    assert kept[1].text.endswith("here.")
    assert kept[1].end - kept[1].start == len(kept[1].text)
    assert fitting([first, second], 400) == [first]


def test_one_passage_is_always_shown():
    assert [len(one.text) for one in fitting([passage("x" * 900)], 600)] == [600]


def test_the_stopwatch_runs_out():
    watch = Stopwatch(5, Clock(100, 104.9, 105))
    assert [watch.over, watch.over] == [False, True]


def test_the_first_piece_warms_up_and_the_last_ones_count_most():
    speed = ReadingSpeed(Clock(0, 8, 10, 11, 20, 21, 30, 39))
    seen = []
    for tokens in (128, 100, 200, 3):
        with speed.reading(tokens):
            pass
        seen.append(speed.tokens_a_second)
    assert seen == [None, 100, (100 + 200) / 2, 150]


@pytest.mark.parametrize(("tokens_a_second", "piece"), [(None, 128), (20, 128), (130, 256), (300, 512), (5_000, 2048)])
def test_a_faster_reader_reads_larger_pieces(tokens_a_second, piece):
    speed = ReadingSpeed()
    speed.tokens_a_second = tokens_a_second
    assert speed.piece == piece


def test_a_piece_that_failed_is_not_timed():
    speed = ReadingSpeed(Clock(0, 1, 2))
    with pytest.raises(OSError, match="gone"), speed.reading(128):
        raise OSError("gone")
    assert speed.tokens_a_second is None
