"""Whether a sentence stands on the passages that it cites: one verdict from levels that are reported on their own.

    L0  it cites, the ledger knows every key, and it points nowhere else
    L1  what is quoted is verbatim in a cited passage
    L2  its numbers and names are those of the cited passages, it denies what they deny, and it is about the same thing
    L3  an entailment model agrees, where one is given

The same function serves the answer, the page and the evals. It looks at one sentence and its passages, never at the
world: a false statement of a note is supported. Not covered by L0 to L2: a denial or another relation in other words
than the passage's, and things that are exchanged but not named; L3 is for those.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal, Protocol

from agent.alignment import differences
from agent.answer import Verdict
from agent.cited_text import Analyse, CitedText, read_evidence
from agent.compared_sides import swapped_sides
from agent.entailment import Entailment
from agent.evidence import Evidence
from agent.keys import cited_keys, without_keys
from agent.links import link_problem
from agent.named_terms import names_of, unknown_names, vocabulary
from agent.negation import negation_problem
from agent.number_agreement import number_problem
from agent.quotations import is_verbatim, quotations, without_heading
from agent.relations import relation_problem
from agent.support import Encode, Likeness, SupportRule, cosine, likeness, rule_for, shipped_rules, windows_of
from corpus.sentences import sentence_spans

Rarity = Callable[[str], float]
"""The inverse document frequency of a term."""


class Known(Protocol):
    """What was given out under a key: a `Ledger`, or a dictionary."""

    def get(self, key: str, /) -> Evidence | None:
        """The evidence, or None."""


Check = Literal["cites", "verbatim", "numbers", "names", "negation", "relations", "support", "entailment"]
LEVELS: Final[dict[Check, str]] = {
    "cites": "L0",
    "verbatim": "L1",
    "numbers": "L2",
    "names": "L2",
    "negation": "L2",
    "relations": "L2",
    "support": "L2",
    "entailment": "L3",
}
"""Check → its level, in the order in which they are made."""

_CONTRADICTED: Final = 0.5
"""Probability of contradiction from which the sentence fails, where entailment is less likely."""
_ENTAILED: Final = 0.5
"""Probability of entailment from which the sentence passes."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found; `problem` is empty where it found nothing wrong."""

    check: Check
    problem: str = ""

    @property
    def level(self) -> str:
        """`L0` to `L3`."""
        return LEVELS[self.check]

    @property
    def passed(self) -> bool:
        return not self.problem


@dataclass(frozen=True, slots=True)
class Grounding:
    """The verdict on a sentence.

    Attributes:
        verdict: `supported`, `unsupported`, or `uncited` where there is nothing to check it against.
        reason: One line that a writer can act on; empty when supported.
        findings: One for each check that was made, in order.
        keys: The keys that it cites and the ledger knows.
        unknown_keys: The keys that it cites and nobody gave out.
        likeness: What the support score was made from; None when nothing is cited.
        support: That score, in [0, 1].
    """

    verdict: Verdict
    reason: str
    findings: tuple[Finding, ...]
    keys: tuple[str, ...] = ()
    unknown_keys: tuple[str, ...] = ()
    likeness: Likeness | None = None
    support: float = 0.0

    def passed(self, level: str) -> bool:
        """Whether every check of `level` that was made found nothing wrong."""
        return all(finding.passed for finding in self.findings if finding.level == level)


@dataclass(frozen=True, slots=True)
class Instruments:
    """What sentences are measured with; `analyse` and `rarity` are those of the index.

    Attributes:
        analyse: A text to its terms; the same function for every sentence, since passages are remembered by it.
        rarity: How much a term counts.
        encode: Makes the support score sharper; without it words alone decide.
        entailment: Adds level L3.
        rule: Replaces the shipped rule of the support score.
        sparing: Encode only until the verdict is certain. Verdict and reason stay the same; the likeness and the
            support of a sentence are then what was measured so far: at most what they are.
    """

    analyse: Analyse
    rarity: Rarity
    encode: Encode | None = None
    entailment: Entailment | None = None
    rule: SupportRule | None = None
    sparing: bool = False


def ground(
    sentence: str,
    cited: Sequence[Evidence],
    instruments: Instruments,
    ledger: Known | None = None,
    *,
    quoted: bool = False,
) -> Grounding:
    """The verdict on one sentence.

    Args:
        sentence: One sentence of an answer, with or without its keys in brackets (`[n1]`, `[n1, n2]`).
        cited: The evidence that it cites, beside what its keys name.
        instruments: What it is measured with.
        ledger: Resolves the keys in the sentence. Without one, the keys of `cited` are the known ones.
        quoted: The sentence as a whole is a quotation, as those of the extractive model are; brackets in it are text.
            One that is verbatim denies and changes nothing, whatever its heading and its neighbours say.
    """
    evidence, unknown = _resolve(() if quoted else cited_keys(sentence), cited, ledger)
    keys = tuple(one.key for one in evidence)
    problem = _citation_problem(keys, unknown) or link_problem(sentence, evidence)
    if not evidence:
        return Grounding("uncited", problem, (Finding("cites", problem),), keys, unknown)
    claim = sentence if quoted else without_keys(sentence)
    passages = [read_evidence(one, instruments.analyse) for one in evidence]
    terms = {term: instruments.rarity(term) for term in instruments.analyse(claim)}
    misquoted = _quotation_problem(claim, evidence, quoted)
    own_words = quoted and not misquoted
    changed, denied, misplaced = ("", "", "") if own_words else _contradictions(claim, terms, passages, instruments)
    findings = [
        Finding("cites", problem),
        Finding("verbatim", misquoted),
        Finding("numbers", number_problem(claim, terms, passages) or changed or swapped_sides(claim, passages)),
        Finding("names", _name_problem(claim, passages)),
        Finding("negation", denied),
        Finding("relations", misplaced),
    ]
    found = _likeness(claim, terms, passages, instruments, failed=not all(one.passed for one in findings))
    rule = instruments.rule or rule_for(found)
    support = rule.probability(found)
    findings.append(Finding("support", _support_problem(claim, keys, support >= rule.threshold, quoted)))
    if instruments.entailment:
        findings.append(Finding("entailment", _entailment_problem(claim, evidence, instruments.entailment)))
    failed = next((finding for finding in findings if not finding.passed), None)
    return Grounding(
        verdict="unsupported" if failed else "supported",
        reason=failed.problem if failed else "",
        findings=tuple(findings),
        keys=keys,
        unknown_keys=unknown,
        likeness=found,
        support=support,
    )


def _likeness(
    claim: str, terms: Mapping[str, float], passages: Sequence[CitedText], instruments: Instruments, *, failed: bool
) -> Likeness:
    """What the claim and its passages have in common; nothing is encoded that cannot change a sparing verdict."""
    found = likeness(claim, terms, passages)
    if instruments.encode is None or (instruments.sparing and failed):
        return found
    rule = instruments.rule or shipped_rules()["encoder"]

    def enough(nearest: float) -> bool:
        return instruments.sparing and rule.probability(replace(found, cosine=nearest)) >= rule.threshold

    return replace(found, cosine=cosine(claim, windows_of(terms, passages), instruments.encode, enough))


def _resolve(
    keys: Sequence[str], cited: Sequence[Evidence], ledger: Known | None
) -> tuple[list[Evidence], tuple[str, ...]]:
    """The evidence that a sentence cites, and the keys that nobody gave out."""
    given = {one.key: one for one in cited}
    found: dict[str, Evidence] = {}
    unknown = []
    for key in dict.fromkeys([*given, *keys]):
        known = ledger.get(key) if ledger is not None else given.get(key)
        if known is None:
            unknown.append(key)
        else:
            found[key] = known
    return list(found.values()), tuple(unknown)


def _citation_problem(keys: Sequence[str], unknown: Sequence[str]) -> str:
    if unknown:
        return f"{_places(unknown)} was never given out; cite only keys of the passages"
    return "" if keys else "the sentence cites nothing; add the key of the passage that says it, or leave it out"


def _quotation_problem(claim: str, evidence: Sequence[Evidence], quoted: bool) -> str:
    texts = [one.text for one in evidence]
    where = _places([one.key for one in evidence])
    if quoted:
        headings = [part for one in evidence for part in (*one.heading, one.title)]
        verbatim = is_verbatim(claim, texts) or is_verbatim(without_heading(claim, headings), texts)
        return "" if verbatim else f"the sentence is shown as a quotation, but is not verbatim in {where}"
    wrong = next((quotation for quotation in quotations(claim) if not is_verbatim(quotation, texts)), None)
    return f"the quotation {_shortened(wrong)!r} is not verbatim in {where}" if wrong else ""


def _contradictions(
    claim: str, terms: Mapping[str, float], passages: Sequence[CitedText], instruments: Instruments
) -> tuple[str, str, str]:
    """In any sentence of the claim: the number changed, what is denied or opposite, what is said of another thing."""
    number = polarity = relation = ""
    computed = any(passage.computed for passage in passages)  # then a figure may well have taken the place of another
    spans = sentence_spans(claim)
    for start, end in spans:
        part = claim[start:end]
        weights = terms if len(spans) == 1 else {term: terms.get(term, 0.0) for term in instruments.analyse(part)}
        found = differences(part, weights, passages)
        number = number or ("" if computed else found.number)
        polarity = polarity or found.polarity or negation_problem(part, weights, passages) or ""
        relation = relation or ("" if computed else relation_problem(part, weights, passages, instruments.analyse))
    return number, polarity, relation


def _name_problem(claim: str, passages: Sequence[CitedText]) -> str:
    unknown = unknown_names(names_of(claim), vocabulary(" . ".join(passage.full_text for passage in passages)))
    if not unknown:
        return ""
    return f"{', '.join(repr(name) for name in unknown)} is not in {_places([passage.key for passage in passages])}"


def _entailment_problem(claim: str, evidence: Sequence[Evidence], model: Entailment) -> str:
    """What the model says against the sentence, with each passage and all of them together as premises."""
    premises = list(dict.fromkeys(_premises(evidence)))
    judgements = model.judge([(premise, claim) for premise in premises])
    entailment = max(judgement.entailment for judgement in judgements)
    contradiction = max(judgement.contradiction for judgement in judgements)
    where = _places([one.key for one in evidence])
    if contradiction >= _CONTRADICTED and contradiction > entailment:
        return f"{where} contradicts the sentence, by the entailment model ({contradiction:.2f})"
    if entailment < _ENTAILED:
        return f"{where} does not say this, by the entailment model ({entailment:.2f})"
    return ""


def _premises(evidence: Sequence[Evidence]) -> Iterator[str]:
    texts = [f"{one.title}. {' . '.join(one.heading)}. {one.text}" for one in evidence]
    yield from texts
    yield "\n\n".join(texts)


def _support_problem(claim: str, keys: Sequence[str], supported: bool, quoted: bool) -> str:
    if not quoted and claim.rstrip().endswith("?"):
        return "it asks, and says nothing"
    return "" if supported else f"{_places(keys)} hardly speaks of this"


def _places(keys: Sequence[str]) -> str:
    return ", ".join(f"[{key}]" for key in keys)


def _shortened(text: str, longest: int = 60) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
