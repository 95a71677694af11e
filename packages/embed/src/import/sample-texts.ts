/** What 8-bit storage is measured with: texts of many kinds and lengths, our own. */
export const sampleTexts: readonly string[] = [
  '',
  'river',
  'The ferry leaves at nine and comes back in the evening.',
  'How do I change the tyre of a bicycle without taking the wheel off?',
  'Refunds are paid within 14 days to the card that was used; shipping costs (4.90 €) are not refunded.',
  'const total = items.reduce((sum, { price, count }) => sum + price * count, 0);',
  'SELECT name, count(*) FROM visits WHERE day > 2024-03-01 GROUP BY name ORDER BY 2 DESC;',
  'Die Brücke wird seit Montag erneuert; Busse halten vorübergehend am Marktplatz.',
  'Le fromage se conserve mieux à la cave que dans un réfrigérateur trop froid.',
  'La biblioteca abre los sábados de diez a dos, y los domingos está cerrada.',
  '図書館は土曜日の午前十時から開いています。',
  'Поезд опаздывает на двадцать минут из-за снега.',
  'Great game last night!!! 🎉🎉 can’t wait for the next one 😄',
  'ERROR 2024-11-05T08:14:22Z worker[3]: connection to 10.0.4.17:5432 refused, retrying in 30 s',
  'Photosynthesis turns light, water and carbon dioxide into sugar and oxygen; leaves look green because chlorophyll ' +
    'absorbs red and blue light and reflects the rest. In autumn the pigment breaks down, and the yellow that was there all ' +
    'along can be seen. Trees that lose their leaves save water when the ground is frozen, and put out new ones when the ' +
    'days grow longer. Needles are leaves as well: a coat of wax and their small surface let them stay through the winter.',
  'The meeting of the town council began at seven. First the minutes of the last meeting were read and approved. Then the ' +
    'mayor reported on the repair of the school roof, which will cost 212,000 and should be finished before the rainy season. ' +
    'A member asked why the offer of the local firm had not been accepted; the treasurer answered that it had come a week ' +
    'too late. After a short debate the council voted, nine to four, to let the work begin. The second point was the noise ' +
    'from the new road. Residents had measured up to 68 decibels at night, three more than allowed. The council will ask ' +
    'for a lower speed limit, and for trees along the eastern side. The third point, a playground in the old quarry, was ' +
    'put off until the owner of the land has been heard. The meeting closed at a quarter past nine.',
];

/** For models that score pairs: each is asked of every sample text. */
export const sampleQueries: readonly string[] = [
  'When does the library open?',
  'how much does the school roof cost',
  'why are leaves green',
];
