/** One measured load, in calls a second. */
export interface Point {
  readonly offered: number
  readonly done: number
}

const [width, height, left, bottom, top, right] = [720, 420, 70, 60, 40, 20]

/** Offered against done, as an SVG that reads well on light and dark pages. The dashed line is what would be done without limits. */
export function drawCurve(points: readonly Point[], capacity: number): string {
  const sorted = [...points].sort((a, b) => a.offered - b.offered)
  const most = Math.max(capacity * 4.2, ...sorted.map(({ offered }) => offered))
  const mostDone = capacity * 1.25
  const x = (calls: number): number => Math.round(left + (calls / most) * (width - left - right))
  const y = (calls: number): number => Math.round(height - bottom - (calls / mostDone) * (height - bottom - top))
  const line = sorted.map(({ offered, done }) => `${x(offered)},${y(done)}`).join(' ')
  const text = (at: number, up: number, words: string, more = ''): string => `<text x="${at}" y="${up}" ${more}>${words}</text>`
  const goal = 0.9 * capacity
  const parts = [
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    `<g font-family="sans-serif" font-size="13" fill="#333333">`,
    ...[1, 2, 3, 4].flatMap(multiple => [
      `<line x1="${x(multiple * capacity)}" y1="${top}" x2="${x(multiple * capacity)}" y2="${height - bottom}" stroke="#e4e4e4"/>`,
      text(x(multiple * capacity), height - bottom + 20, `${multiple}×`, 'text-anchor="middle"'),
    ]),
    ...[0, 0.5, 1].flatMap(share => [
      `<line x1="${left}" y1="${y(share * capacity)}" x2="${width - right}" y2="${y(share * capacity)}" stroke="#e4e4e4"/>`,
      text(left - 8, y(share * capacity) + 4, String(Math.round(share * capacity)), 'text-anchor="end"'),
    ]),
    `<line x1="${left}" y1="${y(goal)}" x2="${width - right}" y2="${y(goal)}" stroke="#2e7d32" stroke-dasharray="2 4"/>`,
    text(width - right, y(goal) + 16, '90 % of the capacity', 'text-anchor="end" fill="#2e7d32"'),
    `<line x1="${x(0)}" y1="${y(0)}" x2="${x(mostDone)}" y2="${y(mostDone)}" stroke="#999999" stroke-dasharray="6 4"/>`,
    `<polyline points="${line}" fill="none" stroke="#1565c0" stroke-width="2.5"/>`,
    ...sorted.map(({ offered, done }) => `<circle cx="${x(offered)}" cy="${y(done)}" r="4" fill="#1565c0"/>`),
    text((width + left) / 2, height - 14, 'offered calls, in multiples of the capacity', 'text-anchor="middle"'),
    text(left - 8, top - 14, 'calls/s done', 'text-anchor="start"'),
    '</g>',
  ]
  const size = `width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"`
  const title = '<title>Calls done against calls offered, up to four times the capacity</title>'
  return `<svg xmlns="http://www.w3.org/2000/svg" ${size} role="img">\n${title}\n${parts.join('\n')}\n</svg>\n`
}
