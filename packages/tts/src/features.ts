/** What the speech engine can do beyond the basic contract. */
export const ttsFeatures: readonly string[] = ['streaming', 'word-timestamps', 'loudness', 'voice-blending'];
