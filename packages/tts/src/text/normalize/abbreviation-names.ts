/** Where an abbreviation with a full stop is read in full. */
export type Condition = 'always' | 'beforeName' | 'beforeNumber' | 'inside' | 'afterName' | 'month' | 'weekday';

/** What an abbreviation stands for, and where. */
export interface Abbreviation {
  readonly words: string;
  readonly when: Condition;
}

const TABLE: Readonly<Record<Condition, string>> = {
  always: `Mr = Mister; Mrs = Missus; Ms = Miz; Mx = Mix; Messrs = Messieurs; Inc = Incorporated; Ltd = Limited; Corp = Corporation
Blvd = Boulevard; etc = et cetera; vs = versus; approx = approximately; Approx = Approximately; dept = department; Dept = Department
govt = government; Govt = Government; assn = association; Assn = Association; assoc = associate; Assoc = Associate
misc = miscellaneous; univ = university; Univ = University; avg = average; Avg = Average; incl = including; excl = excluding
tel = telephone; Tel = Telephone; al = al; cf = compare; Cf = Compare; viz = namely; hrs = hours; mins = minutes
Mon = Monday; Tue = Tuesday; Tues = Tuesday; Wed = Wednesday; Thu = Thursday; Thur = Thursday; Thurs = Thursday; Fri = Friday`,
  beforeName: `Prof = Professor; Gen = General; Sgt = Sergeant; Capt = Captain; Lt = Lieutenant; Col = Colonel; Maj = Major
Cmdr = Commander; Adm = Admiral; Gov = Governor; Sen = Senator; Rep = Representative; Rev = Reverend; Hon = Honorable
Pres = President; Supt = Superintendent; Mt = Mount; Ft = Fort; Pvt = Private; Cpl = Corporal; Insp = Inspector`,
  beforeNumber: `No = Number; no = number; Nos = Numbers; nos = numbers; Fig = Figure; fig = figure; Figs = Figures; figs = figures
Vol = Volume; vol = volume; Vols = Volumes; vols = volumes; Ch = Chapter; ch = chapter; Sec = Section; sec = section; Eq = Equation
eq = equation; pp = pages; Pp = Pages; p = page; P = Page; Art = Article; art = article; Ver = Version; ver = version
est = established; Est = Established; Apt = Apartment; Rm = Room; Ext = Extension; ext = extension; v = version`,
  afterName: `Ave = Avenue; Rd = Road; Ln = Lane; Hwy = Highway; Pkwy = Parkway; Sq = Square; Ct = Court; Pl = Place; Co = Company
Bros = Brothers; Jr = Junior; Sr = Senior; Esq = Esquire`,
  inside: `est = estimated; Est = Estimated; max = maximum; Max = Maximum; min = minimum; Min = Minimum; temp = temperature
Temp = Temperature; intl = international; Intl = International; v = versus`,
  month: `Jan = January; Feb = February; Mar = March; Apr = April; Jun = June; Jul = July; Aug = August; Sep = September
Sept = September; Oct = October; Nov = November; Dec = December`,
  weekday: 'Sat = Saturday; Sun = Sunday',
};

/** By the abbreviation without its full stop; several meanings in the order in which they are tried. */
export const ABBREVIATIONS: ReadonlyMap<string, readonly Abbreviation[]> = readTable();

function readTable(): Map<string, Abbreviation[]> {
  const byShort = new Map<string, Abbreviation[]>();
  for (const when of Object.keys(TABLE) as Condition[]) {
    for (const entry of TABLE[when].split(/; |\n/)) {
      const [short = '', words = ''] = entry.split(' = ');
      byShort.set(short, [...(byShort.get(short) ?? []), { words, when }]);
    }
  }
  return byShort;
}
