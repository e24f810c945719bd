"""A model of the shape of an 8B one on a GPU: `python -m evals.benchmarks.llm_gpu --tokenizer FOLDER`.

The weights are random, so no download is needed and the texts mean nothing; speed is that of real ones. smolagents'
`TransformersModel`, `generate` of transformers and the local model use the same weights in bf16 and take turns. The
limit is the time to read all weights once from the GPU's memory, at the speed at which it copies here.
"""

from __future__ import annotations

import argparse
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from agent.batched_engine import engine_for
from agent.local_model import LocalModel
from agent.local_weights import Source, Weights
from agent.settings import LocalModelSettings
from evals.benchmarks.llm import Step, Stream, agent_run, instructions, ours, passages, plain_stream, report, timed

_SHAPE: Final[dict[str, Any]] = {
    "hidden_size": 4096,
    "intermediate_size": 14336,
    "num_hidden_layers": 32,
    "num_attention_heads": 32,
    "num_key_value_heads": 8,
    "max_position_embeddings": 8192,
}
"""Llama 3 8B; the vocabulary is that of the tokenizer."""
_PROMPT_WORDS: Final = 700
_CONVERSATIONS: Final = 16


def random_weights(tokenizer: Any, shape: dict[str, Any]) -> Weights:
    """A Llama of that shape in bf16 on the GPU."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(0)
    config = LlamaConfig(**shape, vocab_size=len(tokenizer), bos_token_id=None, eos_token_id=None, pad_token_id=0)
    with torch.device("cuda"):
        model: Any = LlamaForCausalLM._from_config(config, dtype=torch.bfloat16)  # type: ignore[no-untyped-call]
    return Weights(Source("random-8b"), model.eval(), tokenizer, shape["max_position_embeddings"])


def smolagents_stream(weights: Weights) -> Stream:
    """`TransformersModel` on the same weights: it opens a model of one tiny layer, which is then replaced."""
    from smolagents import TransformersModel
    from transformers import LlamaConfig, LlamaForCausalLM

    with tempfile.TemporaryDirectory() as folder:
        tiny: dict[str, Any] = dict.fromkeys(_SHAPE, 8) | {"num_attention_heads": 1, "num_key_value_heads": 1}
        LlamaForCausalLM(LlamaConfig(**tiny, vocab_size=len(weights.tokenizer))).save_pretrained(folder)
        weights.tokenizer.save_pretrained(folder)
        other = TransformersModel(folder, device_map="cuda", torch_dtype="bfloat16", do_sample=False)
    other.model = weights.model

    def stream(messages: list[dict[str, Any]], new_tokens: int) -> Any:
        for delta in other.generate_stream(messages, max_new_tokens=new_tokens):
            if delta.content:
                yield delta.content

    return stream


def copied_bytes_a_second() -> float:
    """What the GPU's memory reads and writes while it copies, best of five; no computation is faster."""
    import torch

    source = torch.empty(2**31, dtype=torch.int8, device="cuda")
    target, best = torch.empty_like(source), float("inf")
    for _ in range(5):
        torch.cuda.synchronize()
        started = time.perf_counter()
        for _ in range(4):
            target.copy_(source)
        torch.cuda.synchronize()
        best = min(best, time.perf_counter() - started)
    return 8 * source.nbytes / best


def pass_seconds(model: LocalModel, rows: int) -> float:
    """Seconds of a pass without what is done between two: the tokens of one feed the next, and none is looked at."""
    steps = model.engine._steps  # type: ignore[attr-defined]
    ticket = steps.launch([[7]] * rows, [1_000] * rows)
    ticket.read()
    started = time.perf_counter()
    for _ in range(20):
        ticket = steps.again()
    ticket.read()
    return (time.perf_counter() - started) / 20


def weight_bytes(weights: Weights) -> int:
    """Bytes of what is read for a token."""
    return sum(one.nbytes for name, one in weights.model.named_parameters() if "embed_tokens" not in name)


def prompt(number: int) -> list[dict[str, Any]]:
    """A question on notes, another one for every number."""
    words = " ".join(passages(6)).split()
    text = " ".join([f"Conversation {number}.", *words[number % 50 * 11 :], *words][:_PROMPT_WORDS])
    return [{"role": "user", "content": [{"type": "text", "text": text}]}]


def side_by_side(model: LocalModel, new_tokens: int, first: int = 0) -> float:
    """Seconds until all conversations have their texts."""

    def write(number: int) -> None:
        timed(ours(model.share(), lookup=False), prompt(number), new_tokens)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(first, first + _CONVERSATIONS)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.perf_counter() - started


def one_text(name: str, stream: Stream, new_tokens: int, limit: float) -> tuple[str, Step, float]:
    """A table row of a single text: seconds a token without the first, and its share of the limit."""
    timed(stream, prompt(0), 8)
    step = timed(stream, prompt(1), new_tokens)
    short = timed(stream, prompt(1), new_tokens // 4)
    each = (step.seconds - short.seconds) / (new_tokens - new_tokens // 4)
    return f"| {name} | {step.first:.3f} | {1 / each:.1f} | {limit / each:.0%} |", step, each


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the tables."""
    import torch
    from transformers import AutoTokenizer

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tokenizer", type=Path, required=True, help="a folder with a tokenizer and its chat template")
    parser.add_argument("--new-tokens", type=int, default=128)
    parser.add_argument("--layers", type=int, default=_SHAPE["num_hidden_layers"])
    options = parser.parse_args(arguments)
    started = time.perf_counter()
    weights = random_weights(
        AutoTokenizer.from_pretrained(options.tokenizer), _SHAPE | {"num_hidden_layers": options.layers}
    )
    model = LocalModel(engine_for(weights, LocalModelSettings(prefix_bytes=2**33)))
    size = weight_bytes(weights)
    speed = copied_bytes_a_second()
    limit = size / speed
    print(
        f"{torch.cuda.get_device_name()}, torch {torch.__version__}, {type(model.engine).__name__}; "
        f"{size / 1e9:.1f} GB a token, copies at {speed / 1e12:.2f} TB/s; "
        f"ready after {time.perf_counter() - started:.0f} s",
        flush=True,
    )
    smol = smolagents_stream(weights)
    print("\n| one text | first token s | tokens/s after it | of the limit |\n|---|--:|--:|--:|")
    rows = [
        one_text(name, stream, options.new_tokens, limit)
        for name, stream in (
            ("smolagents TransformersModel", smol),
            ("plain generate", plain_stream(model)),
            ("footnote", ours(model, lookup=False)),
            ("footnote, lookup", ours(model, lookup=True)),
        )
    ]
    print("\n".join(row for row, _, _ in rows), flush=True)
    texts = [step.text for _, step, _ in rows]
    print(f"same text as TransformersModel: {[text == texts[0] for text in texts[1:]]}", flush=True)
    side_by_side(model, options.new_tokens, first=100)  # records the passes
    ours_16 = side_by_side(model, options.new_tokens)
    alone = [timed(smol, prompt(number), options.new_tokens).seconds for number in range(4)]
    theirs_16 = sum(alone) / len(alone) * _CONVERSATIONS
    single = timed(ours(model, lookup=False), prompt(77), options.new_tokens).seconds * _CONVERSATIONS
    total = _CONVERSATIONS * options.new_tokens
    print(
        f"\n{_CONVERSATIONS} conversations: {total / ours_16:.0f} tokens/s in all; {theirs_16 / ours_16:.1f} times "
        f"TransformersModel one after the other (4 measured), {single / ours_16:.1f} times ourselves so",
        flush=True,
    )
    for count in (1, _CONVERSATIONS):
        with torch.inference_mode():
            each = pass_seconds(model, count)
        print(f"a pass of {count} alone: {each * 1e3:.2f} ms, {limit / each:.0%} of the limit", flush=True)
    system, observations = instructions(model), passages(3)
    model.engine.prefixes.clear()
    runs = {
        "smolagents TransformersModel": agent_run(smol, system, observations, 48),
        "footnote": agent_run(ours(model, lookup=False), system, observations, 48),
    }
    print("\n".join(report("Agent run of four steps", runs, weights.tokenizer)))


if __name__ == "__main__":
    main()
