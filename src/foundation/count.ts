/** One counter: its labels, and how often. */
export interface Count<Label extends string> {
  readonly labels: Readonly<Record<Label, string>>
  readonly value: number
}
