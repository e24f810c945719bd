"""Texts that are written side by side are those that each would be alone."""

import threading
import time

import pytest
import torch

from agent.batched_engine import BatchedEngine, can_batch, engine_for
from agent.errors import GenerationCancelled, ModelFailed
from agent.local_engine import Engine, Finished, Request
from agent.local_model import LocalModel
from agent.local_weights import Source, load_weights
from agent.settings import LocalModelSettings
from agent.slot_steps import SlotSteps
from tests.tiny_model import WINDOW, save_tiny_model

WORDS = "dropout sets a random share of the activations to zero while training attention scores are scaled".split()
SETTINGS = LocalModelSettings(side_by_side=4, prefix_bytes=2**20)


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    return load_weights(Source(str(save_tiny_model(tmp_path_factory.mktemp("tiny")))))


@pytest.fixture
def model(weights):
    opened = LocalModel(BatchedEngine(weights, SETTINGS))
    yield opened
    opened.engine.close()


def prompt(number):
    return [{"role": "user", "content": " ".join(WORDS[: number + 1] * (1 + 2 * number))}]


def alone(weights, messages, new_tokens):
    ids = weights.tokenizer.apply_chat_template(
        messages, add_generation_prompt=True, return_tensors="pt", return_dict=True
    ).to(weights.model.device)
    written = weights.model.generate(**ids, do_sample=False, max_new_tokens=new_tokens)[0, ids["input_ids"].shape[1] :]
    return weights.tokenizer.decode(written, skip_special_tokens=True)


def side_by_side(model, jobs):
    """The texts of handles that all begin at once."""
    texts = [None] * len(jobs)
    ready = threading.Barrier(len(jobs))

    def write(place, messages, options):
        ready.wait()
        texts[place] = model.share().generate(messages, **options).content

    threads = [threading.Thread(target=write, args=(place, *job)) for place, job in enumerate(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return texts


@pytest.mark.parametrize("lookup", [False, True])
def test_more_texts_than_slots_are_each_what_greedy_generate_writes(weights, model, lookup):
    jobs = [(prompt(n), {"max_tokens": 20 + 7 * n, "prompt_lookup": lookup}) for n in range(7)]
    expected = [alone(weights, messages, options["max_tokens"]) for messages, options in jobs]
    for _ in range(2):  # the second time from remembered prefixes
        assert side_by_side(model, jobs) == expected


def test_a_stop_string_ends_one_text_and_not_its_neighbours(weights, model):
    whole = alone(weights, prompt(1), 50)
    stop = whole[11:14]
    jobs = [(prompt(1), {"stop_sequences": [stop], "max_tokens": 50}), (prompt(2), {"max_tokens": 50})]
    assert side_by_side(model, jobs) == [whole[: whole.index(stop)], alone(weights, prompt(2), 50)]


def test_what_was_read_and_written_is_remembered(model):
    ids = tuple(range(5, 60))
    first, second = request(ids, 12), request((*ids, *range(60, 70)), 3)
    assert last_of(model.engine, first).remembered == 0
    assert last_of(model.engine, second).remembered >= len(ids)


def test_a_cancelled_text_leaves_its_slot_and_the_others_go_on(weights, model):
    cancelled, kept = request(range(5, 25), 400), request(range(30, 50), 60)
    model.engine.submit(cancelled)
    model.engine.submit(kept)
    cancelled.outlet.get(timeout=20)
    cancelled.cancel()
    assert isinstance(last_piece(kept), Finished)
    assert isinstance(last_piece(cancelled), GenerationCancelled)


def test_a_text_goes_on_while_a_long_prompt_is_read(model, monkeypatch):
    monkeypatch.setattr("agent.writing_time._PIECES", (8,))
    short, long = request(range(5, 15), 200), request([7] * (WINDOW - 100), 5)
    model.engine.submit(short)
    short.outlet.get(timeout=20)
    model.engine.submit(long)
    while not long.begun.is_set():
        short.outlet.get(timeout=20)
    before = short.outlet.qsize()
    while long.outlet.qsize() < 20:
        time.sleep(0.001)
    assert short.outlet.qsize() > before
    assert isinstance(last_piece(long), Finished)


def test_a_text_with_a_grammar_is_written_alone(weights, model):
    def only_seven(ids, scores):
        return torch.full_like(scores, -1e9).index_fill(1, torch.tensor([7], device=scores.device), 0.0)

    wanted = request(range(5, 25), 4, processors=(only_seven,))
    model.engine.submit(wanted)
    assert isinstance(end := last_piece(wanted), Finished)
    assert end.generated == 4


def test_an_error_of_the_model_reaches_all_who_wait_and_the_next_text_is_written(weights, model, monkeypatch):
    assert model.generate(prompt(0), max_tokens=2).content is not None
    with monkeypatch.context() as broken:
        broken.setattr(SlotSteps, "launch", lambda *_: (_ for _ in ()).throw(RuntimeError("a kernel failed")))
        with pytest.raises(ModelFailed, match="a kernel failed"):
            model.generate(prompt(1), max_tokens=5)
    assert model.generate(prompt(1), max_tokens=5).content == alone(weights, prompt(1), 5)


def test_where_a_slot_sees_something_else_texts_are_written_alone(weights, model, monkeypatch):
    monkeypatch.setattr(SlotSteps, "agrees", lambda *_: False)
    monkeypatch.setattr(SlotSteps, "launch", None)
    assert side_by_side(model, [(prompt(n), {"max_tokens": 9}) for n in range(3)]) == [
        alone(weights, prompt(n), 9) for n in range(3)
    ]


def test_a_slot_and_the_plain_model_agree_unless_a_slot_holds_another_text(weights):
    model = weights.model
    with torch.inference_mode():
        state, other = (
            model(input_ids=torch.tensor([list(ids)], device=model.device), use_cache=True).past_key_values
            for ids in (range(5, 40), range(60, 95))
        )
        steps = SlotSteps(model, 2, 100, 4, state)
        steps.cache.put(1, state)
        assert steps.agrees(1, state, 50)
        steps.cache.put(1, other)
        state.crop(-1)
        assert not steps.agrees(1, state, 50)


def test_batching_is_for_gpus_and_full_attention(weights):
    engine = engine_for(weights, SETTINGS)
    engine.close()
    assert type(engine) is (BatchedEngine if torch.cuda.is_available() else Engine)
    assert can_batch(weights)
    weights.model.config.layer_types = ["full_attention", "sliding_attention"]
    assert not can_batch(weights)
    weights.model.config.layer_types = None


def request(ids, new_tokens, **options):
    return Request(owner=object(), ids=tuple(ids), new_tokens=new_tokens, **options)


def last_of(engine, wanted):
    engine.submit(wanted)
    return last_piece(wanted)


def last_piece(wanted):
    while isinstance(piece := wanted.outlet.get(timeout=20), str):
        pass
    return piece
