/** What the fake server knows. */
export const models = [
  model('smollm2:135m', ['text-generation'], 'open', { aliases: ['smollm2'], context_length: 8192 }),
  model('minilm:l6', ['embedding'], 'open', {}),
  model('ms-marco-minilm:l6-v2', ['reranking'], 'closed', {}),
  model('whisper:base', ['transcription'], 'closed', {}),
  model('whisper:tiny.en', ['transcription'], 'closed', {}),
  model('kokoro:82m', ['speech'], 'closed', {}),
  model('piper:en_US-joe-medium', ['speech'], 'closed', {}),
];

export const voices: Readonly<Record<string, readonly object[]>> = {
  'kokoro:82m': [
    voice('af_heart', 'en-US', 'female'),
    voice('am_adam', 'en-US', 'male'),
    voice('bf_emma', 'en-GB', 'female'),
  ],
  'piper:en_US-joe-medium': [voice('joe', 'en-US', 'male')],
};

/** An answer with what Markdown has, and with what must stay text. */
export const answerPieces: readonly string[] = [
  'Iron ',
  'is **element 26**. ',
  'In code:\n\n',
  '```js\n',
  'const symbol = "Fe";\n',
  '```\n\n',
  '- rusts\n- <img src=x onerror=alert(1)>\n\n',
  'See [the page](https://example.com/iron) ',
  'or [not](javascript:alert(1)).',
];

/** Two sentences, 3 seconds. */
export const transcript = {
  task: 'transcribe',
  language: 'english',
  duration: 3,
  text: 'Iron is strong. It rusts in rain.',
  segments: [
    { id: 0, start: 0, end: 1.4, text: ' Iron is strong.' },
    { id: 1, start: 1.4, end: 3, text: ' It rusts in rain.' },
  ],
  words: [
    { word: 'Iron', start: 0, end: 0.4 },
    { word: 'is', start: 0.4, end: 0.7 },
    { word: 'strong.', start: 0.7, end: 1.4 },
    { word: 'It', start: 1.4, end: 1.6 },
    { word: 'rusts', start: 1.6, end: 2.1 },
    { word: 'in', start: 2.1, end: 2.3 },
    { word: 'rain.', start: 2.3, end: 3 },
  ],
};

/** A unit vector in the plane for each line: lines that share their first word are near. */
export function embeddingOf(text: string): readonly number[] {
  const angle = text.startsWith('The cat') ? 0 : text.startsWith('A kitten') ? Math.PI / 6 : Math.PI / 2;
  return [Math.cos(angle), Math.sin(angle)];
}

/** The metrics after so many reads of them: counters that grow, gauges that stay. */
export function metricsText(reads: number): string {
  const requests = reads * 6;
  const wave = 30 + 14 * Math.sin(reads / 5);
  return `# HELP ferrum_http_requests_total Requests answered.
# TYPE ferrum_http_requests_total counter
ferrum_http_requests_total{method="GET",route="/metrics",status="200"} ${reads}
ferrum_http_requests_total{method="POST",route="/v1/chat/completions",status="200"} ${requests}
ferrum_http_requests_total{method="POST",route="/v1/chat/completions",status="404"} ${Math.floor(reads / 3)}
ferrum_http_requests_in_flight ${3 + (reads % 4)}
ferrum_engine_queued_requests{model="smollm2:135m",capability="text-generation"} ${reads % 2}
ferrum_completion_tokens_total{model="smollm2:135m"} ${Math.round(reads * 80 + wave * 4)}
ferrum_prompt_tokens_total{model="smollm2:135m",capability="text-generation"} ${reads * 150}
# TYPE ferrum_time_to_first_token_seconds histogram
ferrum_time_to_first_token_seconds_bucket{model="smollm2:135m",le="0.1"} ${reads * 2}
ferrum_time_to_first_token_seconds_bucket{model="smollm2:135m",le="0.2"} ${reads * 5}
ferrum_time_to_first_token_seconds_bucket{model="smollm2:135m",le="+Inf"} ${reads * 6}
ferrum_time_to_first_token_seconds_sum{model="smollm2:135m"} ${reads * 0.9}
ferrum_time_to_first_token_seconds_count{model="smollm2:135m"} ${reads * 6}
ferrum_prefix_cache_hits_total{model="smollm2:135m"} ${reads * 3}
ferrum_prefix_cache_misses_total{model="smollm2:135m"} ${reads}
process_resident_memory_bytes ${(412 + wave / 4) * 2 ** 20}
nodejs_eventloop_lag_p50_seconds ${0.0101}
nodejs_eventloop_lag_p99_seconds ${0.0112 + wave / 50000}
`;
}

function model(id: string, capabilities: readonly string[], state: string, more: object): object {
  return { id, object: 'model', created: 1_790_000_000, owned_by: 'ferrum', capabilities, state, ...more };
}

function voice(id: string, language: string, gender: string): object {
  return { id, object: 'voice', language, gender, sample_rate: 24_000 };
}
