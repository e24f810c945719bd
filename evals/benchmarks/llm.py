"""The local model beside smolagents' `TransformersModel` and plain `generate`: `python -m evals.benchmarks.llm`.

All three run SmolLM2-135M on the same 32-bit weights, decode greedily, and take turns within one process. The agent
run has four steps: the instructions of a smolagents `CodeAgent`, a question, and at every further step what the model
wrote and a passage as the observation. The answer step is one prompt with three passages. Each has written something
before it is timed: the first text after loading waits for memory. Beside the seconds stand those of the processor,
which other programs on the machine disturb less.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from agent.local_model import LocalModel
from agent.models import smollm2_source
from corpus import shipped_notes

Message = dict[str, Any]
Stream = Callable[[list[Message], int], Iterator[str]]
"""From messages and the number of new tokens to the text, piece by piece."""

_QUESTION = "How does dropout prevent overfitting, and what is the vanishing gradient problem?"
_PASSAGE_CHARACTERS = 1_200


@dataclass(frozen=True, slots=True)
class Step:
    """One text: its seconds until the first piece and in all, those of the processor, and the text."""

    first: float
    seconds: float
    processor: float
    text: str


def passages(count: int) -> list[str]:
    """The beginnings of shipped notes, as observations."""
    notes = sorted(shipped_notes(), key=lambda note: note.note_id)
    return [note.text[:_PASSAGE_CHARACTERS] for note in notes[:count]]


def instructions(model: LocalModel) -> str:
    """The system prompt of a smolagents `CodeAgent` without tools of its own."""
    from smolagents import CodeAgent

    return str(CodeAgent(tools=[], model=model).system_prompt)


def agent_run(stream: Stream, system: str, observations: Sequence[str], new_tokens: int) -> list[Step]:
    """One step more than there are observations."""
    messages = [_message("system", system), _message("user", f"New task:\n{_QUESTION}")]
    steps = [timed(stream, messages, new_tokens)]
    for observation in observations:
        messages += [_message("assistant", steps[-1].text), _message("user", f"Observation:\n{observation}")]
        steps.append(timed(stream, messages, new_tokens))
    return steps


def answer_step(stream: Stream, observations: Sequence[str], new_tokens: int) -> list[Step]:
    """The answer on numbered passages."""
    numbered = "\n\n".join(f"[{number}] {text}" for number, text in enumerate(observations, 1))
    asked = f"{numbered}\n\nQuote the sentences of passage 1 word by word."
    return [timed(stream, [_message("user", asked)], new_tokens)]


def timed(stream: Stream, messages: list[Message], new_tokens: int) -> Step:
    """Run one step."""
    started, first, pieces = time.perf_counter(), 0.0, []
    worked = time.process_time()
    for piece in stream(messages, new_tokens):
        first = first or time.perf_counter() - started
        pieces.append(piece)
    return Step(first, time.perf_counter() - started, time.process_time() - worked, "".join(pieces))


def ours(model: LocalModel, *, lookup: bool) -> Stream:
    """The local model, with nothing remembered of earlier runs."""

    def stream(messages: list[Message], new_tokens: int) -> Iterator[str]:
        for delta in model.generate_stream(messages, max_tokens=new_tokens, prompt_lookup=lookup):
            if delta.content:
                yield delta.content

    return stream


def smolagents_stream(model: LocalModel, folder: str) -> Stream:
    """`TransformersModel` on a copy of the weights in `folder`, told to decode greedily."""
    from smolagents import TransformersModel

    weights = model.engine.weights
    copied = type(weights.model)(_plain_config(weights.model.config))
    copied.load_state_dict(weights.model.state_dict())
    copied.save_pretrained(folder)
    weights.tokenizer.save_pretrained(folder)
    other = TransformersModel(folder, device_map="cpu", torch_dtype="float32", do_sample=False)

    def stream(messages: list[Message], new_tokens: int) -> Iterator[str]:
        for delta in other.generate_stream(messages, max_new_tokens=new_tokens):
            if delta.content:
                yield delta.content

    return stream


def plain_stream(model: LocalModel) -> Stream:
    """`generate` of transformers; the text comes in one piece, so it has no time to the first token."""
    weights = model.engine.weights

    def stream(messages: list[Message], new_tokens: int) -> Iterator[str]:
        flat = [{"role": one["role"], "content": one["content"][0]["text"]} for one in messages]
        read = weights.tokenizer.apply_chat_template(
            flat, add_generation_prompt=True, return_tensors="pt", return_dict=True
        ).to(weights.model.device)
        written = weights.model.generate(**read, do_sample=False, max_new_tokens=new_tokens)
        yield weights.tokenizer.decode(written[0, read["input_ids"].shape[1] :], skip_special_tokens=True)

    return stream


def report(title: str, runs: dict[str, list[Step]], tokenizer: Any) -> list[str]:
    """A Markdown table; ratios are to the first system, and so is whether the texts are the same."""
    reference = next(iter(runs.values()))
    lines = [
        f"\n{title}\n",
        "| system | seconds | ratio | processor s | ratio | first token s, by step | tokens/s | same text |",
    ]
    lines.append("|---|--:|--:|--:|--:|---|--:|---|")
    slowest, busiest = _seconds(reference), _processor(reference)
    for name, steps in runs.items():
        seconds = _seconds(steps)
        tokens = sum(len(tokenizer(step.text)["input_ids"]) for step in steps)
        firsts = ", ".join(f"{step.first:.2f}" for step in steps)
        same = [step.text for step in steps] == [step.text for step in reference]
        lines.append(
            f"| {name} | {seconds:.1f} | {slowest / seconds:.2f} | {_processor(steps):.1f} | "
            f"{busiest / _processor(steps):.2f} | {firsts} | {tokens / seconds:.1f} | {same} |"
        )
    return lines


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=4)
    parser.add_argument("--new-tokens", type=int, default=48, help="in each step; the answer has twice as many")
    parser.add_argument("--all", action="store_true", help="also plain generate, and footnote without prompt lookup")
    options = parser.parse_args(arguments)
    model = LocalModel.open(smollm2_source())
    tokenizer, system = model.engine.weights.tokenizer, instructions(model)
    observations = passages(max(options.steps - 1, 3))
    print(f"instructions of {len(tokenizer(system)['input_ids']):,} tokens, {options.steps} steps")
    with tempfile.TemporaryDirectory() as folder:
        systems = {
            "smolagents TransformersModel": smolagents_stream(model, folder),
            "footnote": ours(model, lookup=True),
        }
        if options.all:
            systems |= {"plain generate": plain_stream(model), "footnote, no lookup": ours(model, lookup=False)}
        runs, answers = {}, {}
        for name, stream in systems.items():
            timed(stream, [_message("user", _QUESTION)], 8)
            model.engine.prefixes.clear()
            runs[name] = agent_run(stream, system, observations[: options.steps - 1], options.new_tokens)
            answers[name] = answer_step(stream, observations[:3], 2 * options.new_tokens)
            worked = f"{_seconds(runs[name]):.1f} s, {_processor(runs[name]):.1f} of the processor"
            print(f"{name}: {worked}; answer {_seconds(answers[name]):.1f} s", flush=True)
    print("\n".join(report("Agent run", runs, tokenizer)))
    print("\n".join(report("Answer step", answers, tokenizer)))


def _seconds(steps: Sequence[Step]) -> float:
    return sum(step.seconds for step in steps)


def _processor(steps: Sequence[Step]) -> float:
    return sum(step.processor for step in steps)


def _message(role: str, text: str) -> Message:
    return {"role": role, "content": [{"type": "text", "text": text}]}


def _plain_config(config: Any) -> Any:
    """The configuration without the mark of the GGUF file, which forbids saving."""
    fields = config.to_dict()
    fields.pop("quantization_config", None)
    return type(config).from_dict(fields)


if __name__ == "__main__":
    main()
