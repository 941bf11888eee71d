// The order of a list while somebody works in it.

/** `wanted` in the order of `shown`; rows not shown yet come last, in their own order. */
export function orderKept(wanted: readonly string[], shown: readonly string[]): string[] {
  const still = shown.filter((id) => wanted.includes(id));
  return [...still, ...wanted.filter((id) => !shown.includes(id))];
}
