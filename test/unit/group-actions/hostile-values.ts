/**
 * Values for the fields of hostile logs, mostly as JSON source: allowed values in unusual spellings, and values that
 * are not allowed. The reference decides which are which.
 */

/** The source text of a member's key and value. */
export type Member = readonly [key: string, value: string];

/**
 * Clients that differ only in case or form, that resemble refused names, or that are names of JavaScript's own
 * properties.
 */
export const CLIENTS = [
  ...['shop', 'Shop', 'SHOP', 'shop2', 'sho', 'a b', 'x.y', '%2e%2e', 'a.', '42', '-1', 'constructor'],
  ...['h\u00e4ndler', 'ha\u0308ndler', '商店', 'магазин', '🛒', 'a\u202eb', `${'ä'.repeat(127)}x`, 'toString'],
];

/** Refused names of clients, as JSON source. */
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

/** Times of the day, of its neighbours and of distant days. Several are the same instant. */
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
  ...['2011-12-09T23:59:60Z', '2011-12-09T23:59:60.5+00', '2011-12-09T08:15:60'],
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
    '2011-12-09T08:15:61',
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
/** Times that cannot stand in a collector's line, where white space ends them. */
export const NO_TIMES_OF_RECORDS = [
  '',
  ' ',
  '2011-12-09 08:15:00',
  '2011-12-09T08:15:00Z ',
  ' 2011-12-09',
  '2011-12-09\n',
  '2011-12-09\0',
];

/** JSON source whose white space and spelling are kept or dropped, but never changed. */
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

export const USER_IDS = [
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
export const ITEM_IDS = ['0', '1', '2', '10', '2147483649', '9007199254740991', '-0', '5.00', '1E2', '0.2e1', '10e-1'];
export const TYPES = ['0', '1', '2', '10', '-1', '1.0', 'null'];
export const VALUES = [
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
export const STRINGS = [
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
/** User names. The second and third are the same string, and so are the fourth and fifth, so each pair is one user. */
export const CLIENT_USERIDS = [
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

/** Texts and numbers that make ids, as JSON source. Several are spellings of one text. */
export const TEXT_IDS = [
  ...['"SKU-1"', '"SKU-2"', '"SK\\u0055-1"', '"7"', '7', '7.0', '"07"', '" 7"', '"0"', '0', '-0', '""', 'null'],
  ...[
    '"ä"',
    '"\\u00e4"',
    '"a\u0308"',
    '"\\ud83d\\uded2"',
    '"🛒"',
    '"\\udead"',
    '"a\\/b"',
    '"a/b"',
    '"q\\"}{"',
    '"\\n"',
  ],
  ...['9007199254740991', '"9007199254740991"', '1e3', '"1000"', '"anna"', '"ANNA"', '"constructor"', '"\u2028"'],
  ...[`"${'x'.repeat(300)}"`],
];
/** Epoch times, mostly of 2011-12-09, as JSON source. */
export const EPOCH_TIMES = [
  ...['1323417600', '1323417600000', '"1323417600"', '1323417600.25', '1323417600250', '"1323417600250"', '1323388800'],
  ...['1323475199.9999', '"1323475199999"', '1323475200', '"20111209"', '20111209', '1323417600000000', '-1323417600'],
];

/** Values of the wrong type or range, as JSON source. */
export const WRONG_VALUES: Readonly<Record<string, readonly string[]>> = {
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

export const UNKNOWN_MEMBERS: readonly Member[] = [
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
