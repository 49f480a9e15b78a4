/** Lines of raw logs as fast-check arbitraries. Most are right, in any spelling that JSON allows; some are damaged. */
import fc from 'fast-check';

const pick = fc.constantFrom<string[]>;

/** Draws from `plain` in five cases of six. */
const usually = (plain: fc.Arbitrary<string>, odd: fc.Arbitrary<string>) =>
  fc.oneof({ weight: 5, arbitrary: plain }, { weight: 1, arbitrary: odd });

const TIME = pick(
  '2011-08-30T08:15:00Z',
  '2011-08-30T08:15:00.123456+02:00',
  '2011-08-30',
  '1969-12-31T23:59:59,9',
  '2011-12-31T23:59:60Z',
);
const BAD_TIME = pick('2011-13-01', '', 'yesterday', '2011-08-30 08:15:00', '2011-02-29T00:00Z');
/** Times that only logs with assigned ids may have. They are read as ISO-8601 times or as numbers. */
const EPOCH = pick(
  ...['1323417600', '1323417600250', '1323417600.25', '1323417600.1239', '100000000', '99999999999', '100000000000'],
  ...['99999999', '20111209', '253402300799999', '253402300800000', '1323417600250000', '1323417600.', '1323417600.50'],
  ...['1323417600250.9', '1323417600.123456789', '0', '-1323417600', '1.3234176e9', '01323417600', '1323417600,5'],
);
const STRING = usually(
  pick('"shop"', '"14911"', '"u1"', '"default"'),
  pick(
    ...[
      '"shop"',
      '"Shop"',
      '"14911"',
      '""',
      '"a b"',
      '"日本🛒"',
      '"é"',
      '"\u007f"',
      '"\u2028"',
      '"}"',
      '"{[,:"',
      '"x//y"',
    ],
    ...[
      String.raw`"a\"b"`,
      String.raw`"a\\"`,
      String.raw`"\/"`,
      String.raw`"\u0041"`,
      String.raw`"\u00e9\ud83d\ude00"`,
    ],
    ...[String.raw`"\ud800"`, String.raw`"\b\f\n\r\t\u001F"`, String.raw`"userid\":0,\"itemid"`],
  ),
);
const CLIENT = fc.oneof(
  { weight: 8, arbitrary: pick('"shop"', '"Shop"', '"shop2"', '"日本"', String.raw`"sh\u006fp"`) },
  { weight: 1, arbitrary: pick('"../x"', '".a"', '"_a"', '""', '"a/b"', String.raw`"a\\b"`, '"a\u0085"', '"b}"') },
);
const ID = usually(
  pick('0', '1', '67', '3278', '2147483648', '999999999999999'),
  pick(
    ...['0', '1', '67', '2147483648', '4294967297', '999999999999999', '1234567890123456', '9007199254740991'],
    ...['5.0', '5.00', '1e3', '1E+2', '50e-1', '-0', '0.0', '0e5', '-0.0'],
  ),
);
const BAD_ID = pick(
  ...['-1', '1.5', '9007199254740992', '12345678901234567890', '1e400', '"5"', 'true', '[]', '{}', 'false', '1e-1'],
);
const TYPE = pick('0', '1', '2', '-3', '2.0', '-2.0', '1e1', '9007199254740991', '-9007199254740991');
const VALUE = usually(
  pick('1', '6.0', '24', '19.990', '-3.5'),
  pick(
    ...['0', '1', '6.0', '24', '-3.5', '0.1', '19.990', '0.30000000000000004', '1e21', '1e-7', '0.0000001', '0.000001'],
    ...[
      '-0',
      '-0.0',
      '100',
      '1.7976931348623157e308',
      '5e-324',
      '123456789012345',
      '1234567890123456',
      '12345678.9012345',
    ],
    ...['0.000000000000001', '1.50', '10.0', '9007199254740993', '1e-400'],
  ),
);
const BAD_NUMBER = pick(
  'NaN',
  'Infinity',
  '1e400',
  '-1e400',
  '"1"',
  '01',
  '1.',
  '.5',
  '+1',
  '0x1',
  '-',
  '1e',
  '1e+',
  '--1',
);
const EXTRA = fc.oneof(
  pick(
    ...[
      '1',
      '1.0',
      '12345678901234567890',
      '1e400',
      '-0',
      '1E5',
      'true',
      'false',
      '{}',
      '[]',
      '"x"',
      '"\\u0041\\/"',
      '""',
    ],
    ...[
      '{ "a" : [ 1.0 , { "b c" : " \\" }" } ] }',
      '[[],[[]], {}]',
      '{"userid":5,"extra_data":1}',
      '{"é":"🛒 "}',
      '" a  b "',
    ],
  ),
  fc.jsonValue().map((value) => JSON.stringify(value)),
  fc.jsonValue().map((value) => JSON.stringify(value, null, ' ').replaceAll('\n', '\t')),
);
const BAD_JSON = pick(
  '[1',
  '{"a"}',
  '{"a":1,}',
  '[1,]',
  'nul',
  'tru',
  'undefined',
  "'x'",
  '',
  '"\\x"',
  '"\\u12g4"',
  '{1:2}',
  ']',
);

/** Draws from `good` in forty cases of 41, else a null, a value of another kind or text that is not JSON. */
const mostly = (good: fc.Arbitrary<string>, ...odd: fc.Arbitrary<string>[]) =>
  fc.oneof({ weight: 40, arbitrary: good }, { weight: 1, arbitrary: fc.oneof(fc.constant('null'), ...odd, BAD_JSON) });

const quoted = (arbitrary: fc.Arbitrary<string>) => arbitrary.map((text) => JSON.stringify(text));

const GIVEN_MEMBERS: readonly (readonly [string, fc.Arbitrary<string>])[] = [
  ['timestamp_utc', mostly(quoted(TIME), quoted(BAD_TIME), ID, pick('"2011-08\\u002d30"'))],
  ['client', mostly(CLIENT, STRING, ID)],
  ['client_userid', mostly(STRING, ID, EXTRA)],
  ['userid', mostly(ID, BAD_ID)],
  ['itemid', mostly(ID, BAD_ID)],
  ['client_itemid', mostly(STRING, ID)],
  ['rectag', mostly(fc.oneof(fc.constant('"default"'), STRING), EXTRA)],
  ['type', mostly(TYPE, BAD_ID, BAD_NUMBER)],
  ['value', mostly(VALUE, BAD_NUMBER, STRING)],
];
/** The members of logs whose ids are assigned: ids may also be texts, and times numbers. */
const TEXT_ID = fc.oneof(
  { weight: 3, arbitrary: STRING },
  { weight: 2, arbitrary: ID },
  { weight: 1, arbitrary: BAD_ID },
);
const SPELT_EPOCH = fc.oneof(EPOCH, quoted(EPOCH));
const ASSIGNED_MEMBERS = GIVEN_MEMBERS.map(([name, value]): readonly [string, fc.Arbitrary<string>] => {
  if (name === 'timestamp_utc')
    return [name, fc.oneof({ weight: 2, arbitrary: value }, { weight: 1, arbitrary: SPELT_EPOCH })];
  if (name === 'userid' || name === 'itemid') return [name, mostly(TEXT_ID, EXTRA)];
  if (!name.startsWith('client_')) return [name, value];
  return [name, fc.oneof({ weight: 2, arbitrary: value }, { weight: 1, arbitrary: pick('null', '""', '"0"', '"7"') })];
});

/** The bytes of lines. Some lines are cut short, and in some one byte is replaced. @param times the times before a record */
function linesOf(known: typeof GIVEN_MEMBERS, times: fc.Arbitrary<string>): fc.Arbitrary<Buffer> {
  const oddMembers = fc.array(
    fc.oneof(
      ...known.map(([name, value]) => fc.tuple(fc.constant(`"${name}"`), value)),
      fc.tuple(
        pick('"__proto__"', '"constructor"', '"x"', '""', '"é"', '"userid "', `"${'k'.repeat(80)}"`),
        fc.oneof(EXTRA, ID),
      ),
      fc.tuple(
        pick('"client\\u005fuserid"', '"use\\u0072id"', '"extra\\u005fdata"', '"\\u0069temid"'),
        fc.oneof(ID, STRING, EXTRA),
      ),
    ),
    { maxLength: 2 },
  );

  /** The JSON of an action. Fields may be out of order, missing, or given twice, with spaces or without. */
  const record = fc
    .record({
      values: fc.tuple(...known.map(([, value]) => value)),
      extra: fc.option(mostly(EXTRA), { nil: undefined, freq: 2 }),
      missing: fc.oneof({ weight: 3, arbitrary: fc.constant(-1) }, { weight: 1, arbitrary: fc.nat(8) }),
      odd: fc.oneof(
        { weight: 3, arbitrary: fc.constant([] as [string, string][]) },
        { weight: 1, arbitrary: oddMembers },
      ),
      rotate: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(12) }),
      space: fc.oneof(
        { weight: 3, arbitrary: fc.constant(['', '']) },
        { weight: 1, arbitrary: fc.tuple(pick('', ' ', '\t '), pick('', ' ')) },
      ),
    })
    .map(({ values, extra, missing, odd, rotate, space: [after, before] }) => {
      const members = known
        .map(([name], i): [string, string] => [`"${name}"`, values[i]!])
        .filter((_, i) => i !== missing);
      if (extra !== undefined) members.push(['"extra_data"', extra]);
      members.push(...(odd as [string, string][]));
      const turned = [...members.slice(rotate), ...members.slice(0, rotate)];
      return `{${before}${turned.map(([key, value]) => `${key}${before}:${after}${value}`).join(`${before},${after}`)}${before}}`;
    });

  const line = fc.oneof(
    { weight: 5, arbitrary: record },
    { weight: 5, arbitrary: fc.tuple(times, record).map(([time, json]) => `${time}\tactions\t${json}`) },
    {
      weight: 2,
      arbitrary: fc
        .tuple(
          pick('', ' ', '\t\v'),
          fc.oneof(times, BAD_TIME),
          pick(' ', '\t \f'),
          pick('tag', '[x]', 'é', '{}', '', '22:00:00', '8:15', 'T08:15:00.5Z', '+0100', '-07', 'T', '7', ':'),
          record,
          pick('', ' ', '\t'),
        )
        .map(([before, time, space, tag, json, after]) => `${before}${time}${space}${tag}${space}${json}${after}`),
    },
    {
      weight: 1,
      arbitrary: pick('{', '}', '{}', 'x', '[]', '1 2 3', '1 2 [3]', '1 2 null', 'null', '2011-08-30', '\ufeff{}'),
    },
  );

  return fc
    .tuple(
      line,
      fc.oneof({ weight: 8, arbitrary: fc.constant(-1) }, { weight: 1, arbitrary: fc.nat(400) }),
      fc.nat(255),
      fc.boolean(),
    )
    .map(([line, at, byte, cut]) => {
      const bytes = Buffer.from(line);
      if (at < 0 || at >= bytes.length) return bytes;
      if (cut) return bytes.subarray(0, at);
      bytes[at] = byte === 0x0a ? 0x20 : byte;
      return bytes;
    });
}

export const RAW_LINE = linesOf(GIVEN_MEMBERS, TIME);

/** Lines of logs whose ids are assigned. */
export const TEXT_ID_LINE = linesOf(
  ASSIGNED_MEMBERS,
  fc.oneof({ weight: 2, arbitrary: TIME }, { weight: 1, arbitrary: EPOCH }),
);
