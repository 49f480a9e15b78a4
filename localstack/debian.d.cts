export function mayInstall(): boolean;
export function installCommand(packages: readonly string[]): string;
/** `null`: ended by a signal, or not started. */
export function install(packages: readonly string[]): number | null;
