"""What a schema does not say of a valid request, so that generated ones reach the engines: models that are served, a file
that is audio, and fields that go together. Requests that are made to be invalid keep what is wrong with them."""

import itertools
import os
from pathlib import Path

import schemathesis
from schemathesis.transport.serialization import Binary

# Bytes that count as a string, as `format: binary` is one in a schema.
SPEECH = Binary(Path(os.environ["SPEECH_FILE"]).read_bytes())
# Of the smallest tokenizer of the models.
VOCABULARY = 30_522
TURNS = itertools.count()
MODELS = {
    "/v1/chat/completions": "smollm2:135m",
    "/v1/completions": "smollm2:135m",
    "/v1/responses": "smollm2:135m",
    "/v1/messages": "smollm2:135m",
    "/v1/messages/count_tokens": "smollm2:135m",
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
            # A few turns each: one session for all would grow to the whole context, and every turn take seconds.
            case.headers["x-ferrum-session"] = f"session-{next(TURNS) // 4}"
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


def shortened(most):
    return min(most or 8, 8)


def repair_chat(body):
    repair_sampling(body)
    repair_chat_tools(body)
    repair_formats(body)
    repair_reasoning(body)
    body.pop("max_tokens", None)
    body["max_completion_tokens"] = shortened(body.get("max_completion_tokens"))
    if body.get("top_logprobs") is not None:
        body["logprobs"] = True
    repair_messages(body)


def repair_messages(body):
    if body.get("messages") is None:
        return
    messages = []
    for message in body["messages"][:20]:
        messages += repaired_message(message)
    body["messages"] = messages


def repaired_message(message):
    # Results of tools are put where their calls are.
    if message.get("role") in ("tool", "function"):
        message["role"] = "user"
    message["tool_call_id"] = None
    parts = message.get("content")
    if parts is None and message.get("role") != "assistant":
        message["content"] = "Hello"
    if isinstance(parts, list):
        message["content"] = [{"type": "text", "text": part.get("text", "Hello")} for part in parts]
    if message.get("role") != "assistant":
        for name in ("refusal", "tool_calls", "function_call", "reasoning_content", "reasoning"):
            message[name] = None
        return [message]
    # It stands in place of the assistant's content.
    if message.get("content") is not None:
        message["refusal"] = None
    calls = message.get("tool_calls")
    if calls is None:
        called = message.get("function_call")
        if called is None:
            return [message]
        called["arguments"] = "{}"
        return [message, {"role": "function", "name": called["name"], "content": "7"}]
    message["function_call"] = None
    message["tool_calls"] = calls = calls[:4]
    for index, call in enumerate(calls):
        call["id"] = f"call_{index}"
        call["function"]["arguments"] = "{}"
    return [message, *({"role": "tool", "tool_call_id": call["id"], "content": "7"} for call in calls)]


def repair_chat_tools(body):
    if body.get("tools") is not None:
        body["functions"] = body["function_call"] = None
        body["tools"] = body["tools"][:4]
        repair_functions([tool["function"] for tool in body["tools"]])
        if isinstance(body.get("tool_choice"), dict):
            body["tool_choice"] = {"type": "function", "function": {"name": "look_0"}}
        if body.get("tool_call_format") is not None:
            body["tool_call_format"] = "hermes"
        return
    for name in ("tool_choice", "parallel_tool_calls", "tool_call_format"):
        body[name] = None
    if body.get("functions") is None:
        body["function_call"] = None
        return
    body["functions"] = body["functions"][:4]
    repair_functions(body["functions"])
    if isinstance(body.get("function_call"), dict):
        body["function_call"] = {"name": "look_0"}


def repair_functions(functions):
    for index, function in enumerate(functions):
        function["name"] = f"look_{index}"
        if function.get("parameters") is not None:
            function["parameters"] = SCHEMA


SCHEMA = {
    "type": "object",
    "properties": {"city": {"type": "string", "maxLength": 9}, "days": {"type": "integer"}},
    "required": ["city"],
    "additionalProperties": False,
}


def repair_formats(body):
    """One format of the answer, of a schema, pattern or grammar that is one."""
    guided = ("guided_json", "guided_regex", "guided_choice", "guided_grammar")
    asked = [name for name in ("response_format", "structured_outputs", *guided) if body.get(name) is not None]
    for name in asked[1:]:
        body[name] = None
    if not asked:
        return
    # An answer in a format ends by itself.
    body["ignore_eos"] = None
    name = asked[0]
    if name == "response_format":
        repair_response_format(body[name])
    elif name == "structured_outputs":
        kind = next((kind for kind in VALID_FORMATS if body[name].get(kind) is not None), "json")
        body[name] = {kind: VALID_FORMATS[kind]}
    else:
        body[name] = VALID_FORMATS[name.removeprefix("guided_")]


VALID_FORMATS = {"json": SCHEMA, "regex": "[a-z]{1,9}", "choice": ["yes", "no"], "grammar": 'root ::= "yes" | "no"'}


def repair_response_format(given):
    if given["type"] == "json_schema":
        given["json_schema"] = {"name": "answer", "schema": SCHEMA}
    else:
        given.pop("json_schema", None)


def repair_reasoning(body):
    # The model does not think, and its template knows nothing beside the messages.
    body["reasoning_effort"] = body["thinking_token_budget"] = None
    if body.get("chat_template_kwargs") is not None:
        body["chat_template_kwargs"] = {}


def repair_responses(body):
    body["max_output_tokens"] = shortened(body.get("max_output_tokens"))
    if body.get("stream_options") is not None:
        body["stream"] = True
    repair_sampling(body)
    if body.get("tools") is not None:
        body["tools"] = body["tools"][:4] or None
    if body.get("tools") is None:
        body["tool_choice"] = body["parallel_tool_calls"] = None
    else:
        repair_functions(body["tools"])
    if isinstance(body.get("tool_choice"), dict):
        body["tool_choice"] = {"type": "function", "name": "look_0"}
    form = (body.get("text") or {}).get("format")
    if form is not None:
        body["ignore_eos"] = None
        schema = {"name": "answer", "schema": SCHEMA} if form["type"] == "json_schema" else {}
        body["text"]["format"] = {"type": form["type"], **schema}
    repair_reasoning(body)
    body.pop("reasoning_effort")
    if body.get("reasoning") is not None:
        body["reasoning"]["effort"] = None
    if isinstance(body["input"], list):
        items = [item for given in body["input"][:10] for item in repaired_items(given)]
        body["input"] = items


def repaired_items(item):
    kind = item.get("type", "message")
    if kind in ("function_call", "function_call_output"):
        call = {"type": "function_call", "call_id": "call_1", "name": "look_0", "arguments": "{}"}
        return [call, {"type": "function_call_output", "call_id": "call_1", "output": "7"}]
    if kind == "reasoning":
        return [{"type": kind, "summary": [], "content": [{"type": "reasoning_text", "text": "Let me see."}]}]
    role = item.get("role", "user")
    content = item.get("content")
    if not isinstance(content, str):
        content = [{"type": "output_text" if role == "assistant" else "input_text", "text": "Hello"}]
    return [{"type": "message", "role": role, "content": content}]


def repair_anthropic(body):
    if body.get("max_tokens") is not None:
        body["max_tokens"] = shortened(body["max_tokens"])
    # The model does not think, and threads are refused.
    body.pop("thread", None)
    body["thinking"] = None
    if body.get("output_config") is not None:
        body["output_config"]["effort"] = None
        if body["output_config"].get("format") is not None:
            body["output_config"]["format"]["schema"] = SCHEMA
    if isinstance(body.get("system"), list):
        body["system"] = [{"type": "text", "text": "Be brief."}]
    body["tools"] = [
        {"name": f"look_{index}", "input_schema": SCHEMA, "strict": tool.get("strict")}
        for index, tool in enumerate((body.get("tools") or [])[:4])
    ]
    choice = body.get("tool_choice")
    if choice is not None and choice["type"] == "tool":
        choice["name"] = "look_0"
    elif choice is not None:
        choice.pop("name", None)
    if not body["tools"]:
        body["tool_choice"] = None
    # The last is the user's.
    messages = [turn for given in body["messages"][:10] for turn in repaired_turns(given)]
    body["messages"] = [*messages, {"role": "user", "content": "Hello"}]


def repaired_turns(message):
    if isinstance(message["content"], str):
        return [message]
    if message["role"] == "assistant":
        call = {"type": "tool_use", "id": "call_1", "name": "look_0", "input": {"city": "Rome"}}
        thought = {"type": "thinking", "thinking": "Let me see.", "signature": ""}
        result = {"type": "tool_result", "tool_use_id": "call_1", "content": "7"}
        return [{"role": "assistant", "content": [thought, call]}, {"role": "user", "content": [result]}]
    return [{"role": message["role"], "content": [{"type": "text", "text": "Hello"}]}]


def repair_completion(body):
    repair_sampling(body)
    repair_formats(body)
    best_of = body.get("best_of")
    if best_of is not None:
        body["best_of"] = None if body.get("stream") else max(min(best_of, 3), body.get("n") or 1)
    if body.get("max_tokens") != 0:
        body["max_tokens"] = shortened(body.get("max_tokens"))
    else:
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
    if given[:1] == ["messages"]:
        body["add_special_tokens"] = None
        repair_tokenize_tools(body)
    else:
        body["add_generation_prompt"] = body["tools"] = body["chat_template_kwargs"] = None
    repair_messages(body)


def repair_tokenize_tools(body):
    if body.get("tools") is not None:
        body["tools"] = body["tools"][:4]
        repair_functions([tool["function"] for tool in body["tools"]])
    if body.get("chat_template_kwargs") is not None:
        body["chat_template_kwargs"] = {}


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
    "/v1/responses": repair_responses,
    "/v1/messages": repair_anthropic,
    "/v1/messages/count_tokens": repair_anthropic,
    "/tokenize": repair_tokenize,
    "/detokenize": repair_detokenize,
    "/v1/embeddings": repair_embedding,
    "/v1/rerank": lambda body: None,
    "/v1/audio/speech": repair_speech,
    "/v1/audio/transcriptions": repair_transcription,
    "/v1/audio/translations": repair_transcription,
}
