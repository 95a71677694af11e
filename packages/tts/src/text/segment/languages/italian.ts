import type { LanguageWords } from './language-rules.js';

export const italian: Partial<LanguageWords> = {
  neverLast: `Sig Sigg Dott Dr Prof Avv Ing Arch Geom Rag Gen Col Cap On Mons p.es cfr`,
  beforeNumber: `n nn p pp pag pagg vol cap art artt fig tel ca gen feb mar apr mag giu lug ago set ott nov dic`,
  mayBeLast: `Inc Jr Soc`,
  starters: `A Adesso Ai Al Alcuni Alla Alle Allora Anche Ancora Appena C Che Chi Ci Come Con Così Cosa Da Dal Dalla Davvero
    Dei Del Della Dentro Di Domani Dopo Dove Due Dunque Durante E È Ecco Ed Era Erano Essi Fu Fuori Già Gli Ha Hanno I Ieri Il
    In Infine Infatti Invece Io L La Le Lei Lo Loro Lui Ma Mai Mentre Mi Mia Mio Molti Molto Nei Nel Nella Nessuno Niente No
    Noi Non Nostra Nostro Nulla O Ogni Oggi Oltre Ora Oppure Per Perché Però Più Poi Poiché Prima Quale Quando Quanto Quel
    Quella Quelle Quelli Quello Questa Queste Questi Questo Qui Quindi Se Sebbene Secondo Senza Si Sì Sia Sono Sotto Spesso Su
    Sua Sue Sul Sulla Suo Suoi Tra Tre Troppo Tu Tutta Tutti Tutto Un Una Uno Vi Voi`,
  pausesBefore: `e ed ma o oppure né però perché poiché quando dove che chi cui come se mentre per con senza su tra fra dopo
    prima durante verso in a al alla di del della da dal dalla nel nella sul sulla`,
};
