import type { Count } from '../foundation/count.js'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Histogram } from './histogram.js'
import { labelsOf, type Series } from './series.js'

/** Samples written per turn of the event loop. They take about half a millisecond. Calls must not wait longer. */
const samplesPerTurn = 500

/** One metric. `lines` yields the samples with their values at the moment of reading. */
export interface Metric {
  readonly name: string
  readonly kind: 'counter' | 'gauge' | 'histogram'
  readonly help: string
  readonly lines: () => Iterable<string>
}

/** The labels as text, and the value. */
export type LabelledNumber = readonly [labels: string, value: number]

export const counter = (name: string, help: string, read: () => Iterable<LabelledNumber>): Metric =>
  simple('counter', name, help, read)
export const gauge = (name: string, help: string, read: () => Iterable<LabelledNumber>): Metric =>
  simple('gauge', name, help, read)

function simple(kind: 'counter' | 'gauge', name: string, help: string, read: () => Iterable<LabelledNumber>): Metric {
  const lines = function* (): IterableIterator<string> {
    for (const [labels, value] of read()) yield `${name}${labels === '' ? '' : `{${labels}}`} ${value}\n`
  }
  return { name, kind, help, lines }
}

export function histogram(name: string, help: string, series: Pick<Series<Histogram>, 'entries'>): Metric {
  const lines = function* (): IterableIterator<string> {
    for (const { labels, counted } of series.entries()) yield* counted.lines(name, labels)
  }
  return { name, kind: 'histogram', help, lines }
}

/** A gauge that is 1 for true, and 0. */
export const yesOrNo = (name: string, help: string, read: () => boolean): Metric =>
  gauge(name, help, () => [['', read() ? 1 : 0]])

/** A histogram without labels. */
export const alone = (counted: Histogram) => ({ entries: () => [{ labels: '', counted }] })

export function* cells(series: Series<{ value: number }>): IterableIterator<LabelledNumber> {
  for (const { labels, counted } of series.entries()) yield [labels, counted.value]
}

export function* labelled(name: string, values: Iterable<readonly [string, number]>): IterableIterator<LabelledNumber> {
  for (const [label, value] of values) yield [labelsOf([name], [label]), value]
}

export function* countsOf(counts: readonly Count<string>[]): IterableIterator<LabelledNumber> {
  for (const { labels, value } of counts) yield [labelsOf(Object.keys(labels), Object.values(labels)), value]
}

/**
 * The metrics as text. Each slice is joined into one flat string, because thousands of small strings that stay alive would cost the garbage
 * collector 10 ms at a time.
 */
export async function textOf(metrics: readonly Metric[]): Promise<string> {
  const slices: string[] = []
  let slice: string[] = []
  for (const { name, kind, help, lines } of metrics) {
    slice.push(`# HELP ${name} ${help}\n# TYPE ${name} ${kind}\n`)
    for (const line of lines()) {
      if (slice.push(line) < samplesPerTurn) continue
      slices.push(slice.join(''))
      slice = []
      await nextTurn()
    }
  }
  return `${slices.join('')}${slice.join('')}\n`
}
