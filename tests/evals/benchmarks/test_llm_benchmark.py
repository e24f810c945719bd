"""The benchmark of the local model feeds each step what the model wrote before, and compares the texts."""

import pytest

from evals.benchmarks.llm import Step, agent_run, report


def test_every_step_sees_the_steps_before_it():
    prompts = []

    def stream(messages, new_tokens):
        prompts.append([one["content"][0]["text"] for one in messages])
        yield from (f"step {len(prompts)}", f" of {new_tokens}")

    steps = agent_run(stream, "be brief", ["first passage", "second passage"], 7)
    assert [step.text for step in steps] == ["step 1 of 7", "step 2 of 7", "step 3 of 7"]
    assert prompts[-1][2:] == [
        "step 1 of 7",
        "Observation:\nfirst passage",
        "step 2 of 7",
        "Observation:\nsecond passage",
    ]


@pytest.mark.parametrize(("text", "same"), [("a b", True), ("a c", False)])
def test_the_report_compares_with_the_first_system(text, same):
    runs = {"slow": [Step(1.0, 4.0, 8.0, "a b")], "fast": [Step(0.5, 2.0, 2.0, text)]}
    lines = report("Run", runs, lambda words: {"input_ids": words.split()})
    assert lines[-1] == f"| fast | 2.0 | 2.00 | 2.0 | 4.00 | 0.50 | 1.0 | {same} |"
