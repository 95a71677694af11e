export const speakHelp = `
Without a TEXT, or for "-", the text comes through standard input and is spoken while it is still being written.

Without -o a pipe gets the audio as it comes; a terminal gets the file speech.wav, or speech-2.wav where there is one
already: what nobody named replaces nothing. A file that -o names is replaced once the new one is whole.
Endings: .wav .pcm .raw (16-bit samples alone) .mp3 .opus .ogg .oga (Opus) .flac .aac; --format comes before them.

--play takes the first of ffplay, mpv, aplay, paplay, pw-play, afplay and play (of sox) on the PATH, PowerShell on Windows.
pw-play, afplay and PowerShell begin once all is spoken.

Text is turned into phonemes by @ferrum/plugin-espeak, which is installed apart for its licence, the GPL:
"ferrum plugins add @ferrum/plugin-espeak"; or with npm, beside the command or for this folder.
Phonemes between [[ and ]] are said as they are.

With --json each line is an object: {"type":"chunk","seconds","samples"} with "words" if asked for, then {"type":"finish",
"audioSeconds","synthesisSeconds","realTimeFactor","firstAudioMs","sampleRate","format","output","words","warnings"}, without
"format" and "output" where it is only played; or {"type":"error","code","message"}. Words are {"word","start","end"}.

Examples:
  ferrum speak "Good morning." --play
  ferrum speak --voice af_heart --model kokoro:82m -o story.opus --bit-rate 32k < story.txt
  ferrum speak "The same again." --seed 7 --speed 1.2 > again.wav
  ferrum run smollm2:135m "Tell me a story." | ferrum speak --play
`;

export const voicesHelp = `
Without a MODEL the voices of all models for speech that are on this machine, and the names of those that are not.
With --json each voice is an object: {"model","id","language","gender","sampleRate","license","description"}; what is not
known is left out.

Examples:
  ferrum voices
  ferrum voices kokoro:82m --language en-GB
`;

export const benchSpeakHelp = `
Cases:
  words10       a sentence of 10 words
  words60       a paragraph of 60 words
  words200      a story of 200 words

Every repeat has the same seed. The table shows the median and, in brackets, the least and the most.

With --json each case is an object: {"case","model","threads","repeats"} with "voice" if given, and the measures
"realTimeFactor" (seconds for each second of speech), "audioSeconds" and "firstAudioMs", each {"min","median","mean","max",
"p95","p99","ci95":[low,high]}, "eventLoopDelayMs" (p99) and "peakRssBytes". What could not be measured is null.

Examples:
  ferrum bench speak
  ferrum bench speak kokoro:82m --voice af_heart --case words60 --threads 2 --json
`;
