/** What the speech engine can do beyond the basic contract, with a Piper voice. */
export const piperFeatures: readonly string[] = ['streaming', 'word-timestamps', 'loudness', 'seed', 'speed'];
/** The same with Kokoro, whose voices can be mixed. */
export const kokoroFeatures: readonly string[] = [...piperFeatures, 'voice-blending'];
