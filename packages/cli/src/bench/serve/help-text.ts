export const benchServeHelp = `
Clients of --concurrency send their next request when the last is done. Requests of --rate arrive as a Poisson process, and
their times are counted from when they were meant to be sent: a server that stalls gains nothing by it.

Prompts are words that begin differently in every request. With --verify there are 32 of them (or those of --prompts), each
asked alone first, at temperature 0; under load the answers must be the same.
With --junk a request is broken JSON, has a wrong type or an unknown model, a body of 9 MiB, or is no HTTP at all; the answer
must be a 4xx (or, of the last two, a closed connection). --vanish closes connections after a random number of tokens.
429 and 503 with Retry-After are no failures: the client waits that long, 60 s at most. Ctrl-C ends the run and shows what
there is.

With --json each case is an object: {"case":"serve","concurrency" or "ratePerSecond","url","endpoint","model","repeats","seed",
"promptTokens","maxTokens","completed","failed","failures","vanished","junk":{"sent","rejected","answers"},
"retryAfter":{"with","without"},"errorRate"}, the measures "requestsPerSecond", "outputTokensPerSecond", "totalTokensPerSecond",
"timeToFirstTokenMs", "interTokenLatencyMs", "timePerOutputTokenMs", "endToEndMs" and "healthMs", each {"min","median","mean",
"max","p95","p99","ci95":[low,high]}, "goodput":{"share","requestsPerSecond"}, "healthFailures", "serverCpuSecondsPerToken",
"serverRssBytes":{"secondQuarter","lastQuarter","ratio"}, "eventLoopDelayMs" (p99) and "peakRssBytes", both of this command.
What was not measured is null.

Examples:
  ferrum bench serve http://127.0.0.1:8080
  ferrum bench serve http://127.0.0.1:8080 --rate 1,2,4 --duration 60 --goodput ttft:500,itl:50
  ferrum bench serve http://127.0.0.1:8080 --concurrency 64 --duration 120 --vanish 0.1 --junk 0.05 --probe --verify \\
    --max-error-rate 0
`;
