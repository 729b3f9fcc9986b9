/**
 * What the engine reads out of answers to go on with. None of it is a judgement: it takes what it can use, and checks see the rest.
 */

/** A file of a manifest. */
export interface File {
  readonly type: string
  readonly url: string
}

/** A URL completed against another one; what cannot be completed stays as it is. */
export const absolute = (value: string, base: string): string =>
  URL.canParse(value, base) ? new URL(value, base).href : value

/** The URL of something that is not there, beside what a URL leads to. */
export const absent = (url: string): string => {
  if (!URL.canParse(url)) return url
  const beside = new URL(url)
  beside.pathname += ".none"
  return beside.href
}

/** A text as JSON, or undefined. */
export const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** A member by its path, or undefined. */
export const at = (value: unknown, path: ReadonlyArray<string | number>): unknown =>
  path.reduce<unknown>(
    (node, name) => (typeof node === "object" && node !== null ? Reflect.get(node, name) : undefined),
    value
  )

/** The files of a manifest that can be fetched at all: items without a type count as one type, items without a URL do not count. */
export const filesOf = (output: ReadonlyArray<unknown>, base: string): ReadonlyArray<File> =>
  output.flatMap((item) => {
    const [type, url] = [at(item, ["type"]), at(item, ["url"])]
    if (typeof url !== "string" || url === "") return []
    return [{ type: typeof type === "string" ? type : "", url: absolute(url, base) }]
  })
