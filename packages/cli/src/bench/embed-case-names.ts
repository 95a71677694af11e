/** The cases of `bench embed`. */
export const embedCaseNames = ['single', 'batch32', 'batch8x128', 'mixed256', 'callers64'] as const;

export type EmbedCaseName = (typeof embedCaseNames)[number];
