/** Whether two numbers differ by at most so much; false where one is not a number. */
export function isNear(a: number, b: number, difference: number): boolean {
  return Math.abs(a - b) <= difference;
}
