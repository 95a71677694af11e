import type { SpeakCaseName } from './speak-case-names.js';

/** What `bench speak` has spoken: plain English without numbers, so that phonemes and sound are what is measured. */
export const speakTexts: Readonly<Record<SpeakCaseName, string>> = {
  words10: 'The old ferry left the harbour before the fog lifted.',
  words60:
    'Every Thursday a small van full of books climbs the road to our village. The driver knows each reader by name, ' +
    'and she keeps a thriller under her seat for the baker. When snow closed the pass last winter, she came on skis, ' +
    'with eleven novels in her rucksack. Nobody had asked her to, and nobody here will forget it.',
  words200:
    'My grandfather repaired clocks in a room that smelled of oil and oranges. Forty of them hung on the walls, and ' +
    'no two agreed about the time. When I asked him which one was right, he said that a clock is like a witness: you ' +
    'should listen to several before you believe anything. He worked with a lens in one eye, and he hummed while he ' +
    'worked, always the same slow tune about a sailor and his dog.\n\n' +
    'One summer a woman brought him a watch that had stopped during a flood. She did not want it to run again; she ' +
    'only wanted to know at what minute the water had come. He opened it, dried the wheels one by one, and wrote ' +
    'something on a piece of paper. She read it, folded it twice, and then paid him with a basket of pears.\n\n' +
    'Years later I found the watch in his drawer. It was running, and it was exact to the second. I never learned why ' +
    'she had left it with him, or what the paper said. But on my desk it ticks louder than anything else in the ' +
    'house, and sometimes, late at night, I catch myself humming.',
};
