"""`footnote model`: which language models are known and which are here, and getting one of them."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from agent.settings import Settings

Command = Callable[[argparse.Namespace, Settings], int]


def add_model_commands(parser: argparse.ArgumentParser) -> None:
    """Nothing; `parser` then knows `list` and `get`."""
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    text = "List the models that we name, by size, and say which fit this machine; nothing is sent anywhere."
    listed = commands.add_parser("list", help=text, description=text)
    listed.set_defaults(run=_list)
    text = "Download a model from the Hugging Face hub. It can be interrupted and goes on where it stopped."
    got = commands.add_parser("get", help=text, description=text)
    got.add_argument("id", metavar="ID", help="such as Qwen/Qwen3-0.6B")
    got.set_defaults(run=_get, online=True)


def _list(_: argparse.Namespace, __: Settings) -> int:
    from agent.found_models import is_downloaded, model_table, this_machine
    from agent.models import KNOWN_SPECS, SMOLLM2, SMOLLM2_ADVICE, smollm2_is_there

    machine = this_machine()
    print(f"{'model':<32}{'weights':>9}{'memory':>10}  {'licence':<12}here")
    for model in model_table():
        fits = "fits" if machine.fits(model) else "too large for this machine"
        here = "downloaded" if is_downloaded(model) else f"no; {fits}"
        gib = model.gib(gpu=bool(machine.gpu_memory))
        print(f"{model.id:<32}{model.billions:>7.1f} B{gib:>6.1f} GiB  {model.licence:<12}{here}")
    print(f"\n{SMOLLM2}: {KNOWN_SPECS[SMOLLM2]}; {'installed' if smollm2_is_there() else SMOLLM2_ADVICE}")
    print("Get one with `footnote model get ID`, use it with `--model transformers:ID`.")
    return 0


def _get(options: argparse.Namespace, _: Settings) -> int:
    from agent.model_download import download
    from ui.progress import download_progress

    with download_progress() as show:
        folder = download(options.id, show)
    print(f"{options.id} is in {folder}, every file as published; use it with --model transformers:{options.id}")
    return 0
