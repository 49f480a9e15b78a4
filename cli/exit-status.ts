/** How the command line ends: 0 done, 1 failed, 2 wrong usage or configuration. */
const WRONG_USAGE = new Set(['UsageError', 'ConfigError', 'UnknownClientError']);

/** By the error's name: what comes from a worker thread is no instance of its class. */
export const exitStatusOf = ({ name }: { readonly name: string }): 1 | 2 => (WRONG_USAGE.has(name) ? 2 : 1);
