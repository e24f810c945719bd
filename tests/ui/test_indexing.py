"""Background updates of an index: progress, cancel, failed files, uploads that overwrite nothing."""

import threading

import pytest

from retrieval import Index
from tests.fakes import HashingEncoder
from ui.errors import IndexingRefused
from ui.indexing import IndexingJobs, JobState, time_words
from ui.uploads import keep_files, safe_name


class SlowEncoder(HashingEncoder):
    """Waits in the middle of its first batch until it is told to go on."""

    def __init__(self):
        self.reached, self.go_on = threading.Event(), threading.Event()
        self.go_on.set()

    def encode_tokens(self, texts, *, query=False):
        if not query:
            self.reached.set()
            assert self.go_on.wait(60)
        return super().encode_tokens(texts, query=query)


@pytest.fixture
def encoder():
    return SlowEncoder()


@pytest.fixture
def index(tmp_path, encoder):
    with Index.create(tmp_path / "index", encoder) as opened:
        yield opened


@pytest.fixture
def notes(tmp_path):
    folder = tmp_path / "notes"
    folder.mkdir()
    for name in ("adam", "rope", "bert"):
        (folder / f"{name}.md").write_text(f"# {name}\n\nThe note about {name} says something about {name}.\n")
    (folder / "broken.pdf").write_bytes(b"%PDF-1.4 nothing")
    (folder / "picture.png").write_bytes(b"\x89PNG")
    return folder


@pytest.fixture
def jobs(index, tmp_path):
    return IndexingJobs(index, tmp_path / "data")


def upload(tmp_path, name, text):
    place = tmp_path / f"content-{abs(hash((name, text)))}"
    place.write_text(text)
    return name, place


def test_a_folder_is_indexed_and_the_report_names_what_failed(jobs, index, notes):
    jobs.index_folder(str(notes))
    state = jobs.wait(60)
    assert (state.phase, state.report.added, state.skipped) == ("done", 3, 1)
    assert [path.rsplit("/", 1)[-1] for path, _ in state.failed] == ["broken.pdf"]
    assert "PDF" in state.failed[0][1]
    assert index.counts()[0] == 3


def test_asking_goes_on_over_the_old_index_and_a_cancelled_job_leaves_it(jobs, index, notes, encoder):
    jobs.index_folder(str(notes))
    jobs.wait(60)
    before = index.generation
    (notes / "new.md").write_text("# new\n\nA new note about mixtures.\n")
    encoder.reached.clear()
    encoder.go_on.clear()
    jobs.index_folder(str(notes))
    assert encoder.reached.wait(60)
    assert jobs.state.running
    with pytest.raises(IndexingRefused, match="is being indexed"):
        jobs.index_folder(str(notes))
    assert index.search("rope", mode="bm25")[0].title == "rope"
    jobs.cancel()
    encoder.go_on.set()
    assert jobs.wait(60).phase == "cancelled"
    assert (index.generation, index.counts()[0]) == (before, 3)
    jobs.index_folder(str(notes))
    assert jobs.wait(60).report.added == 1
    assert not index.stale
    assert index.search("mixtures", mode="bm25")[0].title == "new"


def test_one_changed_note_is_indexed_again_and_no_other_is_touched(jobs, index, notes):
    jobs.index_folder(str(notes))
    jobs.wait(60)
    (notes / "rope.md").write_text("# rope\n\nRotations of queries.\n")
    (notes / "adam.md").write_text("# adam\n\nMoments.\n")
    jobs.index_again("rope.md")
    report = jobs.wait(60).report
    assert (report.added, report.changed, report.removed) == (0, 1, 0)
    assert index.search("rotations", mode="bm25")
    assert not index.search("moments", mode="bm25")
    (notes / "rope.md").unlink()
    jobs.index_again("rope.md")
    assert jobs.wait(60).report.removed == 1
    assert index.note("rope.md") is None


def test_removing_leaves_files_alone_unless_they_were_uploaded(jobs, index, notes, tmp_path):
    jobs.index_folder(str(notes))
    jobs.wait(60)
    jobs.remove("rope.md")
    assert jobs.wait(60).report.removed == 1
    assert (notes / "rope.md").exists()
    jobs.index_files([upload(tmp_path, "mine.md", "# mine\n\nUploaded words.\n")])
    assert jobs.wait(60).report.added == 1
    assert (jobs.uploads / "mine.md").exists()
    jobs.remove("mine.md")
    jobs.wait(60)
    assert not (jobs.uploads / "mine.md").exists()
    assert index.note("mine.md") is None


def test_uploads_of_one_name_are_both_kept(jobs, index, tmp_path):
    jobs.index_files([upload(tmp_path, "a.md", "# A\n\nFirst.\n")])
    jobs.wait(60)
    jobs.index_files([upload(tmp_path, "a.md", "# A\n\nFirst.\n"), upload(tmp_path, "x/../a.md", "# A\n\nSecond.\n")])
    state = jobs.wait(60)
    assert state.renamed == (("x/../a.md", "a (2).md"),)
    assert sorted(path.name for path in jobs.uploads.iterdir()) == ["a (2).md", "a.md"]
    assert index.counts()[0] == 2


def test_a_large_upload_is_refused_with_its_size(tmp_path):
    kept = keep_files([upload(tmp_path, "big.md", "x" * 3_000_000)], tmp_path / "uploads", largest=2**20)
    assert kept.names == ()
    assert kept.refused == (("big.md", "it has 3 MB; 1 MB are the limit, so split it or leave parts out"),)


@pytest.mark.parametrize(
    ("given", "safe"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\notes\\a.md", "a.md"),
        (".hidden.md", "hidden.md"),
        ("a\x00b\n?.md", "a b.md"),
        ("CON.md", "_CON.md"),
        ("...", "note"),
        ("", "note"),
        ("x" * 300 + ".md", "x" * 120 + ".md"),
        ("ab\u202egpj.md", "ab gpj.md"),
    ],
)
def test_names_of_uploads_are_safe(given, safe):
    assert safe_name(given) == safe


def test_what_cannot_be_indexed_is_refused_in_one_line(jobs):
    for refused in (lambda: jobs.index_folder("/no/such/folder"), lambda: jobs.index_folder(" ")):
        with pytest.raises(IndexingRefused, match="folder"):
            refused()
    with pytest.raises(IndexingRefused, match="no note"):
        jobs.index_again("no-such-note")
    with pytest.raises(IndexingRefused, match="no file"):
        jobs.index_files([])


def test_progress_is_told_with_rate_and_time_left():
    state = JobState("reading", "notes", done=312, total=1204, seconds=312 / 38)
    assert state.line == "312 of 1,204 files · 38/s · 23 s left"
    assert JobState("reading").line == "looking for files"
    assert [time_words(s) for s in (24, 180, 7500)] == ["24 s", "3 min", "2 h 05 min"]
