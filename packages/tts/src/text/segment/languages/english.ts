import type { LanguageWords } from './language-rules.js';

export const english: Partial<LanguageWords> = {
  neverLast: `Mr Mrs Ms Mx Dr Prof Messrs Mme Mlle Gen Col Maj Capt Lt Sgt Cpl Adm Cmdr Gov Sen Rep Rev Hon Fr Pres Supt Mt Ft
    e.g i.e cf viz vs approx esp incl a.k.a`,
  beforeNumber: `no nos nr num p pp pg vol vols ch chap sec sect para art fig figs eq ex ed ver est ca c tel ext op pt max min
    avg rm Mon Tue Tues Wed Thu Thurs Fri Jan Feb Mar Apr Jun Jul Aug Sep Sept Oct Nov Dec`,
  mayBeLast: `Inc Ltd Co Corp Bros Jr Sr Esq St Ave Blvd Rd Ln Hwy Dept Univ Assn al`,
  times: `a.m p.m A.M P.M`,
  afterTimes: `Monday Tuesday Wednesday Thursday Friday Saturday Sunday Eastern Central Mountain Pacific Greenwich Zulu`,
  starters: `A After All Also Although An And Another Any Are As At Because Before Both But By Can Could Did Do Does During
    Each Either Even Every Everyone Everything Few For From Had Has Have He Her Here His How However I If In Instead Is It Its
    Just Last Later Let Many Maybe Meanwhile More Most Much My Neither Never Next No Nobody Nor Not Nothing Now Of Often On
    Once One Only Or Other Others Our Perhaps Please She Should Since So Some Someone Sometimes Soon Still Such That The Their
    Then There Therefore These They This Those Though Three Through Thus To Today Tomorrow Two Under Unless Until Was We Were
    What When Whenever Where Whether Which While Who Whose Why Will With Within Without Would Yes Yesterday Yet You Your`,
  oneLetterWords: 'I',
  pausesBefore: `and but or nor so yet because although though while whereas if unless until since when where which who whom
    whose that than as after before for with without from into onto through during between among against about at by in of on
    to over under`,
};
