/** The check of a location before a runtime node gets it. */
import { ConfigError } from '../errors.ts';

/** The serving system's reader understands S3 locations of this form and absolute paths only. */
const S3_LOCATION = /^s3[na]?:\/\/[^/]+(\/|$)/;

/** @throws ConfigError for a location that the serving system cannot read */
export function checkLocation(location: string): void {
  const understood = S3_LOCATION.test(location) || (location.startsWith('/') && !location.startsWith('//'));
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a line break would become part of the path
  if (understood && !location.endsWith('/') && !/[\u0000-\u001f]/.test(location)) return;
  throw new ConfigError(
    `${JSON.stringify(location)} is no location that the serving system reads: s3n://bucket/path or /path, without a slash or line break at its end`,
  );
}
