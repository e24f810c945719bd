"""An optional judge: `python -m evals.judge RUN --model SPEC` asks a language model whether each answer is right.

It may be any model that `--model` of the other commands takes. What it says of each answer is printed as it comes, and
is kept in `judge.json` of the run, replies that are neither yes nor no included. No measure depends on it. Its verdicts
stand beside those of the accepted patterns, with how far the two agree: a judge that agrees little with people's labels
is worth little on questions that have none.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from agent.settings import keep_quiet
from evals.errors import EvalError, MeasureError
from evals.judged_questions import JudgedQuestion
from evals.run_folder import Run, read_run
from evals.scoring import plain_answer, scores_of

PROMPT = Path(__file__).with_name("templates") / "judge.txt"
_VERDICT = re.compile(r"\W*(yes|no)\b", re.IGNORECASE)

_REPLY_TOKENS = 64
"""A verdict is a word; a model that talks on is stopped, so that each answer takes bounded time."""
_SHOWN_REPLY = 80
"""Characters of a reply that are printed."""

Ask = Callable[[str], str]
"""A prompt to the reply of a model."""
_WORDS = {True: "yes", False: "no", None: "unclear"}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the judge says of one answer.

    Attributes:
        right: None where the reply was neither yes nor no.
        labelled: What the accepted patterns say; None where a question has none.
        reply: The judge's own words.
    """

    question_id: str
    right: bool | None
    labelled: bool | None
    reply: str

    def __str__(self) -> str:
        said, known = (_WORDS[value] for value in (self.right, self.labelled))
        return f"{self.question_id}: judge {said}, patterns {known} ({' '.join(self.reply.split())[:_SHOWN_REPLY]!r})"


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


def judge_run(run: Run, ask: Ask) -> Iterator[Verdict]:
    """A verdict for every answered question of which it is known in words what is right, as soon as it is there."""
    labelled = scores_of(run.questions, run.records).get("right", {})
    for judged in run.questions:
        record = run.records.get(judged.question.id)
        if record is None or record.answer is None or record.refused or not judged.references:
            continue
        reply = ask(prompt_for(judged, plain_answer(record.answer)))
        word = _VERDICT.match(reply)
        right = word[1].lower() == "yes" if word else None
        known = labelled.get(judged.question.id)
        yield Verdict(judged.question.id, right, None if known is None else bool(known), reply)


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
        unclear = len(verdicts) - len(clear)
        raise MeasureError(
            f"none of {len(verdicts)} answers was judged clearly by the model and by patterns ({unclear} replies were"
            " neither yes nor no); use a larger model, and a set with `answer` patterns"
        )
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
    """A judge that asks the model of a spec; where the model fails, its error is the reply."""
    from agent.errors import AgentError, ModelUnavailable
    from agent.models import open_model

    model = open_model(spec)

    def ask(prompt: str) -> str:
        message = {"role": "user", "content": [{"type": "text", "text": prompt}]}
        try:
            return str(model.generate([message], max_tokens=_REPLY_TOKENS).content or "")
        except ModelUnavailable:
            raise
        except AgentError as error:
            return f"({error})"

    return ask


def _written(run: Run, model: str, verdicts: Iterable[Verdict]) -> Agreement:
    """How far the judge agrees, once `judge.json` holds every verdict; each is printed as it comes."""
    kept = []
    for one in verdicts:
        print(one, file=sys.stderr, flush=True)
        kept.append(one)
    document: dict[str, Any] = {"model": model, "verdicts": [asdict(one) for one in kept]}
    try:
        document["agreement"] = asdict(found := agreement(kept))
    finally:
        (run.folder / "judge.json").write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", "utf-8")
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code: 0 when the judge's agreement was printed, 1 with one line on stderr when there is none."""
    from agent.errors import AgentError

    keep_quiet()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path, metavar="RUN")
    parser.add_argument("--model", required=True, metavar="SPEC")
    parser.add_argument("--limit", type=int, metavar="N", help="judge the first N answers only")
    options = parser.parse_args(arguments)
    try:
        run = read_run(options.run)
        found = _written(run, options.model, islice(judge_run(run, model_judge(options.model)), options.limit))
    except (EvalError, AgentError) as error:
        print(f"footnote: {error}", file=sys.stderr)
        return 1
    print(json.dumps(asdict(found), indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
