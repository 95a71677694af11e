import type { LanguageWords } from './language-rules.js';

export const german: Partial<LanguageWords> = {
  neverLast: `Dr Prof Hr Hrn Fr Frl Dipl Ing Mag St Hl geb gest bzw z.B d.h i.d.R i.A vgl ca evtl ggf inkl exkl sog max min`,
  beforeNumber: `Nr nr S Abs Art Kap Bd Bde Abb Tab Ziff Jg Tel Hauptstr Str Jan Feb Mär Apr Jun Jul Aug Sep Sept Okt Nov Dez`,
  mayBeLast: `u.a z.T u.U o.Ä Co Inc Jr jun sen Mio Mrd Tsd Std Min Sek Chr Jh Jhd Pl`,
  starters: `Aber Alle Alles Als Also Am An Auch Auf Aus Außerdem Bei Bis Da Dabei Dadurch Dafür Daher Damals Damit Danach Dann
    Daran Darauf Das Dass Dein Dem Den Denn Der Des Deshalb Die Dies Diese Dieser Dieses Doch Dort Du Durch Ein Eine Einem
    Einen Einer Eines Einige Er Es Etwa Für Gegen Gestern Heute Hier Hinter Ich Ihr Ihre Im Immer In Ist Ja Jede Jeder Jedes
    Jedoch Jetzt Kein Keine Man Mehr Mein Meine Mit Morgen Nach Nein Nicht Nichts Niemand Noch Nun Nur Ob Obwohl Oder Oft Ohne
    Sein Seine Seit Sie Sind So Sogar Später Statt Trotz Trotzdem Über Um Und Unser Unsere Unter Viele Vom Von Vor War Waren
    Warum Was Wegen Weil Welche Wenn Wer Wie Wir Wo Während Zu Zudem Zuerst Zum Zur Zwei Zwischen`,
  pausesBefore: `und aber oder denn sondern weil obwohl während wenn als ob dass damit bevor nachdem bis der die das welche
    welcher welches wo wie was wer nach vor mit ohne für gegen durch über unter auf aus bei von zu zwischen in im am an um seit
    wegen trotz`,
  hasOrdinalStops: true,
};
