/** The cases of `bench transcribe`. */
export const transcribeCaseNames = ['greedy', 'beam5', 'words', 'batched', 'concurrent'] as const;

export type TranscribeCaseName = (typeof transcribeCaseNames)[number];
