/** The cases of `bench speak`: texts of so many words. */
export const speakCaseNames = ['words10', 'words60', 'words200'] as const;

export type SpeakCaseName = (typeof speakCaseNames)[number];
