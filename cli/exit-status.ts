/** The exit statuses of the command line: 0 done, 1 failed, 2 wrong usage or configuration. */
const WRONG_USAGE = new Set(['UsageError', 'ConfigError', 'UnknownClientError']);

/** The error's name decides, because an error from a worker thread is no instance of its class. */
export const exitStatusOf = ({ name }: { readonly name: string }): 1 | 2 => (WRONG_USAGE.has(name) ? 2 : 1);
