const year = '[0-9]{4}';
// February has 28 days here: a grammar cannot tell leap years.
const date = `${year}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)|02-(?:0[1-9]|1[0-9]|2[0-8]))`;
const time = '(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\\.[0-9]{1,9})?(?:Z|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])';
const word = '[A-Za-z0-9]{1,14}';
const label = `${word}(?:-${word}){0,2}`;
const byte = '(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])';
const hostname = `${label}(?:\\.${label}){0,3}`;
const shortHost = `${word}\\.[a-z]{2,6}`;

/**
 * Texts of the formats of JSON Schema, each a part of what its specification allows: RFC 3339, 4122, 5321, 2673, 4291, 1123,
 * 3986. Where there are several, the later ones have fewer characters.
 */
export const stringFormats: Readonly<Record<string, readonly string[]>> = {
  date: [`^${date}$`],
  time: [`^${time}$`],
  'date-time': [`^${date}T${time}$`],
  duration: ['^P(?:[0-9]{1,6}W|[0-9]{1,6}D(?:T[0-9]{1,6}H)?|T[0-9]{1,6}[HMS])$'],
  uuid: ['^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$'],
  email: [`^${word}(?:[._+-]${word}){0,3}@${label}(?:\\.${label}){1,3}$`, `^${word}(?:[._]${word})?@${shortHost}$`],
  hostname: [`^${hostname}$`, `^${shortHost}$`],
  ipv4: [`^${byte}(?:\\.${byte}){3}$`],
  ipv6: ['^[0-9a-f]{1,4}(?::[0-9a-f]{1,4}){7}$'],
  uri: [
    `^https?://${hostname}(?:/[A-Za-z0-9._~-]*)*(?:\\?[A-Za-z0-9._~=&-]*)?$`,
    `^https?://${shortHost}(?:/[A-Za-z0-9._~-]{1,40}){0,3}$`,
    `^https?://${shortHost}(?:/[A-Za-z0-9._~-]{0,20})?$`,
  ],
};
