"""Stand-ins for what is large or slow."""

import zlib

import numpy as np


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
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors / np.where(lengths == 0, 1, lengths)

    def encode_query(self, text):
        return self.encode([text])[0]
