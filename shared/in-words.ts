/** Quantities as people read them. */

const KIB = 2 ** 10;
const MIB = 2 ** 20;

export const inBytes = (size: number): string => {
  if (size < KIB) return `${size} B`;
  return size < MIB ? `${(size / KIB).toFixed(1)} KiB` : `${(size / MIB).toFixed(1)} MiB`;
};

/** Two digits that say something, at least cents. */
export const inDollars = (dollars: number): string => {
  if (dollars >= 0.1 || dollars === 0) return `$${dollars.toFixed(2)}`;
  return `$${dollars.toFixed(Math.min(9, 1 - Math.floor(Math.log10(dollars))))}`;
};
