"""A local model is greedy, stops where it is told to, can be cancelled, and says what is wrong."""

import threading
import time

import pytest
import torch
from smolagents import ChatMessage
from smolagents.models import MessageRole

from agent.errors import GenerationCancelled, ModelFailed, PromptTooLong
from agent.local_model import LocalModel
from agent.local_weights import Source
from agent.settings import LocalModelSettings
from tests.tiny_model import WINDOW, save_tiny_model

QUESTION = [{"role": "user", "content": "Why are attention scores scaled?"}]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return save_tiny_model(tmp_path_factory.mktemp("tiny"))


@pytest.fixture
def model(folder):
    opened = LocalModel.open(Source(str(folder)))
    yield opened
    opened.engine.close()


def plain(model, messages, new_tokens):
    """What `generate` of transformers writes, and the ids."""
    weights = model.engine.weights
    ids = weights.tokenizer.apply_chat_template(
        messages, add_generation_prompt=True, return_tensors="pt", return_dict=True
    )
    written = weights.model.generate(**ids, do_sample=False, max_new_tokens=new_tokens)[0, ids["input_ids"].shape[1] :]
    return weights.tokenizer.decode(written, skip_special_tokens=True), ids["input_ids"].shape[1], len(written)


@pytest.mark.parametrize("lookup", [False, True])
def test_the_text_is_that_of_greedy_generate_and_usage_counts_real_ids(model, lookup):
    text, prompt, written = plain(model, QUESTION, 60)
    for _ in range(2):  # the second time from the remembered prefix
        message = model.generate(QUESTION, max_tokens=60, prompt_lookup=lookup)
        assert message.content == text
        assert (message.token_usage.input_tokens, message.token_usage.output_tokens) == (prompt, written)


def test_the_stream_joins_to_the_whole_text(model):
    pieces = [delta.content for delta in model.generate_stream(QUESTION, max_tokens=40)]
    assert len(pieces) > 5
    assert "".join(pieces) == model.generate(QUESTION, max_tokens=40).content


def test_a_stop_string_inside_a_token_ends_the_text_and_is_not_shown(model):
    whole = model.generate(QUESTION, max_tokens=60).content
    stop = whole[17:20]
    pieces = [delta.content for delta in model.generate_stream(QUESTION, [stop], max_tokens=60)]
    assert "".join(pieces) == whole[: whole.index(stop)]


def test_messages_of_smolagents_are_read(model):
    parts = [{"type": "text", "text": "Why are attention"}, {"type": "text", "text": "scores scaled?"}]
    message = ChatMessage(role=MessageRole.USER, content=parts)
    same = [{"role": "user", "content": "Why are attention\nscores scaled?"}]
    assert model.generate([message], max_tokens=9).content == model.generate(same, max_tokens=9).content


def test_a_prompt_beyond_the_window_is_refused_with_numbers(model):
    with pytest.raises(PromptTooLong, match=rf"has [\d,]+ tokens and the window of .* {WINDOW};"):
        model.generate([{"role": "user", "content": "zq" * WINDOW}])


def test_the_text_never_grows_beyond_the_window(model):
    usage = model.generate([{"role": "user", "content": "dropout " * 60}], max_tokens=10_000).token_usage
    assert usage.input_tokens + usage.output_tokens <= WINDOW


def test_an_exception_while_generating_reaches_the_caller(model):
    model.engine.weights.model.lm_head.register_forward_pre_hook(_raise)
    with pytest.raises(ModelFailed, match="failed while generating: ZeroDivisionError: no head"):
        model.generate(QUESTION)
    with pytest.raises(ModelFailed):
        list(model.generate_stream(QUESTION))


def _raise(*_):
    raise ZeroDivisionError("no head")


def test_out_of_memory_is_one_clear_line_and_frees_the_prefixes(model):
    model.generate(QUESTION, max_tokens=20)
    assert len(model.engine.prefixes) == 1
    hook = model.engine.weights.model.lm_head.register_forward_pre_hook(_no_memory)
    with pytest.raises(ModelFailed, match=r"ran out of memory at a prompt of \d+ tokens; choose a smaller model"):
        model.generate(QUESTION)
    assert len(model.engine.prefixes) == 0
    hook.remove()
    assert model.generate(QUESTION, max_tokens=5).content


def _no_memory(*_):
    raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB")


@pytest.fixture
def slow(model):
    """The model with layers of 20 ms, as a large one on a small machine has."""
    for layer in model.engine.weights.model.model.layers:
        layer.register_forward_pre_hook(lambda *_: time.sleep(0.02))
    return model


def wait_until_idle(model):
    """Seconds until the model's thread is free."""
    started = time.perf_counter()
    while model.engine.busy:
        time.sleep(0.001)
    return time.perf_counter() - started


@pytest.mark.parametrize("question", [QUESTION, [{"role": "user", "content": "zq" * 200}]], ids=["writing", "reading"])
def test_cancel_ends_a_generation_within_a_tenth_of_a_second(slow, question):
    moment = []
    timer = threading.Timer(0.2, lambda: (moment.append(time.perf_counter()), slow.cancel()))
    timer.start()
    with pytest.raises(GenerationCancelled):
        slow.generate(question, max_tokens=300)
    assert time.perf_counter() - moment[0] < 0.1
    assert wait_until_idle(slow) < 0.1


def test_closing_the_stream_stops_the_model(slow):
    stream = slow.generate_stream(QUESTION, max_tokens=300)
    next(stream)
    stream.close()
    assert wait_until_idle(slow) < 0.1


def test_cancelling_one_handle_leaves_the_others_alone(slow):
    other = slow.share()
    texts = []
    thread = threading.Thread(target=lambda: texts.append(other.generate(QUESTION, max_tokens=5).content))
    stream = slow.generate_stream(QUESTION, max_tokens=300)
    next(stream)
    thread.start()
    slow.cancel()
    thread.join(timeout=10)
    assert texts == [slow.generate(QUESTION, max_tokens=5).content]


def test_a_waiting_generation_is_cancelled_at_once(slow):
    stream = slow.generate_stream(QUESTION, max_tokens=300)
    next(stream)
    other = slow.share()
    threading.Timer(0.1, other.cancel).start()
    started = time.perf_counter()
    with pytest.raises(GenerationCancelled):
        other.generate(QUESTION)
    assert time.perf_counter() - started < 0.3
    stream.close()


def test_many_conversations_share_one_model(model):
    prompts = [[{"role": "user", "content": f"question {n} about dropout "}] for n in range(8)]
    expected = [plain(model, prompt, 12)[0] for prompt in prompts]
    handles = [model.share() for _ in prompts]
    texts = {}

    def ask(n):
        texts[n] = [handles[n].generate(prompts[n], max_tokens=12).content for _ in range(3)]

    threads = [threading.Thread(target=ask, args=(n,)) for n in range(len(prompts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert texts == {n: [text] * 3 for n, text in enumerate(expected)}


def test_a_silent_model_is_reported(folder):
    model = LocalModel.open(Source(str(folder)), LocalModelSettings(silence=0.2))
    model.engine.weights.model.lm_head.register_forward_pre_hook(lambda *_: time.sleep(0.6))
    with pytest.raises(ModelFailed, match=r"gave no token for 0\.2 s"):
        model.generate(QUESTION)
    model.engine.close()


def test_the_next_step_reads_only_what_is_new(model):
    fed = []
    model.engine.weights.model.model.register_forward_pre_hook(
        lambda _, __, named: fed.append(named["input_ids"].shape[1]), with_kwargs=True
    )
    conversation = [{"role": "user", "content": "dropout is zero while training " * 8}]
    first = model.generate(conversation, max_tokens=10)
    fed.clear()
    conversation += [{"role": "assistant", "content": first.content}, {"role": "user", "content": "and then?"}]
    second = model.generate(conversation, max_tokens=10)
    assert sum(fed) < second.token_usage.input_tokens - first.token_usage.input_tokens + 20
    assert second.content == plain(model, conversation, 10)[0]


@pytest.mark.parametrize("kind", ["MistralConfig", "MambaConfig"])
def test_models_whose_state_cannot_go_back_write_the_same_text(tmp_path, kind):
    import transformers

    more = {"sliding_window": 24} if kind == "MistralConfig" else {"state_size": 4}
    model = LocalModel.open(Source(str(save_tiny_model(tmp_path, kind=getattr(transformers, kind), **more))))
    longer = [{"role": "user", "content": "Attention scores are scaled while training, but why?"}]
    for messages in (QUESTION, longer, QUESTION):
        assert model.generate(messages, max_tokens=30).content == plain(model, messages, 30)[0]
    model.engine.close()


def test_reading_a_prompt_gives_signs_of_life_and_measures_its_speed(folder):
    model = LocalModel.open(Source(str(folder)))
    assert model.reading_speed is None
    deltas = list(model.generate_stream([{"role": "user", "content": "zq" * 200}], max_tokens=1))
    assert [delta.content for delta in deltas[:3]] == ["", "", ""]  # 400 tokens in pieces of 128
    assert model.reading_speed > 0
    assert model.share().reading_speed == model.reading_speed
    model.engine.close()
