"""Bytes to text: UTF-8 that is nearly whole, English of old Windows, and other alphabets."""

import pytest

from corpus.errors import UnreadableFile
from corpus.source_file import decode


@pytest.mark.parametrize(
    "text",
    [
        "Résumé of the naïve approach – “smart quotes”\n\nThe café experiment cost €250.\n",
        "The naïve baseline.\n",
        "The model’s loss – it didn’t fall.\n\nIt’s “fine”.",
        "Notes\n• one\n• two … and so on\n",
        "Set the temperature to 20°C ± 0.5 µm × 3\n",
    ],
)
def test_english_of_old_windows_is_read_as_such_however_short(text):
    assert decode(text.encode("cp1252")) == text


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Сеть обучалась десять эпох по the book, затем точность выросла.", "cp1251"),
        ("Sieć była uczona przez dziesięć epok, później dokładność wzrosła.", "cp1250"),
        ("ネットワークは十エポック学習した。精度が上がった。", "shift_jis"),
        ("网络训练了十个周期,然后准确率上升了。下次使用更大的学习率。", "gb18030"),
    ],
)
def test_other_alphabets_are_told_by_their_letters(text, encoding):
    assert decode(text.encode(encoding)) == text


def test_utf8_with_a_broken_byte_stays_utf8():
    text = "The naïve café – “smart quotes” of the résumé"
    assert decode(text.encode() + "é".encode()[:1]) == f"{text}\ufffd"


def test_bytes_that_no_windows_letter_has_are_left_to_the_statistics():
    assert "the" in decode("Größe of the network, naïve".encode("cp437"))


def test_binary_data_is_no_text():
    with pytest.raises(UnreadableFile):
        decode(bytes(range(256)) * 20)
