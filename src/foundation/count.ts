/** One counter: its labels and its value. */
export interface Count<Label extends string> {
  readonly labels: Readonly<Record<Label, string>>
  readonly value: number
}
