/** What the transcription engine can do beyond the basic contract. */
export const whisperFeatures: readonly string[] = [
  'streaming',
  'live',
  'batching',
  'word-timestamps',
  'language-detection',
  'translation',
  'voice-activity-detection',
];
