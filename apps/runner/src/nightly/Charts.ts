/** Small pictures of many nights: one bar a night, the newest on the right. Every bar says what it is when pointed at; the words beside say the last. */
import { type Markup, markup, type Part } from "@bcda-kit/conformance"

/** One night's bar: parts from the bottom up. */
export interface Bar {
  readonly night: string
  readonly parts: ReadonlyArray<{ readonly kind: string; readonly value: number }>
  readonly text: string
}

/** So many nights at least are the width, so that the first few do not fill it. */
const fewest = 30

const slot = 10
const height = 44

const total = ({ parts }: Bar): number => parts.reduce((sum, { value }) => sum + value, 0)

const rectangles = (bar: Bar, x: number, scale: number): ReadonlyArray<Part> => {
  let top = height
  return bar.parts
    .filter(({ value }) => value > 0)
    .map(({ kind, value }) => {
      // What is there can be seen, however small.
      const tall = Math.max(2, value * scale)
      top -= tall
      return markup`<rect class="${kind}" x="${x}" y="${Math.round(top * 10) / 10}" width="${slot - 3}" height="${Math.round(tall * 10) / 10}" rx="1"></rect>`
    })
}

/** A picture with a name, what it says of the last night, and a bar for each. */
export const chart = (name: string, says: string, bars: ReadonlyArray<Bar>): Markup => {
  const width = Math.max(fewest, bars.length) * slot
  const left = width - bars.length * slot
  const scale = (height - 4) / Math.max(1, ...bars.map(total))
  return markup`<figure class="chart"><figcaption><span>${name}</span> <b>${says}</b></figcaption><svg viewBox="0 0 ${width} ${height}" preserveAspectRatio="none" role="img" aria-label="${name}, ${bars.length} night${bars.length !== 1 && "s"}; the last: ${says}"><line x1="0" x2="${width}" y1="${height - 0.5}" y2="${height - 0.5}"></line>${bars.map(
    (bar, at) => markup`<g><title>${bar.night}: ${bar.text}</title>${rectangles(bar, left + at * slot, scale)}</g>`
  )}</svg></figure>`
}
