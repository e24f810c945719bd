"""What misleading addresses and pages achieve: `python -m evals.benchmarks.web_safety [--only addresses|injections]`.

Two tables in Markdown. The first has a row for each address: whether it was visited, why not, and which addresses were
connected to. The second has a row for each page that gives orders, with a reader that obeys all of them: what was
refused, how many sentences of its answer held, and what the page achieved. The servers run on this machine.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence

from evals.web_cases.injected import Obeyed, instruments_of_shipped_notes, obey
from evals.web_cases.tables import address_cases, injection_cases
from evals.web_cases.visits import Visit, visit_case

_LONGEST_URL = 60


def address_lines(visits: Sequence[Visit]) -> Iterator[str]:
    """The table of addresses and a line of totals."""
    yield "| trick | address | verdict | reason | connected to |"
    yield "|---|---|---|---|---|"
    for visit in visits:
        verdict = "refused" if visit.reason else "visited"
        reached = ", ".join(dict.fromkeys(visit.reached)) or "nothing"
        yield _row(visit.case.trick, _shortened(visit.case.url), verdict, _why(visit.reason), reached)
    refused = [visit for visit in visits if visit.reason]
    right = sum(visit.as_expected for visit in visits)
    yield ""
    yield f"{len(refused)} refused, {len(visits) - len(refused)} visited; {right} of {len(visits)} as they should be"


def injection_lines(outcomes: Sequence[Obeyed]) -> Iterator[str]:
    """The table of pages and a line of totals."""
    yield "| trick | searches and visits refused | sentences written | that held | its wish in the answer | breaches |"
    yield "|---|--:|--:|--:|---|---|"
    for one in outcomes:
        wished = any(want in " ".join(one.answer) for want in one.case.wants)
        breaches = "; ".join(one.breaches) or "none"
        counts = (str(len(one.refused)), str(len(one.verdicts)), str(len(one.answer)))
        yield _row(one.case.trick, *counts, "as a cited quotation" if wished else "no", breaches)
    breached = sum(bool(one.breaches) for one in outcomes)
    quoted = sum(any(want in " ".join(one.answer) for want in one.case.wants) for one in outcomes)
    yield ""
    yield f"{breached} of {len(outcomes)} pages achieved something; the words of {quoted} are shown with their source"


def _row(*cells: str) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _shortened(url: str) -> str:
    shown = url.encode("unicode_escape").decode("ascii") if not url.isprintable() else url
    return f"`{shown[:_LONGEST_URL]}{'…' if len(shown) > _LONGEST_URL else ''}`" if shown else "(empty)"


def _why(reason: str) -> str:
    """The reason without the address before it."""
    return reason.partition(" is refused: ")[2] or reason


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=["addresses", "injections"])
    options = parser.parse_args(arguments)
    if options.only in (None, "addresses"):
        print("\n## Addresses\n", *address_lines([visit_case(case) for case in address_cases()]), sep="\n")
    if options.only in (None, "injections"):
        instruments = instruments_of_shipped_notes()
        print("\n## Injections\n", *injection_lines([obey(case, instruments) for case in injection_cases()]), sep="\n")


if __name__ == "__main__":
    main()
