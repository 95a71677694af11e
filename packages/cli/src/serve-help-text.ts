/** What `ferrum serve --help` says below the flags. */
export const serveHelp = `
A flag comes before its variable, that before the configuration file. FERRUM_MODELS and the lists of other variables are
separated by commas. A configuration file in TypeScript:

  import { defineConfig } from '@ferrum/server';
  export default defineConfig({
    port: 8080,
    models: ['minilm:l6', { model: 'smollm2:135m', aliases: ['gpt-4o-mini'], options: { contextLength: 4096 } }],
  });

A model of the file has "adapters: { poet: './poet' }" for --lora. From the folder of --adapter-directory, or
"adapterDirectory", clients load adapters with POST /v1/load_lora_adapter {"lora_name":"poet","lora_path":"poet"}.

On a terminal the log is a line for each request; anywhere else standard output gets JSON lines. No prompt or answer is
in either. SIGINT (Ctrl-C) and SIGTERM let answers under way finish, then the exit code is 0.

Examples:
  ferrum serve                                       every model on this machine
  ferrum serve smollm2:135m minilm:l6 whisper:base
  ferrum serve gpt-4o-mini=smollm2:135m --port 9000
  ferrum serve smollm2:135m --lora poet=./poet       clients ask for smollm2:135m:poet
  FERRUM_API_KEYS=$(openssl rand -hex 24) ferrum serve --host 0.0.0.0
  ferrum serve --print-config

  curl http://127.0.0.1:8080/v1/chat/completions -H 'content-type: application/json' \\
    -d '{"model":"smollm2:135m","messages":[{"role":"user","content":"Name three rivers."}]}'
`;
