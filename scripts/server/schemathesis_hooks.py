"""What a schema does not say of a valid request, so that generated ones reach the engines: models that are served, a file
that is audio, and fields that go together. Requests that are made to be invalid keep what is wrong with them."""

import os
from pathlib import Path

import schemathesis
from schemathesis.transport.serialization import Binary

# Bytes that count as a string, as `format: binary` is one in a schema.
SPEECH = Binary(Path(os.environ["SPEECH_FILE"]).read_bytes())
# Of the smallest tokenizer of the models.
VOCABULARY = 30_522
MODELS = {
    "/v1/chat/completions": "smollm2:135m",
    "/v1/completions": "smollm2:135m",
    "/tokenize": "smollm2:135m",
    "/detokenize": "smollm2:135m",
    "/v1/embeddings": "minilm:l6",
    "/v1/rerank": "tiny-reranker",
    "/v1/audio/speech": "piper:en_US-joe-medium",
    "/v1/audio/transcriptions": "tiny-whisper",
    "/v1/audio/translations": "tiny-whisper",
}


@schemathesis.hook
def before_call(context, case, kwargs):
    path = case.operation.path
    is_positive = case.meta is None or case.meta.generation.mode.is_positive
    if path == "/v1/audio/voices" and is_positive and case.query.get("model"):
        case.query["model"] = MODELS["/v1/audio/speech"]
    if path not in MODELS or not isinstance(case.body, dict):
        return
    # Cases share parts of their bodies.
    body = copy_of(case.body)
    model = body.get("model")
    if isinstance(model, str) and 0 < len(model) <= 256:
        body["model"] = MODELS[path]
    if is_positive:
        REPAIRS[path](body)
        # A session takes one answer.
        if "x-ferrum-session" in (case.headers or {}):
            body["n"] = None
    if case.media_type == "multipart/form-data":
        # Looked at again, every body with bytes in it would count as invalid.
        object.__setattr__(case, "body", body)
        case._sync_validated_hashes()
    else:
        case.body = body


def copy_of(value):
    """Not `deepcopy`, which bytes here do not take."""
    if isinstance(value, dict):
        return {name: copy_of(item) for name, item in value.items()}
    return [copy_of(item) for item in value] if isinstance(value, list) else value


def repair_sampling(body):
    if body.get("stream_options") is not None:
        body["stream"] = True
    if body.get("n") is not None:
        body["n"] = min(body["n"], 2)
    # Far outside of use they overflow a logit, which is refused.
    if body.get("repetition_penalty") is not None:
        body["repetition_penalty"] = max(0.5, min(body["repetition_penalty"], 2))
    if body.get("stop_token_ids") is not None:
        body["stop_token_ids"] = known_tokens(body["stop_token_ids"])
    if body.get("logit_bias") is not None:
        body["logit_bias"] = {str(int(token) % VOCABULARY): bias for token, bias in body["logit_bias"].items()}


def repair_chat(body):
    repair_sampling(body)
    if body.get("max_completion_tokens") is not None:
        body.pop("max_tokens", None)
    if body.get("top_logprobs") is not None:
        body["logprobs"] = True
    repair_messages(body)


def repair_messages(body):
    if body.get("messages") is not None:
        body["messages"] = body["messages"][:20]
    for message in body.get("messages") or []:
        parts = message.get("content")
        if parts is None and message.get("role") != "assistant":
            message["content"] = "Hello"
        if isinstance(parts, list):
            message["content"] = [{"type": "text", "text": part.get("text", "Hello")} for part in parts]
        # It stands in place of the assistant's content.
        if message.get("content") is not None:
            message["refusal"] = None


def repair_completion(body):
    repair_sampling(body)
    best_of = body.get("best_of")
    if best_of is not None:
        body["best_of"] = None if body.get("stream") else max(min(best_of, 3), body.get("n") or 1)
    if body.get("max_tokens") == 0:
        body["stream"] = False
        body["stream_options"] = None
    body["prompt"] = known_tokens(body["prompt"])


def known_tokens(prompt):
    if isinstance(prompt, list):
        return [known_tokens(part) for part in prompt]
    return prompt % VOCABULARY if isinstance(prompt, (int, float)) else prompt


def repair_tokenize(body):
    given = [name for name in ("content", "prompt", "messages") if body.get(name) is not None]
    for name in given[1:]:
        body[name] = None
    if not given:
        body["content"] = "Hello"
    body["add_generation_prompt" if given[:1] != ["messages"] else "add_special_tokens"] = None
    repair_messages(body)


def repair_detokenize(body):
    body["tokens"] = known_tokens(body["tokens"])


def repair_embedding(body):
    # The model has no prompts, reads no images and gives 384 values.
    body["prompt_name"] = None
    if body.get("dimensions") is not None:
        body["dimensions"] = min(body["dimensions"], 384)
    if isinstance(body["input"], list):
        body["input"] = ["A text" if isinstance(item, dict) and "image" in item else item for item in body["input"]]
        body["input"] = known_tokens(body["input"])


def repair_speech(body):
    body["voice"] = "en_US-joe-medium"
    body["language"] = None
    body["instructions"] = None
    body["input"] = body["input"][:20] + " Hello."
    if body.get("speed") is not None:
        body["speed"] = max(1, body["speed"])


def repair_transcription(body):
    body["file"] = SPEECH
    # At 0 it tries others, one after the other, where the model is unsure, as one of random weights is.
    body["temperature"] = max(0.2, body.get("temperature", 0))
    # A form has no null, which is all that they may be.
    for name in ("include", "known_speaker_names", "known_speaker_references"):
        body.pop(name, None)
    if "language" in body:
        body["language"] = "en"
    if "languages" in body:
        body["languages"] = ["en"]
        body.pop("language", None)
    if body.get("timestamp_granularities") is not None:
        body["response_format"] = "verbose_json"
    if body.get("response_format") == "diarized_json":
        body["response_format"] = "json"
    if body.get("response_format") not in (None, "json", "text"):
        body.pop("stream", None)


REPAIRS = {
    "/v1/chat/completions": repair_chat,
    "/v1/completions": repair_completion,
    "/tokenize": repair_tokenize,
    "/detokenize": repair_detokenize,
    "/v1/embeddings": repair_embedding,
    "/v1/rerank": lambda body: None,
    "/v1/audio/speech": repair_speech,
    "/v1/audio/transcriptions": repair_transcription,
    "/v1/audio/translations": repair_transcription,
}
