"""The house rules that no linter knows: who may import whom, and where the heavy libraries come in."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MAY_IMPORT = {
    "corpus": {"corpus"},
    "retrieval": {"corpus", "retrieval"},
    "agent": {"corpus", "retrieval", "agent"},
    "ui": {"corpus", "retrieval", "agent", "ui"},
    "evals": {"corpus", "retrieval", "agent", "evals"},
}
DOORS = {
    "bs4": {
        "corpus/formats/html.py",
        "corpus/formats/_html_content.py",
        "corpus/formats/_html_markdown.py",
        "corpus/formats/_html_metadata.py",
        "corpus/formats/_html_tex.py",
    },
    "docx": {"corpus/formats/docx.py", "corpus/formats/_docx_body.py"},
    "ddgs": {"agent/web_search.py"},
    "faiss": {"retrieval/dense.py"},
    "gradio": {f"ui/page/{path.name}" for path in (ROOT / "ui" / "page").glob("*.py")},
    "httpcore": {"agent/web_connection.py", "agent/web_fetch.py", "evals/web_cases/internet.py"},
    "jinja2": {"agent/chat_prompt.py", "agent/instructions/__init__.py", "evals/report_page.py"},
    "langchain_core": {"retrieval/langchain.py"},
    "latex2mathml": {"ui/formulas.py"},
    "markdown_it": {"corpus/sections.py", "ui/note_markdown.py"},
    "mcp": {"agent/mcp_client.py", "ui/mcp_tools.py"},
    "nbformat": {"corpus/formats/notebook.py"},
    "httpx2": {"agent/model_download.py", "agent/server_model.py"},
    "huggingface_hub": {"agent/model_download.py", "retrieval/encoder_weights.py"},
    "onnxruntime": {"retrieval/encoder_onnx.py"},
    "openvino": {"retrieval/encoder_openvino.py"},
    "openai": {"agent/server_model.py"},
    "protego": {"agent/web_robots.py"},
    "pydantic_monty": {"agent/sandbox_pool.py", "agent/sandbox_step.py", "agent/sandbox_values.py"},
    "pypdf": {"corpus/formats/pdf.py"},
    "rank_bm25": {"retrieval/okapi.py"},
    "rapidfuzz": {"retrieval/spelling.py"},
    "rich": {"ui/progress.py"},
    "sentence_transformers": {"retrieval/encoder_torch.py", "agent/entailment.py"},
    "snowballstemmer": {"retrieval/tokens.py"},
    "xgrammar": {"agent/grammar.py"},
    "spellchecker": {"retrieval/spelling.py"},
    "sqlite3": {"retrieval/sqlite.py"},
    "starlette": {"ui/guard.py", "ui/chat_api.py", "ui/eval_reports.py"},
}
"""Library → the modules that may import it. Benchmarks stand outside: they measure libraries beside ours."""
BANNED_NAMES = {"utils", "helpers", "common", "core", "base", "types", "manager", "misc"}
MODULES = sorted(path for package in MAY_IMPORT for path in (ROOT / package).rglob("*.py"))


def imports_of(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.split(".")[0])
    return names


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", MODULES, ids=relative)
def test_packages_import_only_to_their_left(path):
    package = relative(path).split("/")[0]
    assert imports_of(path) & set(MAY_IMPORT) <= MAY_IMPORT[package]


@pytest.mark.parametrize("library", DOORS)
def test_each_heavy_library_has_one_door(library):
    users = {relative(p) for p in MODULES if "benchmarks" not in p.parts and library in imports_of(p)}
    assert users <= DOORS[library]


@pytest.mark.parametrize("path", MODULES, ids=relative)
def test_no_junk_drawers_and_no_long_files(path):
    assert path.stem not in BANNED_NAMES
    assert len(path.read_text("utf-8").splitlines()) <= 400


@pytest.mark.parametrize("module", ["corpus", "retrieval", "agent", "ui.cli", "evals"])
def test_importing_a_package_loads_nothing_heavy(module):
    heavy = [*DOORS, "torch", "transformers", "smolagents", "pandas", "scipy", "trafilatura", "pypdf"]
    heavy.remove("sqlite3")
    code = f"import sys, {module}; print([name for name in {heavy!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_top_level_is_the_one_that_the_readme_shows():
    readme = (ROOT / "README.md").read_text("utf-8")
    for name in (
        "agent",
        "retrieval",
        "corpus",
        "ui",
        "evals",
        "tests",
        "pyproject.toml",
        "Makefile",
        "constraints.txt",
    ):
        assert (ROOT / name).exists()
        assert name in readme
