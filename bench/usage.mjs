/** Ends a benchmark that was started without a model. */
export function exitWithUsage(usage) {
  console.error(`usage: ${usage}`);
  process.exit(2);
}
