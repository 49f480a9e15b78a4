/**
 * Malformed raw logs made by a fixed seed. They have many ties and unknown users and every allowed spelling, and about
 * one line in eight is spoilt in one of many ways. The reference decides what each line means.
 */
import { gzipSync } from 'node:zlib';
import { uniform } from '../../../shared/example/actions.ts';
import type { IdWay } from '../../../shared/model/text-ids.ts';
import type { LogFile } from '../../reference/group-actions.ts';
import {
  CLIENT_USERIDS,
  CLIENTS,
  EPOCH_TIMES,
  EXTRA_DATA,
  ITEM_IDS,
  type Member,
  NO_TIMES,
  NO_TIMES_OF_RECORDS,
  REFUSED_CLIENTS,
  STRINGS,
  TEXT_IDS,
  TIMES,
  TYPES,
  UNKNOWN_MEMBERS,
  USER_IDS,
  VALUES,
  WRONG_VALUES,
} from './hostile-values.ts';

/** 2011-12-09. */
export const DAY = 15_317;

type Random = () => number;

const below = (random: Random, limit: number): number => Math.floor(random() * limit);
const pick = <T>(random: Random, list: readonly T[]): T => list[below(random, list.length)]!;
const chance = (random: Random, share: number): boolean => random() < share;

/** Returns one of a few times, or any second of the day. */
function aTime(random: Random): string {
  if (chance(random, 0.5)) return pick(random, TIMES);
  return new Date(DAY * 86_400_000 + below(random, 86_400) * 1000).toISOString().replace('.000', '');
}

const memberOf = (key: string, value: string): Member => [`"${key}"`, value];

/**
 * Returns a good record. Half of all ids are drawn from a few, so that they meet, and the others occur once or twice.
 */
function goodRecord(random: Random): Member[] {
  const few = () => chance(random, 0.5);
  const user = () => (few() ? pick(random, USER_IDS) : String(1 + below(random, 3000)));
  const members: Member[] = [
    memberOf('timestamp_utc', JSON.stringify(aTime(random))),
    memberOf('client', JSON.stringify(pick(random, few() ? CLIENTS.slice(0, 3) : CLIENTS))),
    memberOf('userid', chance(random, 0.3) ? pick(random, ['0', '0', '0.0', '-0', 'null']) : user()),
    memberOf('itemid', few() ? pick(random, ITEM_IDS) : String(below(random, 3000))),
  ];
  if (chance(random, 0.85)) {
    members.push(memberOf('client_userid', few() ? pick(random, CLIENT_USERIDS) : `"c${below(random, 400)}"`));
  }
  if (chance(random, 0.8)) members.push(memberOf('client_itemid', pick(random, STRINGS)));
  if (chance(random, 0.8)) members.push(memberOf('rectag', pick(random, STRINGS)));
  if (chance(random, 0.8)) members.push(memberOf('type', pick(random, TYPES)));
  if (chance(random, 0.8)) members.push(memberOf('value', pick(random, VALUES)));
  if (chance(random, 0.3)) members.push(memberOf('extra_data', pick(random, EXTRA_DATA)));
  if (chance(random, 0.1)) members.push(pick(random, UNKNOWN_MEMBERS));
  // Most records have the writer's order, which the scanner knows, and some have any order.
  if (chance(random, 0.3)) shuffle(random, members);
  return members;
}

/** Makes the record of a shop whose ids are texts: some ids are texts, some of the client's own ids are missing. */
function withTexts(random: Random, members: readonly Member[]): Member[] {
  return members.flatMap(([key, value]): Member[] => {
    if (key === '"userid"' || key === '"itemid"') return [[key, chance(random, 0.6) ? pick(random, TEXT_IDS) : value]];
    if (key === '"timestamp_utc"') return [[key, chance(random, 0.3) ? pick(random, EPOCH_TIMES) : value]];
    return key.startsWith('"client_') && chance(random, 0.5) ? [] : [[key, value]];
  });
}

function shuffle<T>(random: Random, list: T[]): void {
  for (let at = list.length - 1; at > 0; at--) {
    const other = below(random, at + 1);
    [list[at], list[other]] = [list[other]!, list[at]!];
  }
}

/** Returns members as text, with white space where JSON allows it. */
function objectText(random: Random, members: readonly Member[]): string {
  const spacious = chance(random, 0.15);
  const space = () => (spacious ? pick(random, ['', '', ' ', '\t', '  ', '\r']) : '');
  const pairs = members.map(([key, value]) => `${space()}${key}${space()}:${space()}${value}${space()}`);
  return `{${pairs.join(',')}}${space()}`;
}

/** Tags that look like a part of the time, and tags that only begin like one. */
const ODD_TAGS = ['22:00:00', 'T8:15Z', '+0100', '-07:00', 'T', '7', '+1', '{}', ''];

/** Returns a collector's line or bare JSON. */
function lineText(random: Random, json: string, time: string): string {
  if (chance(random, 0.3)) return pick(random, ['', '', '', ' ', '\t ']) + json;
  const [gap, tag] = [
    pick(random, ['\t', '\t', '\t', ' ', ' \t ', '\v']),
    chance(random, 0.03) ? pick(random, ODD_TAGS) : pick(random, ['actions', 'actions', 'a', 'täg', '{']),
  ];
  return `${pick(random, ['', '', '', ' '])}${time}${gap}${tag}${gap}${json}`;
}

/** Ways to spoil the members of a record. */
const SPOIL_MEMBERS: readonly ((random: Random, members: Member[]) => void)[] = [
  // Puts a value of the wrong type in place of a right one, behind it (the last of two counts) or before it.
  (random, members) => {
    const field = pick(random, Object.keys(WRONG_VALUES));
    const wrong = memberOf(field, pick(random, WRONG_VALUES[field]!));
    if (chance(random, 0.3)) members.unshift(wrong);
    else members.push(wrong);
  },
  (random, members) => members.push(memberOf('client', pick(random, REFUSED_CLIENTS))),
  (random, members) =>
    members.push(memberOf('timestamp_utc', JSON.stringify(pick(random, [...NO_TIMES, ...NO_TIMES_OF_RECORDS])))),
  (random, members) => void members.splice(below(random, members.length), 1),
  (random, members) =>
    members.push(memberOf(pick(random, ['client', 'itemid', 'timestamp_utc', 'client_userid']), 'null')),
  // Repeats keys, also with an escape in one of them.
  (random, members) => members.push(...goodRecord(random)),
  (random, members) => members.push(['"cl\\u0069ent"', JSON.stringify(pick(random, CLIENTS))]),
  (random, members) =>
    members.push(memberOf('extra_data', pick(random, EXTRA_DATA)), ['"extra\\u005fdata"', pick(random, EXTRA_DATA)]),
  (random, members) => members.push(pick(random, UNKNOWN_MEMBERS), memberOf('client', '"late"')),
  (_, members) => void members.splice(0),
  (random, members) =>
    members.push(memberOf('value', pick(random, ['NaN', 'Infinity', '+1', '01', '.5', '1.', '0x1', "'1'", '', '1_0']))),
  (random, members) =>
    members.push(
      memberOf('extra_data', pick(random, ['[1,]', '{"a"}', '"\t"', '"\\x"', '[', '}', '{"a":1,}', 'nul', '"\\u12"'])),
    ),
];

/** Ways to spoil the text of a record. */
const SPOIL_TEXT: readonly ((random: Random, json: string) => string)[] = [
  (random, json) => json.slice(0, below(random, json.length)),
  (_, json) => `${json}}`,
  (_, json) => `${json} // no`,
  (_, json) => json + json,
  (_, json) => `[${json}]`,
  (_, json) => json.replace('}', ',}'),
  (random) => pick(random, ['null', '0', '"shop"', '[]', 'true', '', '{}', '{ }', '{', '\ufeff{}', 'undefined']),
];

const BAD_UTF8 = [[0xff], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xe2, 0x82], [0xf4, 0x90, 0x80, 0x80], [0x80]].map(
  (bytes) => Buffer.from(bytes),
);

/** Ways to spoil the bytes of a line. */
const SPOIL_BYTES: readonly ((random: Random, line: Buffer) => Buffer)[] = [
  (random, line) => {
    const at = below(random, line.length + 1);
    return Buffer.concat([line.subarray(0, at), pick(random, BAD_UTF8), line.subarray(at)]);
  },
  // Changes any byte into any other.
  (random, line) => {
    const flipped = Buffer.from(line);
    flipped[below(random, line.length)] = pick(random, [below(random, 256), 0x20, 0x22, 0x2c, 0x30, 0x5c, 0x7d, 0x00]);
    return flipped;
  },
];

/** Returns good and spoilt records without line breaks between them. */
function joinedLine(random: Random): Buffer {
  const records = Array.from({ length: 2 + below(random, 4) }, () => {
    const json = objectText(random, goodRecord(random));
    return chance(random, 0.2) ? pick(random, SPOIL_TEXT)(random, json) : json;
  });
  const gap = pick(random, ['', '', '', ' ', '\t', ',']);
  return Buffer.from(pick(random, ['', '', ' ']) + records.join(gap));
}

/** Returns one line without its end, good or spoilt. */
export function hostileLine(random: Random, ids: IdWay = 'given'): Buffer {
  if (chance(random, 0.02)) return joinedLine(random);
  const members = ids === 'given' ? goodRecord(random) : withTexts(random, goodRecord(random));
  const time = ids === 'assign' && chance(random, 0.3) ? pick(random, EPOCH_WORDS) : aTime(random);
  if (!chance(random, 0.13)) return Buffer.from(lineText(random, objectText(random, members), time));
  const kind = random();
  if (kind < 0.5) {
    pick(random, SPOIL_MEMBERS)(random, members);
    return Buffer.from(lineText(random, objectText(random, members), time));
  }
  const json = objectText(random, members);
  if (kind < 0.65) return Buffer.from(lineText(random, pick(random, SPOIL_TEXT)(random, json), time));
  if (kind < 0.75) return Buffer.from(lineText(random, json, pick(random, NO_TIMES)));
  return pick(random, SPOIL_BYTES)(random, Buffer.from(lineText(random, json, time)));
}

/** Epoch times as they stand in a collector's line. */
const EPOCH_WORDS = EPOCH_TIMES.map((time) => time.replaceAll('"', ''));

/** Returns lines with both kinds of ends and blank lines between them. The last line may lack its end. */
export function hostileText(random: Random, lines: number, ids: IdWay = 'given'): Buffer {
  const pieces: Buffer[] = [];
  for (let line = 0; line < lines; line++) {
    pieces.push(hostileLine(random, ids), Buffer.from(chance(random, 0.2) ? '\r\n' : '\n'));
    if (chance(random, 0.05))
      pieces.push(Buffer.from(pick(random, ['\n', '\r\n', '  \n', '\t\r\n', '\v\f \n', '\n\n'])));
  }
  if (chance(random, 0.5)) pieces.pop();
  return Buffer.concat(pieces);
}

export interface HostileLogs {
  /**
   * The files to be read, by name: text, gzip, gzip of several members, empty files and one file that is read by
   * ranges.
   */
  readonly files: readonly LogFile[];
  /** Files in the same folders that must not be read. */
  readonly hidden: readonly LogFile[];
}

/** Returns a line with text in a field that no action has. It gives a file its weight. */
const ballast = (bytes: number): Buffer =>
  Buffer.from(
    `{"timestamp_utc":"2011-12-09T08:15:00Z","client":"shop","userid":7,"itemid":7,"ballast":"${'x'.repeat(bytes)}"}\n`,
  );

/**
 * Returns a day of logs. It weighs 60 MiB by the planner's scales (a `.gz` counts twelvefold, and these files are
 * hardly compressed), which is enough for 7 shards of every step.
 */
export function hostileLogs(seed: number, ids: IdWay = 'given'): HostileLogs {
  const random = uniform(seed);
  const stored = (content: Buffer) => gzipSync(content, { level: 0 });
  const gzipped = (lines: number) => stored(Buffer.concat([ballast(850_000), hostileText(random, lines, ids)]));
  const members = (lines: number) => {
    const text = Buffer.concat([ballast(500_000), hostileText(random, lines, ids)]);
    // Members end within lines.
    const cuts = [0, 1, below(random, text.length), text.length].sort((a, b) => a - b);
    return Buffer.concat(cuts.slice(1).map((cut, part) => stored(text.subarray(cuts[part], cut))));
  };
  const longLine = Buffer.from(`{"client":"shop","itemid":1,"extra_data":"${'y'.repeat(5 << 20)}"}\n`);
  const text = (lines: number) => hostileText(random, lines, ids);
  const file = (name: string, bytes: Buffer): LogFile => ({ name, bytes });
  const hidden = ['_SUCCESS', '.part.crc', 'a/_temporary', 'a/.swp.gz', '_logs/x', 'a/b/c/too-deep'];
  return {
    // The files are in the order of their names, as in the store.
    files: [
      file('a/0-empty', Buffer.alloc(0)),
      ...[1, 2, 3, 4].map((number) => file(`a/${number}.gz`, gzipped(300))),
      file('a/plain', text(300)),
      file('b/empty.gz', Buffer.alloc(0)),
      file('b/members.gz', members(300)),
      file('b/nothing.gz', stored(Buffer.alloc(0))),
      file('b/ranged', Buffer.concat([text(3_000), ballast(600_000), text(1_500)])),
      file('c/5 MB line.gz', gzipSync(Buffer.concat([text(20), longLine, text(20)]))),
      file('c/blank', Buffer.from(' \n\r\n\t\n')),
      file('c/z.gz', gzipped(300)),
      file('d/ümlaut 100%.gz', gzipped(300)),
    ],
    hidden: hidden.map((name) => file(name, Buffer.from('not a line of the logs\n'))),
  };
}
