import type { VNode } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import type uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'

/** A named row of values, one for each hour. Null: nothing to show. */
interface Series {
  readonly name: string
  /** A colour of styles/tokens.css. */
  readonly tone: 'good' | 'bad' | 'talk' | 'ring'
  readonly values: readonly (number | null)[]
}

interface Titled {
  readonly title: string
  /** The name of each hour. */
  readonly hours: readonly string[]
}

const height = 220

export const BarsChart = ({ title, hours, bars }: Titled & { readonly bars: readonly Series[] }): VNode => (
  <Chart title={title} hours={hours} series={stacked(bars)} as="bars" />
)

export const LinesChart = ({ title, hours, lines }: Titled & { readonly lines: readonly Series[] }): VNode => (
  <Chart title={title} hours={hours} series={lines} as="lines" />
)

/** Stacks the bars by adding each series to those before. The tallest is drawn first, so that the others stay visible. */
function stacked(bars: readonly Series[]): Series[] {
  let below: readonly number[] = []
  return bars
    .map(bar => {
      below = bar.values.map((value, hour) => (value ?? 0) + (below[hour] ?? 0))
      return { ...bar, values: below }
    })
    .reverse()
}

interface ChartProps extends Titled {
  readonly series: readonly Series[]
  readonly as: 'bars' | 'lines'
}

/** A chart, drawn by uPlot in the current colours of the page. */
function Chart({ title, hours, series, as }: ChartProps): VNode {
  const frame = useRef<HTMLDivElement>(null)
  const shown = JSON.stringify([series, hours])
  useEffect(() => {
    const element = frame.current
    if (!element) return undefined
    let stop: (() => void) | undefined
    let isOver = false
    void loadPlots().then(Plot => {
      if (Plot && !isOver) stop = drawn(Plot, element, hours, series, as)
    })
    return () => {
      isOver = true
      stop?.()
    }
  }, [shown, as])
  return (
    <figure class="chart">
      <figcaption>
        {title}
        <span class="legend" aria-hidden="true">
          {series.map(({ name, tone }) => (
            <span key={name} class={`legend-${tone} legend-${as}`}>
              {name}
            </span>
          ))}
        </span>
      </figcaption>
      <div ref={frame} aria-hidden="true" class="chart-frame" />
    </figure>
  )
}

/**
 * Loads the chart library with the first chart, so that other pages don't wait for it. Undefined: the server can't be reached. Then only
 * the table shows the figures.
 */
const loadPlots = (): Promise<Plots | undefined> =>
  import('uplot').then(
    module => module.default,
    () => undefined,
  )

type Plots = typeof uPlot

/** Draws the chart, and draws it again when its size or the colours change. Returns a function that removes it. */
function drawn(
  Plot: Plots,
  element: HTMLElement,
  hours: readonly string[],
  series: readonly Series[],
  as: ChartProps['as'],
): () => void {
  const draw = (): uPlot => new Plot(optionsOf(Plot, element, hours, series, as), dataOf(series), element)
  let plot = draw()
  const again = (): void => {
    plot.destroy()
    plot = draw()
  }
  const resized = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height }))
  resized.observe(element)
  const recoloured = new MutationObserver(again)
  recoloured.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] })
  // A printed page is light, also if the screen is dark.
  const looks = [matchMedia('(prefers-color-scheme: dark)'), matchMedia('print')]
  for (const look of looks) look.addEventListener('change', again)
  return () => {
    resized.disconnect()
    recoloured.disconnect()
    for (const look of looks) look.removeEventListener('change', again)
    plot.destroy()
  }
}

function dataOf(series: readonly Series[]): uPlot.AlignedData {
  const hours = series[0]?.values.map((_value, hour) => hour) ?? []
  return [hours, ...series.map(({ values }) => [...values])]
}

function optionsOf(
  Plot: Plots,
  element: HTMLElement,
  names: readonly string[],
  series: readonly Series[],
  as: 'bars' | 'lines',
): uPlot.Options {
  const [ink, line] = [colourOf(element, '--ink-2'), colourOf(element, '--line')]
  const axis = { stroke: ink, grid: { stroke: line, width: 1 }, ticks: { show: false }, font: '12px system-ui' }
  return {
    width: element.clientWidth,
    height,
    legend: { show: false },
    cursor: { show: false },
    scales: {
      x: { time: false, range: [-0.5, names.length - 0.5] },
      y: { range: (_plot, _low, high) => [0, Math.max(4, high * 1.1)] },
    },
    axes: [
      {
        ...axis,
        grid: { show: false },
        size: 28,
        values: (_plot, hours) => hours.map(hour => names[hour] ?? ''),
        incrs: [1, 2, 3, 4, 6, 7, 14, 28],
      },
      { ...axis, size: 40, incrs: [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1_200, 3_600] },
    ],
    series: [
      {},
      ...series.map(({ name, tone }) => {
        const colour = colourOf(element, `--${tone}`)
        return as === 'bars'
          ? { label: name, fill: colour, width: 0, points: { show: false }, ...bars(Plot) }
          : { label: name, stroke: colour, width: 2, points: { size: 6, fill: colour }, spanGaps: false }
      }),
    ],
  }
}

const bars = (Plot: Plots): { paths?: uPlot.Series.PathBuilder } => {
  const paths = Plot.paths.bars?.({ size: [0.7, 36] })
  return paths ? { paths } : {}
}

/** The current value of a colour token. The canvas can't use tokens. */
function colourOf(element: HTMLElement, token: string): string {
  const probe = document.createElement('span')
  probe.style.color = `var(${token})`
  element.append(probe)
  const { color } = getComputedStyle(probe)
  probe.remove()
  return color
}
