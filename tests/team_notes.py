"""A small index and an assistant for the tests of the team."""

from agent import Assistant, Settings
from corpus import Note
from retrieval import Index
from tests.fakes import HashingEncoder

DROPOUT = (
    "# Dropout\n\nDropout sets a random share of the activations to zero during training. "
    "At test time dropout does nothing, and the weights stay as they are."
)
SCALING = (
    "# Attention\n\n## Scaling\n\nAttention scores are divided by the square root of the key width, "
    "because large dot products would make the softmax gradients vanish."
)
BERT = (
    "# BERT\n\n## Large\n\nBERT-large has 24 layers and 340 million parameters.\n\n"
    "## Base\n\nBERT-base has 12 layers and 110 million parameters."
)
NOTES = [
    Note("dropout.md", "Dropout", DROPOUT, "dropout.md", "markdown", {"tags": ("regularisation",)}),
    Note("attention.md", "Attention", SCALING, "attention.md", "markdown"),
    Note("bert.md", "BERT", BERT, "bert.md", "markdown"),
    Note("pruning.md", "Pruning", "# Pruning\n\nPruning removes 40 % of the weights.", "pruning.md", "markdown"),
]


def open_assistant(folder, model="extractive", team=None, **given):
    index = Index.create(folder / "index", HashingEncoder())
    if index.counts()[0] == 0:
        index.update(NOTES)
    settings = Settings.from_environment({"FOOTNOTE_DATA": str(folder)})
    if team is not None:
        from dataclasses import replace

        settings = replace(settings, team=team)
    return Assistant.open(index, model, settings, **given)
