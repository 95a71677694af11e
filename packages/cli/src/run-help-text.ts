/** What `ferrum run --help` says below the flags. */
export const runHelp = `
Without a PROMPT on a terminal a conversation begins; /help lists its commands.
A prompt that is piped in follows PROMPT after an empty line. If nothing comes through the pipe
for 3 s, PROMPT goes alone; "-" as the last PROMPT waits for as long as it takes.

Values that are not given are the ones the model's makers recommend ("ferrum show MODEL").

An answer that ends by itself follows its --format, --schema, --grammar, --regex or --choice; one that
--max-tokens cuts off may be incomplete, which stderr tells. What a model thinks goes to stderr, on a
terminal or with --verbose.
With --tools each call that the model asks for is a line, NAME(ARGUMENTS), below the text.

With --json each line is an object: {"type":"reasoning","text"} while the model thinks and
{"type":"delta","text"} as the answer grows, then {"type":"finish","text","tokens","finishReason","usage",
"timing"}, with "reasoning" and "toolCalls" where there are any; or {"type":"error","code","message"}.

Examples:
  ferrum run smollm2:135m --temperature 0 "Name three rivers."
  ferrum run smollm2:135m --system "Answer in French." --seed 7 "Good morning!"
  ferrum run smollm2:135m --raw --max-tokens 20 "Once upon a time"
  ferrum run smollm2:135m < question.txt > answer.txt
  ferrum run smollm2:135m --choice yes --choice no "Is water wet?"
  ferrum run smollm2:135m --schema city.json "Describe Paris." | jq .population
  ferrum run ./qwen3 --thinking-budget 200 "Why is the sky blue?"
  ferrum run smolvlm:256m --image cat.jpg "What is in the picture?"
  ferrum run smollm2:135m --lora mine=./adapter "Good morning!"
`;
