import type { LanguageWords } from './language-rules.js';

export const spanish: Partial<LanguageWords> = {
  neverLast: `Sr Sra Sres Sras Srta D Dña Dr Dra Prof Profa Lic Ing Arq Sto Sta Gral EE p.ej cf Av Avda`,
  beforeNumber: `n núm nro pág págs p pp vol cap art fig tel aprox ene feb mar abr may jun jul ago sep sept oct nov dic`,
  mayBeLast: `Ud Uds Vd Vds UU Cía Inc Jr Ltda`,
  times: `a.m p.m`,
  starters: `A Además Ahí Ahora Al Algo Alguien Algunos Allí Antes Aquel Aquella Aquí Así Aun Aunque Ayer Cada Casi Como Cómo
    Con Cuál Cuando Cuándo De Desde Después Donde Dónde Durante E El Él Ella Ellas Ellos En Entonces Entre Era Es Esa Ese Eso
    Esta Está Estas Este Esto Estos Fue Ha Hace Hasta Hay Hoy La Las Le Les Lo Los Luego Mañana Más Me Mi Mientras Mis Muchas
    Muchos Muy Nada Nadie Ni Ningún No Nos Nosotros Nuestra Nuestro Nunca O Otra Otro Para Pero Por Porque Pues Que Qué Quien
    Quién Se Según Si Sí Siempre Sin Sobre Solo Son Su Sus También Tampoco Tan Te Toda Todas Todo Todos Tras Tu Tú Un Una Unas
    Unos Usted Ya Y Yo`,
  pausesBefore: `y e o u pero sino porque aunque cuando donde que quien cual como si mientras para por con sin sobre entre hasta
    desde hacia según durante en a al de del`,
};
