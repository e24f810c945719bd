"""Language models of a few thousand random weights, saved as real ones are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

TEMPLATE = (
    "{% for message in messages %}<|{{ message['role'] }}|>{{ message['content'] }}<|end|>{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)
_SPECIAL = ("<|end|>", "<|system|>", "<|user|>", "<|assistant|>")
_TEXT = "Dropout sets a random share of the activations to zero while training; attention scores are scaled. " * 3
WINDOW = 512


def save_tiny_model(folder: Path, *, template: str | None = TEMPLATE, rows: int | None = None, **config: Any) -> Path:
    """A Llama with a byte-level tokenizer in `folder`; `rows` of its embedding differ from the tokenizer if given."""
    import torch
    from transformers import AutoModelForCausalLM, LlamaConfig

    tokenizer = _tokenizer(template)
    sizes: dict[str, Any] = {
        "hidden_size": 32,
        "intermediate_size": 64,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "max_position_embeddings": WINDOW,
    }
    kind = config.pop("kind", LlamaConfig)
    ends = tokenizer.convert_tokens_to_ids("<|end|>")
    torch.manual_seed(0)
    made = kind(
        **sizes | config, vocab_size=rows or len(tokenizer), bos_token_id=None, eos_token_id=ends, pad_token_id=ends
    )
    model = AutoModelForCausalLM.from_config(made)
    with torch.no_grad():  # larger weights make the next token depend on what was read
        for weight in model.parameters():
            weight.mul_(8 if weight.dim() > 1 else 1)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def _tokenizer(template: str | None) -> Any:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=400, initial_alphabet=alphabet, special_tokens=list(_SPECIAL), show_progress=False
    )
    made.train_from_iterator([_TEXT], trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=made, eos_token="<|end|>", pad_token="<|end|>", chat_template=template
    )
