"""Two ways of writing the same thing become the same plain text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.plain_text import plain, squeezed


@pytest.mark.parametrize(
    ("marked_up", "bare"),
    [
        ("**bold** and *soft* and `code`", "bold and soft and code"),
        ("see [the note](other.md#part) now", "see the note now"),
        ("see [[other|the note]] ![[other.png]] now", "see the note other.png now"),
        ("“quoted” – it’s", '"quoted" - it\'s'),
        (r"$\sqrt{d_k}$", "√d_k"),
        (r"$\beta_1 = 0.9$", "β₁ = 0.9"),
        (r"$10^{-4}$", "10⁻⁴"),
        (r"$524{,}288$", "524,288"),
        (r"$\mathrm{softmax}(x)$", "softmax(x)"),
        (r"$\frac{1}{2}$", "1/2"),
        (r"$3 \times 3$", "3 × 3"),
        ("a\u00a0b\n  c", "a b c"),
        ("- an item", "an item"),
        ("H<sub>2</sub>O", "H2O"),
    ],
)
def test_markup_does_not_tell_texts_apart(marked_up, bare):
    assert squeezed(marked_up) == squeezed(bare)


@pytest.mark.parametrize("text", ["snake_case", "a * b", "x < y", "2 ** n", "f(x)[0]"])
def test_signs_that_are_no_markup_stay(text):
    assert plain(text) == text


@given(st.text(max_size=200))
def test_plain_text_is_one_line_for_any_text(text):
    assert plain(text) == " ".join(plain(text).split())
