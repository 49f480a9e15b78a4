/** The likely cause of a fault of a day, for the reader of the message. */

/** The figure of a fault (`input-faults.ts`) → a question. */
const CAUSES: Readonly<Record<string, string>> = {
  empty: 'are the logs missing, or was the shop closed?',
  'few lines': 'are logs of some collectors missing?',
  'many lines': 'was a log delivered several times, or was there a crawler or a campaign?',
  'few users': 'are logs of some collectors missing?',
  'many users': 'were ids of users assigned anew, or was there a campaign?',
  'few items': 'are logs of some pages missing?',
  'many items': 'were ids of items changed, or was there a crawler?',
  largestUser: 'a bot, or one id for all visitors without a name?',
  largestItem: 'a crawler, or a page that reports the same item everywhere?',
  duplicates: 'was every event sent twice, or a log delivered twice?',
  otherDays: 'a wrong clock or time zone, or the log of another day?',
  newUsers: 'were ids of users renumbered?',
  newItems: 'were ids of items renumbered?',
  repeatedPairs: 'the data of the day before again?',
  'missing type': 'did a page stop to report it?',
  'missing hour': 'was the collector down, or is its log of this hour missing?',
  'mix of types': 'did a page stop or begin to report?',
  'mix of hours': 'was the collector down for a time, or did its clock or time zone change?',
};

/** Returns `: a bot, …?`, or the empty string. */
export const likelyCause = (figure: string): string => (CAUSES[figure] === undefined ? '' : `: ${CAUSES[figure]}`);
