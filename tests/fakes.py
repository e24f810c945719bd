"""Stand-ins for what is large or slow."""

import re
import zlib

import numpy as np

from retrieval.encoder import EncodedText
from retrieval.encoder_tokens import Tokens


class HashingEncoder:
    """Hashes character trigrams, so that texts with similar words really are near."""

    fingerprint = "hashing-trigrams"
    dimension = 128

    def encode(self, texts):
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in enumerate(texts):
            for word in text.lower().split():
                padded = f"<{word.strip('.,?!:;()')}>"
                for start in range(len(padded) - 2):
                    trigram = padded[start : start + 3].encode("utf-8", "replace")
                    vectors[row, zlib.crc32(trigram) % self.dimension] += 1
            if not vectors[row].any():
                vectors[row, 0] = 1  # a text without words has a direction too
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    def encode_query(self, text):
        return self.encode([text])[0]

    def encode_tokens(self, texts, *, query=False):
        """One token a word; a state is the vector of the word alone."""
        found = [list(re.finditer(r"\S+", text)) for text in texts]
        return [
            EncodedText(
                embedding,
                self._word_vectors([word.group() for word in words]),
                np.arange(len(words), dtype=np.int32),
                np.array([word.span() for word in words], dtype=np.int32).reshape(-1, 2),
            )
            for words, embedding in zip(found, self.encode(texts), strict=True)
        ]

    def tokens(self, texts):
        return [Tokens(np.zeros(len(own.words)), own.words, own.offsets) for own in self.encode_tokens(texts)]

    def _word_vectors(self, words):
        return HashingEncoder.encode(self, words)


def write_word_tokeniser(file, words):
    """A `tokenizer.json` whose ids are [PAD] 0, [UNK] 1, [CLS] 2, [SEP] 3, then `words` from 4 on; returns `file`."""
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import BertPreTokenizer
    from tokenizers.processors import TemplateProcessing

    ids = {word: number for number, word in enumerate(["[PAD]", "[UNK]", "[CLS]", "[SEP]", *words])}
    tokenizer = Tokenizer(WordLevel(ids, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = BertPreTokenizer()
    tokenizer.post_processor = TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", ids["[CLS]"]), ("[SEP]", ids["[SEP]"])]
    )
    tokenizer.save(str(file))
    return file
