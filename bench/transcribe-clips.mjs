// What is said in the clips that transcription is judged by.

/** `name` is the file's, `language` what is spoken, `text` the transcript. */
export const clips = [
  {
    name: 'jfk.wav',
    language: 'en',
    // J. F. Kennedy, 1961; public domain.
    text: 'And so my fellow Americans ask not what your country can do for you ask what you can do for your country',
  },
  {
    name: 'two_cities_16k.wav',
    language: 'en',
    // C. Dickens, 1859; public domain.
    text:
      'It was the best of times, it was the worst of times, it was the age of wisdom, it was the age of foolishness, it was ' +
      'the epoch of belief, it was the epoch of incredulity, it was the season of Light, it was the season of Darkness, it ' +
      'was the spring of hope, it was the winter of despair, we had everything before us, we had nothing before us, we were ' +
      'all going direct to Heaven, we were all going direct the other way in short, the period was so far like the present ' +
      'period, that some of its noisiest authorities insisted on its being received, for good or for evil, in the ' +
      'superlative degree of comparison only.',
  },
  {
    name: 'beckett.wav',
    language: 'en',
    // S. Beckett, 1983.
    text: 'Ever tried, ever failed. No matter. Try again. Fail again. Fail better.',
  },
  {
    name: '1272-141231-0002.mp3',
    language: 'en',
    // LibriSpeech dev-clean, CC BY 4.0.
    text:
      'The cut on his chest still dripping blood the ache of his overstrained eyes even the soaring arena around him with ' +
      'the thousands of spectators were trivialities not worth thinking about',
  },
  {
    name: 'synth-es.wav',
    language: 'es',
    // Synthesised for these tests.
    text: 'Buenos días. Mañana por la mañana vamos a caminar por la playa y después comeremos en un restaurante cerca del puerto.',
  },
];
