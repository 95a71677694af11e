/** A unit of measure as words. */
export interface UnitWords {
  readonly one: string;
  readonly many: string;
  /** Only read when it touches its number or stands before a mark: "10 in the box" is no length. */
  readonly mustTouch: boolean;
  /** A full stop may belong to it: "10 oz." */
  readonly mayHaveStop: boolean;
}

/** @param symbol as written after a number: "km", "m²", "km/h", "lbs" */
export function unitWords(symbol: string): UnitWords | undefined {
  const known = UNITS.get(symbol);
  if (known !== undefined) return known;
  const parts = /^([^/²³^]{1,8})(?:\^?([23²³]))?(?:\/([^/²³^]{1,8})(?:\^?([23²³]))?)?$/u.exec(symbol);
  if (parts === null) return undefined;
  const base = UNITS.get(parts[1] ?? '');
  if (base === undefined) return undefined;
  const raised = raise(base, parts[2]);
  if (parts[3] === undefined) return raised;
  const divisor = UNITS.get(parts[3]) ?? DIVISORS.get(parts[3]);
  if (divisor === undefined) return undefined;
  const per = `per ${raise(divisor, parts[4]).one}`;
  return { ...raised, one: `${raised.one} ${per}`, many: `${raised.many} ${per}`, mustTouch: false };
}

function raise(unit: UnitWords, exponent: string | undefined): UnitWords {
  if (exponent === undefined) return unit;
  const word = exponent === '2' || exponent === '²' ? 'square' : 'cubic';
  return { ...unit, one: `${word} ${unit.one}`, many: `${word} ${unit.many}`, mustTouch: false };
}

/** @param symbol what stands under the line: the "h" of km/h, the "month" of $5/month @returns "hour", "month" */
export function divisorWord(symbol: string): string | undefined {
  return (UNITS.get(symbol) ?? DIVISORS.get(symbol))?.one;
}

/** Symbols = singular, and the plural where it is not the singular and "s". `!` must touch its number, `.` may have a stop. */
const TABLE = `
km = kilometer; m = meter; cm = centimeter; mm = millimeter; µm μm um = micrometer; nm = nanometer; dm = decimeter
mi. = mile; yd. yds. = yard; ft. = foot, feet; in.! = inch, inches; nmi = nautical mile; ly = light-year
kg = kilogram; g = gram; mg = milligram; µg μg mcg = microgram; lb. lbs. = pound; oz. = ounce; t = ton
L l = liter; mL ml = milliliter; cL cl = centiliter; dL dl = deciliter; gal. = gallon; qt. = quart; tsp. = teaspoon; tbsp. = tablespoon
s sec. secs. = second; ms = millisecond; µs μs us! = microsecond; ns = nanosecond; min. mins. = minute
h hr. hrs. = hour; wk. wks. = week; yr. yrs. = year; mo.! mos. = month
mph = mile per hour, miles per hour; kph kmh = kilometer per hour, kilometers per hour; mpg = mile per gallon, miles per gallon
rpm = revolution per minute, revolutions per minute; fps = frame per second, frames per second; bpm = beat per minute, beats per minute
Hz hz = hertz, hertz; kHz khz = kilohertz, kilohertz; MHz mhz = megahertz, megahertz; GHz ghz = gigahertz, gigahertz; THz = terahertz, terahertz
KB kB kb = kilobyte; MB mb = megabyte; GB gb = gigabyte; TB tb = terabyte; PB = petabyte; EB = exabyte
KiB = kibibyte; MiB = mebibyte; GiB = gibibyte; TiB = tebibyte; Kb Kbit kbit = kilobit; Mb Mbit = megabit; Gb Gbit = gigabit
bps = bit per second, bits per second; kbps Kbps = kilobit per second, kilobits per second
Mbps mbps = megabit per second, megabits per second; Gbps gbps = gigabit per second, gigabits per second
W = watt; kW = kilowatt; MW = megawatt; GW = gigawatt; TW = terawatt; mW = milliwatt
Wh = watt hour; kWh = kilowatt hour; MWh = megawatt hour; GWh = gigawatt hour; TWh = terawatt hour
V = volt; mV = millivolt; kV = kilovolt; A! = amp; mA = milliamp; mAh = milliamp hour; Ah = amp hour
Ω Ω = ohm; kΩ kΩ = kilohm; MΩ MΩ = megohm; J = joule; kJ = kilojoule; MJ = megajoule; kcal = kilocalorie; cal = calorie
N = newton; kN = kilonewton; Nm = newton meter; Pa = pascal; hPa = hectopascal; kPa = kilopascal; MPa = megapascal
psi = pound per square inch, pounds per square inch; bar = bar; mbar = millibar; atm = atmosphere
°C ºC ℃ = degree Celsius, degrees Celsius; °F ºF ℉ = degree Fahrenheit, degrees Fahrenheit; ° º = degree
dB = decibel; lm = lumen; lx lux = lux, lux; mol = mole; mmol = millimole; px = pixel; dpi = dot per inch, dots per inch
ppm = part per million, parts per million; ppb = part per billion, parts per billion; ha = hectare
sqft = square foot, square feet; sqm = square meter; sqkm = square kilometer; ㎡ = square meter; ㎞ = kilometer; ㎏ = kilogram
% pct. = percent, percent; ‰ = per mille, per mille`;

const UNITS: ReadonlyMap<string, UnitWords> = new Map(TABLE.trim().split(/; |\n/).flatMap(entriesOf));

/** Words that stand under the fraction line only: km/day, $/month. */
const DIVISORS: ReadonlyMap<string, UnitWords> = new Map(
  'second minute hour day week month year night person capita head unit item user page request token mile d'
    .split(' ')
    .map((word) => [word, { one: word === 'd' ? 'day' : word, many: word, mustTouch: false, mayHaveStop: false }]),
);

function entriesOf(entry: string): [string, UnitWords][] {
  const [symbols = '', names = ''] = entry.split(' = ');
  const [one = '', many = `${one}s`] = names.split(', ');
  return symbols
    .split(' ')
    .map((symbol) => [
      symbol.replace(/[.!]/g, ''),
      { one, many, mustTouch: symbol.includes('!'), mayHaveStop: symbol.includes('.') },
    ]);
}
