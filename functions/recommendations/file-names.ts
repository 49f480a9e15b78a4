/** The two sides of a model, and the files of their vectors. A gzip of each may stand in its place. */
export const VECTOR_FILES = { users: 'userFeatures.txt', items: 'productFeatures.txt' } as const;
export type Side = keyof typeof VECTOR_FILES;
