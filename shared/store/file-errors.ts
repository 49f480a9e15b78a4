/** Turns errors of the operating system into errors of a store. */
import { AccessDeniedError, ConfigError, LimitError, MissingObjectError, StoreUnavailableError } from '../errors.ts';

/** Returns the `code` of a system error (`ENOENT`, …), or undefined for any other error. */
export function systemCode(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}

/** True when the error says that nothing exists at the path. The folder above it may be missing too. */
export function isNotThere(error: unknown): boolean {
  const code = systemCode(error);
  return code === 'ENOENT' || code === 'ENOTDIR';
}

/**
 * Returns the error to throw instead of a system error. Returns `error` itself when it is not a system error, or is one that
 * needs no words of a store.
 *
 * @param action what was being done at `path`: `reading`, `writing`, …
 */
export function fileError(error: unknown, action: string, path: string): unknown {
  const cause = { cause: error };
  const code = systemCode(error);
  const where = `${action} ${path}: ${code}`;
  switch (code) {
    case 'ENOENT':
      return new MissingObjectError(`${action} ${path}: there is no such object`, cause);
    case 'EROFS':
      return new AccessDeniedError(
        `${where}. The file system is mounted read-only: choose a folder on another one, or have it mounted for writing.`,
        cause,
      );
    case 'EACCES':
    case 'EPERM':
      return new AccessDeniedError(
        `${where}. Give this user the right to do so, or choose another folder (one on a file system with hard and symbolic links).`,
        cause,
      );
    case 'ENOSPC':
    case 'EDQUOT':
      return new LimitError(`${where}. The disk or the quota is full: make room, or choose another folder.`, cause);
    case 'ENAMETOOLONG':
      return new ConfigError(`${where}. The path is too long for this file system: choose a shorter folder.`, cause);
    case 'EEXIST':
    case 'ELOOP':
    case 'ENOTDIR':
    case 'EISDIR':
    case 'ENOTEMPTY':
      return new ConfigError(
        `${where}. A name cannot be a file and a folder at once, nor a link that leads nowhere: remove or rename one.`,
        cause,
      );
    case 'EAGAIN':
    case 'EBUSY':
    case 'EIO':
    case 'ESTALE':
    case 'ETIMEDOUT':
      return new StoreUnavailableError(`${where}. Try again; when it stays so, look at the disk or mount.`, cause);
    case 'EMFILE':
    case 'ENFILE':
      return new StoreUnavailableError(
        `${where}. Too many files are open, in this process or on this machine: raise the limit (ulimit -n), ` +
          'or run with fewer workers (--workers).',
        cause,
      );
    default:
      return error;
  }
}
