/**
 * Raw logs as bad as they come, by a fixed seed: ties and unknown users in plenty, every spelling that is allowed, and
 * about one line in eight spoilt in one of many ways. What a line comes to is for the reference to say.
 */
import { gzipSync } from 'node:zlib';
import { uniform } from '../../helpers/actions.ts';
import type { LogFile } from '../../reference/group-actions.ts';

/** 2011-12-09. */
export const DAY = 15_317;

type Random = () => number;
/** The source text of a member's key and value. */
type Member = readonly [key: string, value: string];

const below = (random: Random, limit: number): number => Math.floor(random() * limit);
const pick = <T>(random: Random, list: readonly T[]): T => list[below(random, list.length)]!;
const chance = (random: Random, share: number): boolean => random() < share;

/** Alike in all but case or form, look-alikes of names that are refused, names of JavaScript's own properties. */
export const CLIENTS = [
  ...['shop', 'Shop', 'SHOP', 'shop2', 'sho', 'a b', 'x.y', '%2e%2e', 'a.', '42', '-1', 'constructor'],
  ...['h\u00e4ndler', 'ha\u0308ndler', '商店', 'магазин', '🛒', 'a\u202eb', `${'ä'.repeat(127)}x`, 'toString'],
];

/** As JSON source: no client can be called so. */
export const REFUSED_CLIENTS = [
  ...[
    '""',
    '"."',
    '".."',
    '"../x"',
    '".a"',
    '"_b"',
    '"__proto__"',
    '"a/b"',
    '"/"',
    '"a\\\\b"',
    '"a\\u002fb"',
    '"\\u005fb"',
  ],
  ...['"a\\u0000b"', '"a\\nb"', '"a\\u007fb"', '"a\\u0085b"', '"\\ud800"', '"a\\udc00b"', '"\\udc00\\ud800"'],
  ...[`"${'x'.repeat(256)}"`, `"${'ä'.repeat(128)}"`],
];

/** Of the day, of its neighbours and of far away; several are the same instant. */
export const TIMES = [
  ...['2011-12-09', '2011-12-09T00', '2011-12-09T00:00', '2011-12-09T00:00:00', '2011-12-09T00:00:00Z'],
  ...['2011-12-08T24:00', '2011-12-08T24:00:00.000Z', '2011-12-09T01:30:00+01:30', '2011-12-08T22:30:00-0130'],
  ...[
    '2011-12-09T08+01',
    '2011-12-09T08Z',
    '2011-12-09T08:15-23',
    '2011-12-09T08:15:00+2359',
    '2011-12-09T00:00:00-00:00',
  ],
  ...[
    '2011-12-09T08:15:00.1',
    '2011-12-09T08:15:00,1Z',
    '2011-12-09T08:15:00.100999Z',
    '2011-12-09T08:15:00.123456789+01:00',
  ],
  ...['2011-12-08T23:59:59.9999Z', '2011-12-10', '2012-02-29T12:00:00Z', '2000-02-29', '1969-12-31T23:59:59.5Z'],
  ...['0000-01-01', '0099-03-01T00:00:00Z', '9999-12-31T23:59:59.999Z', '2011-12-09T23:59:59.999-0000'],
];

export const NO_TIMES = [
  ...[
    '2011-12-9',
    '2011-12-9T',
    '11-12-09',
    '2011/12/09',
    '20111209',
    '2011-13-01',
    '2011-00-10',
    '2011-12-00',
    '2011-12-32',
  ],
  ...[
    '2011-02-29',
    '1900-02-29',
    '2011-11-31',
    '2011-12-09T',
    '2011-12-09T8',
    '2011-12-09T8:15',
    '2011-12-09T0815',
    '2011-12',
  ],
  ...[
    '2011-12-09T08:',
    '2011-12-09T08:1',
    '2011-12-09T08:15:',
    '2011-12-09T08:15:0',
    '2011-12-09T25:00',
    '2011-12-09T24:01',
  ],
  ...[
    '2011-12-09T24:00:01',
    '2011-12-09T24:00:00.0001',
    '2011-12-09T08:60',
    '2011-12-09T08:15:60',
    '2011-12-09T08:15:00.',
  ],
  ...[
    '2011-12-09T08:15:00.Z',
    '2011-12-09T08:15.5',
    '2011-12-09T08:15:00+',
    '2011-12-09T08:15:00+1',
    '2011-12-09T08:15+24',
  ],
  ...[
    '2011-12-09T08:15+01:60',
    '2011-12-09T08:15+01:3',
    '2011-12-09T08:15+013',
    '2011-12-09T08:15+01:300',
    '2011-12-09T08:15ZZ',
  ],
  ...[
    '2011-12-09t08:15',
    '2011-12-09T08:15z',
    '2011-12-09Z',
    '2011-12-09+01',
    '+2011-12-09',
    '-001-12-09',
    '2011-W49-5',
  ],
  ...['2011-343', '1323388800', 'yesterday', 'NaN', '２０１１-12-09', '2011-12-09T08:15:00\u22121', '2011–12–09'],
];
/** These cannot stand in a collector's line, where white space ends them. */
const NO_TIMES_OF_RECORDS = [
  '',
  ' ',
  '2011-12-09 08:15:00',
  '2011-12-09T08:15:00Z ',
  ' 2011-12-09',
  '2011-12-09\n',
  '2011-12-09\0',
];

/** As JSON source; the white space and the spellings in them are kept or dropped, never changed. */
export const EXTRA_DATA = [
  ...[
    'null',
    'true',
    'false',
    '0',
    '-0.0',
    '1.50',
    '1E400',
    '12345678901234567890123',
    '6.02e+23',
    '""',
    '"  two  spaces "',
  ],
  ...[
    '"\\u00e4\\/\\n"',
    '"ä🛒"',
    '"\\ud800"',
    '"}{][,:\\"\\\\"',
    '[]',
    '{}',
    '[ 1 , [ 2 , { } ] ]',
    '{ "b" : 1 ,\t"a" : [ null ] }',
  ],
  ...[
    '{"a":1,"a":2}',
    '{"__proto__":{"x":1}}',
    '{"2":1,"1":2}',
    '{"extra_data":{"client":"x"}}',
    '{"\\u0061":"b\\\\"}',
    '[[[[[["deep"]]]]]]',
  ],
  ...['\t[\r1\t,\r2 ]  ', '{"a b":" : , "}', '[1e5,-1.0E-7,true,false,null]'],
];

const USER_IDS = [
  '1',
  '2',
  '3',
  '10',
  '11',
  '338',
  '2147483648',
  '4294967296',
  '4294967297',
  '9007199254740991',
  '7.0',
  '3e0',
];
const ITEM_IDS = ['0', '1', '2', '10', '2147483649', '9007199254740991', '-0', '5.00', '1E2', '0.2e1', '10e-1'];
const TYPES = ['0', '1', '2', '10', '-1', '1.0', 'null'];
const VALUES = [
  '0',
  '1',
  '1.0',
  '2.50',
  '-3',
  '0.1',
  '1e21',
  '1e-7',
  '-0',
  '0.30000000000000004',
  '123456789012345678',
  '1e308',
  'null',
];
const STRINGS = [
  'null',
  '""',
  '"i1"',
  '"i2"',
  '"a\\tb"',
  '"\\u00e4"',
  '"ä"',
  '"\\ud83d\\uded2"',
  '"\\udead"',
  '"q\\"q"',
  '"s\\/s"',
  '"\u2028"',
];
/** The second and third are one string, so are the fourth and fifth: one user each. */
const CLIENT_USERIDS = [
  '"u1"',
  '"ä"',
  '"\\u00e4"',
  '"a/b"',
  '"a\\/b"',
  '""',
  '"\\ud800"',
  '"u\\",\\"userid\\":0,\\"itemid\\":"',
  '"u2"',
  '"u3"',
];

/** As JSON source: values of the wrong type or range. */
const WRONG_VALUES: Readonly<Record<string, readonly string[]>> = {
  timestamp_utc: ['0', 'true', '{}', '["2011-12-09"]'],
  client: ['0', 'false', '[]', '{"client":"shop"}'],
  client_userid: ['5', '[]', 'true'],
  userid: [
    '-1',
    '1.5',
    '"1"',
    'true',
    '[1]',
    '9007199254740992',
    '9007199254740993',
    '1e16',
    '1e400',
    '-9007199254740991',
  ],
  itemid: ['-1', '0.5', '"1"', 'false', '{}', '9007199254740992', '18446744073709551615', '1e400'],
  client_itemid: ['23317', '["i1"]'],
  rectag: ['1', '{}'],
  type: ['1.5', '"1"', 'true', '9007199254740992', '1e300', '[]'],
  value: ['"1"', '1e400', '-1e400', 'true', '[2]', '{}'],
};

/** Of a few, or any second of the day. */
function aTime(random: Random): string {
  if (chance(random, 0.5)) return pick(random, TIMES);
  return new Date(DAY * 86_400_000 + below(random, 86_400) * 1000).toISOString().replace('.000', '');
}

const memberOf = (key: string, value: string): Member => [`"${key}"`, value];

/** Half of all ids are of few, so that all meet; the others come once or twice. */
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
  // Mostly in the writer's order, which the scanner knows; sometimes in any.
  if (chance(random, 0.3)) shuffle(random, members);
  return members;
}

const UNKNOWN_MEMBERS: readonly Member[] = [
  ...([
    ['"Client"', '"x"'],
    ['"userId"', '"x"'],
    ['""', '1'],
    ['"client "', '{}'],
    ['"é"', '[1,2]'],
    ['"a\\"b"', 'null'],
  ] as const),
  ...([
    ['"__proto__"', '{"client":"evil","itemid":1}'],
    ['"constructor"', '{"prototype":{}}'],
    ['"toString"', '-1.5e3'],
  ] as const),
];

function shuffle<T>(random: Random, list: T[]): void {
  for (let at = list.length - 1; at > 0; at--) {
    const other = below(random, at + 1);
    [list[at], list[other]] = [list[other]!, list[at]!];
  }
}

/** Members as text, with white space where JSON allows it. */
function objectText(random: Random, members: readonly Member[]): string {
  const spacious = chance(random, 0.15);
  const space = () => (spacious ? pick(random, ['', '', ' ', '\t', '  ', '\r']) : '');
  const pairs = members.map(([key, value]) => `${space()}${key}${space()}:${space()}${value}${space()}`);
  return `{${pairs.join(',')}}${space()}`;
}

/** A collector's line or bare JSON. */
function lineText(random: Random, json: string, time: string): string {
  if (chance(random, 0.3)) return pick(random, ['', '', '', ' ', '\t ']) + json;
  const [gap, tag] = [
    pick(random, ['\t', '\t', '\t', ' ', ' \t ', '\v']),
    pick(random, ['actions', 'actions', 'a', 'täg', '{']),
  ];
  return `${pick(random, ['', '', '', ' '])}${time}${gap}${tag}${gap}${json}`;
}

/** Ways to spoil a record's members. */
const SPOIL_MEMBERS: readonly ((random: Random, members: Member[]) => void)[] = [
  // A value of the wrong type in place of a right one, or behind it (the last of two counts), or before it.
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
  // Keys that come twice, also with an escape in one of them.
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

/** Ways to spoil a record's text. */
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

/** Ways to spoil a line's bytes. */
const SPOIL_BYTES: readonly ((random: Random, line: Buffer) => Buffer)[] = [
  (random, line) => {
    const at = below(random, line.length + 1);
    return Buffer.concat([line.subarray(0, at), pick(random, BAD_UTF8), line.subarray(at)]);
  },
  // Any byte becomes any other.
  (random, line) => {
    const flipped = Buffer.from(line);
    flipped[below(random, line.length)] = pick(random, [below(random, 256), 0x20, 0x22, 0x2c, 0x30, 0x5c, 0x7d, 0x00]);
    return flipped;
  },
];

/** One line without its end; it may be anything. */
export function hostileLine(random: Random): Buffer {
  const members = goodRecord(random);
  const time = aTime(random);
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

/** Lines with ends of both kinds and blank ones between them; the last may lack its end. */
export function hostileText(random: Random, lines: number): Buffer {
  const pieces: Buffer[] = [];
  for (let line = 0; line < lines; line++) {
    pieces.push(hostileLine(random), Buffer.from(chance(random, 0.2) ? '\r\n' : '\n'));
    if (chance(random, 0.05))
      pieces.push(Buffer.from(pick(random, ['\n', '\r\n', '  \n', '\t\r\n', '\v\f \n', '\n\n'])));
  }
  if (chance(random, 0.5)) pieces.pop();
  return Buffer.concat(pieces);
}

export interface HostileLogs {
  /** What is to be read, by name: text, gzip, gzip of several members, empty files, one file that is read by ranges. */
  readonly files: readonly LogFile[];
  /** What lies among it and is not to be read. */
  readonly hidden: readonly LogFile[];
}

/** Text that nobody reads, in a field that no action has: it gives a file weight. */
const ballast = (bytes: number): Buffer => Buffer.from(`{"ballast":"${'x'.repeat(bytes)}"}\n`);

/**
 * A day of logs. Its weight, 60 MiB by the planner's scales (a `.gz` counts twelvefold, and these are hardly
 * compressed), is enough for 7 shards of every step.
 */
export function hostileLogs(seed: number): HostileLogs {
  const random = uniform(seed);
  const stored = (content: Buffer) => gzipSync(content, { level: 0 });
  const gzipped = (lines: number) => stored(Buffer.concat([ballast(850_000), hostileText(random, lines)]));
  const members = (lines: number) => {
    const text = Buffer.concat([ballast(500_000), hostileText(random, lines)]);
    // Members end within lines.
    const cuts = [0, 1, below(random, text.length), text.length].sort((a, b) => a - b);
    return Buffer.concat(cuts.slice(1).map((cut, part) => stored(text.subarray(cuts[part], cut))));
  };
  const longLine = Buffer.from(`{"client":"shop","itemid":1,"extra_data":"${'y'.repeat(5 << 20)}"}\n`);
  const text = (lines: number) => hostileText(random, lines);
  const file = (name: string, bytes: Buffer): LogFile => ({ name, bytes });
  const hidden = ['_SUCCESS', '.part.crc', 'a/_temporary', 'a/.swp.gz', '_logs/x', 'a/b/c/too-deep'];
  return {
    // In the order of their names, which is that of the store.
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
