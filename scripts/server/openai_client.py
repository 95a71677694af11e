"""OpenAI's Python client against a server of real models: every endpoint that both have, once."""

import json
import os
import sys
from pathlib import Path

import openai
from openai import OpenAI

TEXT, VECTORS, HEARING, VOICE = "smollm2:135m", "minilm:l6", "whisper:tiny.en", "piper:en_US-joe-medium"
SENTENCE = "The quick brown fox jumps over the lazy dog."
speech_file = Path(os.environ["SPEECH_FILE"])
client = OpenAI(base_url=os.environ["BASE_URL"], api_key=os.environ["API_KEY"], max_retries=0)
messages = [{"role": "user", "content": "What is the capital of France?"}]


def models():
    listed = {model.id for model in client.models.list()}
    assert {TEXT, VECTORS, HEARING, VOICE} <= listed, listed
    assert client.models.retrieve(TEXT).object == "model"


def chat():
    completion = client.chat.completions.create(
        model=TEXT, messages=messages, temperature=0, logprobs=True, top_logprobs=3, n=2, stop=["\n\n"]
    )
    assert completion._request_id
    assert len(completion.choices) == 2
    assert "Paris" in completion.choices[0].message.content, completion
    assert completion.usage.total_tokens == completion.usage.prompt_tokens + completion.usage.completion_tokens
    tokens = completion.choices[0].logprobs.content
    assert "".join(token.token for token in tokens).startswith(completion.choices[0].message.content)
    assert all(len(token.top_logprobs) == 3 for token in tokens)


def chat_extensions():
    options = {"top_k": 1, "min_p": 0.1, "repetition_penalty": 1.1, "priority": "high"}
    raw = client.chat.completions.with_raw_response.create(
        model=TEXT, messages=messages, extra_body=options, extra_headers={"X-Ferrum-Session": "check"}
    )
    assert raw.headers["x-request-id"]
    again = client.chat.completions.create(
        model=TEXT,
        messages=[{"role": "user", "content": "Say it again."}],
        extra_headers={"X-Ferrum-Session": "check"},
    )
    assert again.usage.prompt_tokens > raw.parse().usage.prompt_tokens


def chat_stream():
    options = {"model": TEXT, "messages": messages, "temperature": 0}
    whole = client.chat.completions.create(**options).choices[0].message.content
    chunks = list(client.chat.completions.create(**options, stream=True, stream_options={"include_usage": True}))
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert text == whole, (text, whole)
    assert chunks[-1].usage.completion_tokens > 0
    assert len({chunk.id for chunk in chunks}) == 1
    with client.chat.completions.stream(**options) as stream:
        deltas = [event.delta for event in stream if event.type == "content.delta"]
        assert "".join(deltas) == whole
        assert stream.get_final_completion().choices[0].message.content == whole


def completions():
    completion = client.completions.create(
        model=TEXT, prompt=["One, two, three,", "A, B, C,"], max_tokens=4, echo=True, logprobs=2, temperature=0
    )
    assert [choice.text[:3] for choice in completion.choices] == ["One", "A, "]
    assert completion.choices[0].logprobs.token_logprobs[0] is None
    stream = client.completions.create(model=TEXT, prompt=[504, 1379], max_tokens=4, stream=True)
    assert sum(len(chunk.choices[0].text) for chunk in stream) > 0


CITY = {
    "type": "object",
    "properties": {"city": {"type": "string", "enum": ["Paris", "Rome"]}},
    "required": ["city"],
    "additionalProperties": False,
}
WEATHER = {"name": "weather", "description": "Tells the weather of a city.", "parameters": CITY}


def formats():
    # As short as the server cuts its answers.
    form = {"type": "json_schema", "json_schema": {"name": "short", "schema": {"type": "boolean"}, "strict": True}}
    answer = client.chat.completions.create(model=TEXT, messages=messages, temperature=0, response_format=form)
    assert answer.choices[0].finish_reason == "stop", answer
    assert isinstance(json.loads(answer.choices[0].message.content), bool), answer
    choice = {"structured_outputs": {"choice": ["yes", "no"]}}
    answer = client.chat.completions.create(model=TEXT, messages=messages, extra_body=choice)
    assert answer.choices[0].message.content in ("yes", "no"), answer


def tools():
    options = {
        "model": TEXT,
        "messages": messages,
        "temperature": 0,
        "tools": [{"type": "function", "function": WEATHER}],
        "tool_choice": {"type": "function", "function": {"name": "weather"}},
    }
    choice = client.chat.completions.create(**options).choices[0]
    called = choice.message.tool_calls[0]
    assert called.type == "function" and called.function.name == "weather", choice
    deltas = [chunk.choices[0].delta for chunk in client.chat.completions.create(**options, stream=True)]
    pieces = [call.function.arguments for delta in deltas for call in delta.tool_calls or []]
    assert "".join(pieces) == called.function.arguments, (pieces, called)
    history = [
        *messages,
        {"role": "assistant", "content": None, "tool_calls": [called.model_dump()]},
        {"role": "tool", "tool_call_id": called.id, "content": "sunny"},
    ]
    after = client.chat.completions.create(**{**options, "messages": history, "tool_choice": "none"})
    assert after.choices[0].message.content and not after.choices[0].message.tool_calls, after


def responses():
    answer = client.responses.create(model=TEXT, input="What is the capital of France?", temperature=0)
    assert "Paris" in answer.output_text, answer
    with client.responses.stream(model=TEXT, input="What is the capital of France?", temperature=0) as stream:
        text = "".join(event.delta for event in stream if event.type == "response.output_text.delta")
        assert text == answer.output_text == stream.get_final_response().output_text
    call = client.responses.create(
        model=TEXT,
        input="What is the weather?",
        temperature=0,
        tools=[{"type": "function", **WEATHER}],
        tool_choice="required",
        parallel_tool_calls=False,
    )
    assert call.output[0].type == "function_call" and call.output[0].name == "weather", call


def embeddings():
    texts = [SENTENCE, "A fast fox leaps over a sleepy hound.", "Interest rates rose again."]
    by_default = client.embeddings.create(model=VECTORS, input=texts)
    floats = client.embeddings.create(model=VECTORS, input=texts, encoding_format="float")
    vectors = [item.embedding for item in by_default.data]
    for one, other in zip(vectors, (item.embedding for item in floats.data)):
        assert max(abs(a - b) for a, b in zip(one, other)) < 1e-6
    near, far = (sum(a * b for a, b in zip(vectors[0], vectors[index])) for index in (1, 2))
    assert near > 0.6 > 0.3 > far, (near, far)


def speech():
    with client.audio.speech.with_streaming_response.create(
        model=VOICE, voice="en_US-joe-medium", input=SENTENCE, response_format="wav"
    ) as response:
        response.stream_to_file(speech_file)
    assert speech_file.stat().st_size > 50_000
    mp3 = client.audio.speech.create(model=VOICE, voice="en_US-joe-medium", input="Hello.").read()
    assert len(mp3) > 1000


def transcription():
    def hear(**options):
        with speech_file.open("rb") as file:
            return client.audio.transcriptions.create(model=HEARING, file=file, **options)

    assert words_of(hear().text) == words_of(SENTENCE), hear().text
    verbose = hear(response_format="verbose_json", timestamp_granularities=["word", "segment"])
    assert len(verbose.words) == len(SENTENCE.split()) and verbose.segments and verbose.duration > 1
    assert hear(response_format="vtt").startswith("WEBVTT")
    events = list(hear(stream=True))
    assert events[-1].type == "transcript.text.done"
    assert "".join(event.delta for event in events[:-1]) == events[-1].text


def words_of(text):
    return "".join(letter for letter in text.lower() if letter.isalpha() or letter == " ").split()


def errors():
    refused(openai.NotFoundError, lambda: client.models.retrieve("gpt-4o"))
    refused(openai.BadRequestError, lambda: client.embeddings.create(model=TEXT, input="a"))
    error = refused(
        openai.BadRequestError,
        lambda: client.chat.completions.create(model=TEXT, messages=messages, tools=[{"type": "function"}]),
    )
    assert error.param == "tools[0].function" and error.code == "missing_required_parameter", error.body
    error = refused(
        openai.BadRequestError,
        lambda: client.chat.completions.create(model=TEXT, messages=messages, prediction={"type": "content"}),
    )
    assert error.param == "prediction" and error.code == "unsupported_parameter", error.body
    stranger = client.with_options(api_key="not a key")
    refused(openai.AuthenticationError, lambda: stranger.models.list())


def refused(kind, call):
    try:
        call()
    except kind as error:
        return error
    raise AssertionError(f"{kind.__name__} was expected")


chats = (chat, chat_extensions, chat_stream, formats, tools, responses)
for check in (models, *chats, completions, embeddings, speech, transcription, errors):
    try:
        check()
    except Exception as error:
        print(f"openai {openai.__version__}, {check.__name__}: {type(error).__name__}: {error}", file=sys.stderr)
        raise
