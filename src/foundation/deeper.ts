/** Whether a plain value has more than this many objects and lists inside each other. Functions that call themselves for each level would fail. */
export const isDeeper = (value: unknown, levels: number): boolean =>
  typeof value === 'object' &&
  value !== null &&
  (levels === 0 || Object.values(value).some(inside => isDeeper(inside, levels - 1)))
