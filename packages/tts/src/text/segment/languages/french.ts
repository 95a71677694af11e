import type { LanguageWords } from './language-rules.js';

export const french: Partial<LanguageWords> = {
  neverLast: `M MM Mme Mmes Mlle Mlles Dr Pr Me Mgr St Ste cf p.ex av bd boul apr`,
  beforeNumber: `n no nos p pp art vol chap fig env tél t janv févr avr juil sept oct nov déc`,
  mayBeLast: `Cie Inc Jr`,
  starters: `À Ah Ainsi Alors Après Au Aucun Aucune Aujourd Aussi Aux Avant Avec C Ça Car Ce Cela Cependant Ces Cet Cette
    Chaque Chez Comme Comment D Dans De Demain Depuis Des Dès Donc Du Elle Elles En Enfin Ensuite Entre Est Et Hier Ici Il Ils
    J Jamais Je L La Là Le Les Leur Leurs Lorsque Ma Mais Malgré Mes Mon N Ne Ni Non Nos Notre Nous On Or Où Ou Oui Par Parce
    Pendant Personne Plus Plusieurs Pour Pourquoi Pourtant Puis Qu Quand Que Quel Quelle Quelques Qui Quoi Rien S Sa Sans Se
    Ses Seul Si Son Sous Sur Tous Tout Toute Toutefois Toutes Très Tu Un Une Vers Voici Voilà Vos Votre Vous`,
  pausesBefore: `et mais ou ni car donc or que qui quand lorsque si comme parce puisque pour dont où dans avec sans sur sous
    après avant pendant depuis vers chez entre par en à au aux de du des`,
  oneLetterWords: 'y',
  hasSpacedGuillemets: true,
};
