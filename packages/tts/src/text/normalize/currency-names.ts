/** A currency as words. */
export interface Currency {
  readonly one: string;
  readonly many: string;
  /** Its hundredth, where it has one in use. */
  readonly minor?: { readonly one: string; readonly many: string };
}

/** @param sign a sign ($, US$, €) or an ISO 4217 code */
export function currencyOf(sign: string): Currency | undefined {
  return CURRENCIES.get(sign);
}

/** Signs = codes = singular, plural = hundredth, hundredths. */
const TABLE = `
$ = = dollar, dollars = cent, cents
US$ = USD = US dollar, US dollars = cent, cents
A$ AU$ = AUD = Australian dollar, Australian dollars = cent, cents
C$ CA$ = CAD = Canadian dollar, Canadian dollars = cent, cents
NZ$ = NZD = New Zealand dollar, New Zealand dollars = cent, cents
HK$ = HKD = Hong Kong dollar, Hong Kong dollars = cent, cents
S$ SG$ = SGD = Singapore dollar, Singapore dollars = cent, cents
NT$ = TWD = Taiwan dollar, Taiwan dollars = cent, cents
R$ = BRL = Brazilian real, Brazilian reais = centavo, centavos
MX$ = MXN = Mexican peso, Mexican pesos = centavo, centavos
€ = EUR = euro, euros = cent, cents
£ = = pound, pounds = penny, pence
GBP = GBP = British pound, British pounds = penny, pence
¥ = = yen, yen =
JPY = JPY = Japanese yen, Japanese yen =
CN¥ RMB = CNY = Chinese yuan, Chinese yuan =
₹ Rs = INR = rupee, rupees = paisa, paise
₩ = KRW = won, won =
₽ = RUB = ruble, rubles = kopek, kopeks
₺ = = lira, lira = kurus, kurus
₴ = UAH = hryvnia, hryvnias = kopiyka, kopiykas
₫ = VND = dong, dong =
฿ = THB = baht, baht = satang, satang
₪ = ILS = shekel, shekels = agora, agorot
₿ = BTC = bitcoin, bitcoins =
₦ = NGN = naira, naira = kobo, kobo
₱ = PHP = peso, pesos = centavo, centavos
¢ = = cent, cents =
CHF = CHF = Swiss franc, Swiss francs = centime, centimes
SEK = SEK = Swedish krona, Swedish kronor = ore, ore
NOK = NOK = Norwegian krone, Norwegian kroner = ore, ore
DKK = DKK = Danish krone, Danish kroner = ore, ore
PLN = PLN = zloty, zlotys = grosz, groszy
CZK = CZK = Czech koruna, Czech korunas =
HUF = HUF = forint, forints =
ZAR = ZAR = rand, rand = cent, cents
AED = AED = dirham, dirhams = fils, fils
SAR = SAR = riyal, riyals = halala, halalas`;

const ROWS = TABLE.trim()
  .split('\n')
  .map((line) => line.split('=').map((cell) => cell.trim()));

/** Alternatives of a regular expression, the longer before the shorter. */
export const CURRENCY_SIGNS = alternatives(
  ROWS.flatMap(([signs = '']) => signs.split(' ')).filter((sign) => /\P{L}|^Rs$/u.test(sign) && sign !== '¢'),
);
export const CURRENCY_CODES = alternatives(
  ROWS.flatMap(([signs = '', code = '']) => [code, ...signs.split(' ')]).filter((sign) => /^[A-Z]{3}$/.test(sign)),
);

const CURRENCIES: ReadonlyMap<string, Currency> = new Map(
  ROWS.flatMap(([signs = '', code = '', names = '', hundredths = '']): [string, Currency][] => {
    const [one = '', many = ''] = names.split(', ');
    const [minorOne = '', minorMany = ''] = hundredths.split(', ');
    const currency = minorOne === '' ? { one, many } : { one, many, minor: { one: minorOne, many: minorMany } };
    return [...signs.split(' '), code].filter((sign) => sign !== '').map((sign) => [sign, currency]);
  }),
);

function alternatives(signs: readonly string[]): string {
  return [...new Set(signs)]
    .sort((one, other) => other.length - one.length)
    .map((sign) => sign.replace(/\$/g, String.raw`\$`))
    .join('|');
}
