/**
 * The rule for logs whose ids are assigned: which text makes an id.
 *
 *   {"client_userid":"anna","userid":7}    anna: a given integer is not looked at beside a client's own id
 *   {"userid":7}  {"userid":"7"}           7: an integer counts as its decimal text
 *   {"userid":0}  {"userid":"0"}  {}       no user; an item may have the text 0
 */
import type { FIELD_NAMES } from './action.ts';

/** The ways in which ids come about: the logs give integers, or ids are assigned to texts. */
export const ID_WAYS = ['given', 'assign'] as const;
export type IdWay = (typeof ID_WAYS)[number];

/** The fields of a record as JSON gives them. */
export type JsonFields = Readonly<Record<(typeof FIELD_NAMES)[number], unknown>>;

/** The user id that stands for an unknown user. */
const NOBODY = '0';

/**
 * Returns the fields of a record with the texts that make ids in `client_userid` and `client_itemid`, and without `userid` and
 * `itemid`. An id that is neither a text nor an integer stays where it is. A time that is a number becomes its text.
 */
export function withTextIds(fields: JsonFields): JsonFields {
  const user = textIdOf(fields.client_userid, fields.userid);
  const item = textIdOf(fields.client_itemid, fields.itemid);
  const time = fields.timestamp_utc;
  return {
    ...fields,
    timestamp_utc: typeof time === 'number' ? String(time) : time,
    client_userid: user.isOwn || user.text !== NOBODY ? user.text : undefined,
    userid: user.rest,
    client_itemid: item.text,
    itemid: item.rest,
  };
}

interface TextId {
  readonly text: unknown;
  /** True when the text is the client's own id. */
  readonly isOwn: boolean;
  /** What cannot make an id. */
  readonly rest: unknown;
}

function textIdOf(own: unknown, given: unknown): TextId {
  if (own !== undefined && own !== null && own !== '') return { text: own, isOwn: true, rest: undefined };
  if (given === '') return { text: undefined, isOwn: false, rest: undefined };
  if (typeof given === 'string') return { text: given, isOwn: false, rest: undefined };
  // `+ 0` turns -0 into 0, as it is printed.
  const isId = Number.isSafeInteger(given) && (given as number) >= 0;
  return isId
    ? { text: String((given as number) + 0), isOwn: false, rest: undefined }
    : { text: undefined, isOwn: false, rest: given };
}
