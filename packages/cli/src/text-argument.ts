import { InvalidArgumentError } from 'commander';

/** A commander argument parser for a text that says something. */
export function textArgument(text: string): string {
  if (text === '') throw new InvalidArgumentError('It must have at least one character.');
  return text;
}

/** A commander argument parser for a flag that may be repeated. */
export function collectTexts(text: string, earlier: readonly string[] = []): readonly string[] {
  return [...earlier, textArgument(text)];
}

/** The same for a flag of which only some values are allowed; a value given twice counts once. */
export function collectChoices<Choice extends string>(choices: readonly Choice[]) {
  return (text: string, earlier: readonly Choice[] = []): readonly Choice[] => {
    const choice = choices.find((allowed) => allowed === text);
    if (choice === undefined) throw new InvalidArgumentError(`Allowed choices are ${choices.join(', ')}.`);
    return earlier.includes(choice) ? earlier : [...earlier, choice];
  };
}
