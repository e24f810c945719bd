"""Numbers are read in every way in which people write them, and agree by value and unit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.numbers import agree, numbers_of


def only(text):
    (number,) = numbers_of(text)
    return number


@pytest.mark.parametrize(
    ("said", "known"),
    [
        ("28M parameters", "28 million parameters"),
        ("1,000", "1000"),
        ("1000", "$10^3$"),
        ("1000", "1e3"),
        ("10⁻⁴", "$10^{-4}$"),
        ("524288", r"$524{,}288$"),
        (r"$3 \times 10^{4}$", "30,000"),
        ("two layers", "2 layers"),
        ("twenty-one heads", "21 heads"),
        ("5 %", "5 percent"),
        ("5%", r"$5\,\%$"),
        ("5 per cent", "5%"),
        ("80 %", "0.8"),
        ("512 KiB", "524288 bytes"),
        ("1.5 s", "1500 ms"),
        ("8-bit", "8 bits"),
        ("about 28 million", "27.6 million"),
        ("3.14", "3.14159"),
        ("28 million", "27.6 million"),
        ("falls by 5", "-5"),
        ("2/3", "0.67"),
        ("twice", "2"),
    ],
)
def test_the_same_number_in_another_form_agrees(said, known):
    assert any(agree(only(said), number) for number in numbers_of(known))


@pytest.mark.parametrize(
    ("said", "known"),
    [
        ("12 layers", "8 layers"),
        ("28 million", "28 billion"),
        ("5 %", "5 percentage points"),
        ("16 GB", "16 MB"),
        ("5 ms", "5 s"),
        ("8 bytes", "8 bits"),
        ("3", "3.4"),
        ("2.8 million", "2.6 million"),
        ("1/4", "1"),
        ("-5", "5"),
        ("2019", "2018"),
    ],
)
def test_another_number_or_unit_does_not_agree(said, known):
    assert not any(agree(only(said), number) for number in numbers_of(known))


@pytest.mark.parametrize("name", ["GPT-3", "ResNet-50", "L2", "x_1", "bf16", "word2vec", "$W_2$", "A100"])
def test_digits_of_a_name_are_no_number(name):
    assert numbers_of(f"the {name} model") == ()


def test_a_range_has_both_its_ends():
    assert [number.readings[0][0] for number in numbers_of("3–5 layers, 20% to 38%")] == [3.0, 5.0, 20.0, 38.0]


@pytest.mark.parametrize("text", ["one of them", "the two differ", "1. Download the notes", "half of the time"])
def test_words_that_only_point_need_no_support(text):
    assert not any(number.claimed for number in numbers_of(text))


def test_a_decade_is_no_duration():
    assert only("the 1990s").readings == ((1990.0, None),)


def test_a_fraction_is_its_value_and_offers_its_parts():
    number = only("9/10")
    assert number.readings == ((9 / 10, None),)
    assert number.parts == (9.0, 10.0)


@pytest.mark.parametrize("text", ["10^99999", "1e999999", "0^-1", "1/0", "∞", "٣", "²", "9" * 5000])
def test_numbers_that_no_machine_holds_are_survived(text):
    for number in numbers_of(text):
        assert agree(number, number) in (True, False)


@given(st.integers(min_value=0, max_value=10**12))
def test_a_whole_number_agrees_with_itself_with_and_without_separators(value):
    assert agree(only(f"{value:,}"), only(f"{value}"))


@given(st.text(max_size=80))
def test_any_text_can_be_read(text):
    assert isinstance(numbers_of(text), tuple)


def test_a_version_above_a_bar_is_no_fraction():
    (number,) = numbers_of("0.0.0/0")
    assert number.parts == ()
