import type { LanguageWords } from './language-rules.js';

export const portuguese: Partial<LanguageWords> = {
  neverLast: `Sr Sra Srs Sras Srta D Dr Dra Drs Prof Profa Eng Arq Exmo Exma Sto Sta Gen Cel p.ex cf Av`,
  beforeNumber: `n pág págs p pp vol cap art fig tel aprox jan fev mar abr mai jun jul ago set out nov dez`,
  mayBeLast: `Cia Inc Jr Ltda`,
  starters: `A À Agora Ainda Além Algo Alguém Alguns Ali Amanhã Antes Ao Aos Apenas Após Aquela Aquele Aqui As Assim Até Cada
    Com Como Contudo Da Das De Depois Desde Do Dos Durante E É Ela Elas Ele Eles Em Embora Enquanto Então Entre Era Essa Esse
    Esta Está Este Eu Foi Há Hoje Isso Isto Já Lá Logo Mais Mas Meu Minha Muitas Muito Muitos Na Nada Não Nas Nem Nenhum
    Ninguém No Nos Nós Nossa Nosso Nunca O Onde Ontem Os Ou Outra Outro Para Pela Pelo Pois Por Porém Porque Qual Quando Quase
    Que Quem São Se Segundo Sem Sempre Ser Seu Seus Sim Só Sobre Sua Suas Também Tão Toda Todas Todo Todos Tudo Um Uma Você`,
  pausesBefore: `e ou mas porém porque pois quando onde que quem qual como se enquanto embora para por com sem sobre entre até
    desde após durante em no na nos nas a ao de do da dos das`,
};
