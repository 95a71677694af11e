import { FerrumError } from '@ferrum/registry/errors';

/** The error of a call that uses a feature which the servers of its model are not said to have. */
export function lacking(feature: string, field: string): FerrumError {
  return new FerrumError(
    'Unsupported',
    `\`${field}\` needs ${feature}, which is not among the features of this model's servers. Leave it out, or add it to \`features\` in the configuration if they can do it.`,
    { details: { parameter: field, feature } },
  );
}
