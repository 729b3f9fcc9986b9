/** Strings, and the signs that give a JSON text its structure. */
const token = /"(?:[^"\\]|\\.)*"|[{}[\],:]/g

/**
 * Whether some object in a JSON text has a member twice, which parsers settle in ways of their own. `text` is known to be JSON; `value` is
 * what it was parsed to.
 */
export const hasDoubledMember = (text: string, value: unknown): boolean => {
  // most lines are compact, and what was lost in parsing is missing when they are written again
  if (JSON.stringify(value) === text) return false
  const objects: Array<Set<string> | undefined> = []
  let last = ""
  for (const [found] of text.matchAll(token)) {
    if (found === "{") objects.push(new Set())
    else if (found === "[") objects.push(undefined)
    else if (found === "}" || found === "]") objects.pop()
    else if (found === ":") {
      const name: unknown = JSON.parse(last)
      const members = objects.at(-1)
      if (typeof name !== "string" || members === undefined) continue
      if (members.has(name)) return true
      members.add(name)
    }
    last = found
  }
  return false
}
