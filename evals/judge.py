"""An optional judge: `python -m evals.judge RUN --model SPEC` asks a language model whether each answer is right.

No measure depends on it. Its verdicts stand beside those of the accepted patterns, with how far the two agree: a judge
that agrees little with people's labels is worth little on questions that have none.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from agent.settings import keep_quiet
from evals.errors import EvalError, MeasureError
from evals.judged_questions import JudgedQuestion
from evals.run_folder import Run, read_run
from evals.scoring import plain_answer, scores_of

PROMPT = Path(__file__).with_name("templates") / "judge.txt"
_VERDICT = re.compile(r"\W*(yes|no)\b", re.IGNORECASE)

Ask = Callable[[str], str]
"""A prompt to the reply of a model."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the judge says of one answer.

    Attributes:
        right: None where the reply was neither yes nor no.
        labelled: What the accepted patterns say; None where a question has none.
    """

    question_id: str
    right: bool | None
    labelled: bool | None


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far the judge agrees with the patterns, over the `n` answers that both judged.

    Attributes:
        share: Of equal verdicts.
        kappa: Beyond chance: `(share - expected) / (1 - expected)`, None where one verdict is all that either gave.
            Cohen 1960, doi:10.1177/001316446002000104.
        unclear: Replies that were neither yes nor no.
        right: Share of the clear replies that say yes.
    """

    n: int
    share: float
    kappa: float | None
    unclear: int
    right: float


def judge_run(run: Run, ask: Ask) -> list[Verdict]:
    """A verdict for every answered question of which it is known in words what is right."""
    labelled = scores_of(run.questions, run.records).get("right", {})
    verdicts = []
    for judged in run.questions:
        record = run.records.get(judged.question.id)
        if record is None or record.answer is None or record.refused or not judged.references:
            continue
        reply = _VERDICT.match(ask(prompt_for(judged, plain_answer(record.answer))))
        right = reply[1].lower() == "yes" if reply else None
        known = labelled.get(judged.question.id)
        verdicts.append(Verdict(judged.question.id, right, None if known is None else bool(known)))
    return verdicts


def prompt_for(judged: JudgedQuestion, answer: str) -> str:
    """What the judge reads."""
    question = " / ".join([*judged.question.history, judged.question.text])
    return PROMPT.read_text("utf-8").format(question=question, reference=" / ".join(judged.references), answer=answer)


def agreement(verdicts: Sequence[Verdict]) -> Agreement:
    """How far the judge agrees with the patterns.

    Raises:
        MeasureError: No answer was judged by both.
    """
    clear = [one for one in verdicts if one.right is not None]
    both = [(one.right, one.labelled) for one in clear if one.labelled is not None]
    if not both:
        raise MeasureError("no answer was judged by the model and by patterns; use a set with `answer` patterns")
    share = sum(one == other for one, other in both) / len(both)
    yes = [sum(bool(pair[side]) for pair in both) / len(both) for side in (0, 1)]
    expected = yes[0] * yes[1] + (1 - yes[0]) * (1 - yes[1])
    return Agreement(
        n=len(both),
        share=share,
        kappa=(share - expected) / (1 - expected) if expected < 1 else None,
        unclear=len(verdicts) - len(clear),
        right=sum(bool(one.right) for one in clear) / len(clear),
    )


def model_judge(spec: str) -> Ask:
    """A judge that asks the model of a spec."""
    from agent.models import open_model

    model = open_model(spec)

    def ask(prompt: str) -> str:
        reply = model.generate([{"role": "user", "content": [{"type": "text", "text": prompt}]}])
        return str(reply.content or "")

    return ask


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code: 0 when `judge.json` was written, 1 with one line on stderr when it was not."""
    from agent.errors import AgentError

    keep_quiet()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path, metavar="RUN")
    parser.add_argument("--model", required=True, metavar="SPEC")
    options = parser.parse_args(arguments)
    try:
        verdicts = judge_run(read_run(options.run), model_judge(options.model))
        found = agreement(verdicts)
    except (EvalError, AgentError) as error:
        print(f"footnote: {error}", file=sys.stderr)
        return 1
    document = {"model": options.model, "agreement": asdict(found), "verdicts": [asdict(one) for one in verdicts]}
    (options.run / "judge.json").write_text(json.dumps(document, indent=1) + "\n", "utf-8")
    print(json.dumps(document["agreement"], indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
