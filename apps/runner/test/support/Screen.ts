/** A terminal of so many columns, as far as bars use one: what it shows after some output, line by line. */
export const screenOf = (columns: number) => {
  let lines: Array<Array<string>> = [[]]
  let [x, y] = [0, 0]
  let wraps = true
  const down = () => {
    y += 1
    lines[y] ??= []
  }
  const put = (character: string) => {
    if (x >= columns) {
      if (!wraps) x = columns - 1
      else {
        down()
        x = 0
      }
    }
    const line = (lines[y] ??= [])
    while (line.length < x) line.push(" ")
    line[x] = character
    x += 1
  }
  const control = (isPrivate: boolean, count: number, letter: string) => {
    if (isPrivate) {
      if (count === 7) wraps = letter === "h"
      return
    }
    // Another one is an error, so that nothing goes by unseen.
    if (letter === "G") x = count - 1
    else if (letter === "A") y = Math.max(0, y - count)
    else if (letter === "K") lines[y] = (lines[y] ?? []).slice(0, x)
    else if (letter === "J") {
      lines = lines.slice(0, y + 1)
      lines[y] = (lines[y] ?? []).slice(0, x)
    } else throw new Error(`the screen does not know ${letter}`)
  }
  const print = (text: string) => {
    for (const character of text) {
      if (character === "\n") down()
      if (character === "\n" || character === "\r") x = 0
      else put(character)
    }
  }
  return {
    write: (text: string) => {
      const [first = "", ...sequences] = text.split("\u001b[")
      print(first)
      for (const sequence of sequences) {
        const [, isPrivate, count = "", letter = "", rest = ""] =
          /^(\??)(\d*)([A-Za-z]?)([\s\S]*)$/.exec(sequence) ?? []
        control(isPrivate === "?", Number(count === "" ? (letter === "J" ? 0 : 1) : count), letter)
        print(rest)
      }
    },
    lines: (): ReadonlyArray<string> => lines.map((line) => line.join("").trimEnd())
  }
}
