/** Requests that no server should take, each of which is to be answered with a 4xx. */
export const junkKinds = ['brokenJson', 'wrongTypes', 'unknownModel', 'oversizeBody', 'rawGarbage'] as const;

export type JunkKind = (typeof junkKinds)[number];
