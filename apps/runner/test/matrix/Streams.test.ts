/**
 * The faults of files once more, met by a stream: what it hands out before it knows of them cannot be taken back, so it must be the server's, or the
 * stream must end with an error.
 */
import { createHash } from "node:crypto"
import { type ExportEvent, ExportRequest, type ResourceFile, resources } from "@bcda-kit/core"
import { Effect, Exit, Stream } from "effect"
import { afterAll, assert, describe, it } from "vitest"
import type { Cell } from "./support/Cell.ts"
import { attempt, newTrace } from "./support/Client.ts"
import { instructionsOf } from "./support/Instructions.ts"
import { leaks, type Whole } from "./support/Judge.ts"
import { cellsOfPart, makeWorlds } from "./support/Matrix.ts"
import { wholeExport } from "./support/Served.ts"
import type { World } from "./support/World.ts"

/** The lines of a file as they were handed out. */
class Lines {
  readonly file: ResourceFile
  count = 0
  private readonly hash = createHash("sha256")
  private between = ""

  constructor(file: ResourceFile) {
    this.file = file
  }

  /** Takes the next line; no if it is not the next one. */
  take(line: number, bytes: Uint8Array): boolean {
    this.hash.update(this.between).update(bytes)
    this.between = "\n"
    return line === ++this.count
  }

  /** Whether the file may have this digest; its last line may have no end. */
  isOf(sha256: string): boolean {
    return ["", this.between].some((end) => this.hash.copy().update(end).digest("hex") === sha256)
  }
}

const stream = async (world: World, cell: Cell) => {
  const { running } = world
  const setup = cell.setup ?? {}
  await running.reset()
  world.elsewhere.seen.length = 0
  const expected: Whole = await wholeExport(world, setup)
  await running.faults.set(instructionsOf(world, cell))
  const trace = newTrace()
  const files = new Map<string, Lines>()
  const flaws: Array<string> = []
  const done: Array<Extract<ExportEvent, { readonly _tag: "FileDone" }>["file"]> = []
  let isFinished = false
  const work = resources({
    request: new ExportRequest({ scope: "all", ...setup.request }),
    decode: "bytes",
    verify: setup.verify,
    onEvent: (event) =>
      Effect.sync(() => {
        trace.told.push(JSON.stringify(event))
        if (event._tag === "FileDone") done.push(event.file)
        isFinished = event._tag === "Finished"
      })
  }).pipe(
    Stream.runForEach(({ file, line, value }) =>
      Effect.sync(() => {
        const lines = files.get(file.path) ?? new Lines(file)
        files.set(file.path, lines)
        if (!lines.take(line, value)) flaws.push(`${file.path}: line ${line} is not the next one`)
      })
    )
  )
  const exit = await attempt(world, setup, trace, work)
  await running.faults.clear()
  flaws.push(...leaks(world, trace, { files: [], leftovers: [], receipt: undefined, records: "" }))
  const known = new Set(expected)
  const isTrue = (type: string, sha256: string) => known.has(`${type} ${sha256}`)
  const others = done.filter(({ sha256, type }) => !isTrue(type, sha256))
  for (const { lines, path, sha256 } of done) {
    const handed = files.get(path)
    if (handed !== undefined && (handed.count !== lines || !handed.isOf(sha256))) {
      flaws.push(`${path} is not what was handed out of it`)
    }
  }
  if (exit === "hang") return { outcome: "Hang", flaws }
  if (Exit.isSuccess(exit)) {
    if (!isFinished) flaws.push("it ended without its receipt")
    if (done.length !== expected.length) flaws.push(`${done.length} files, and not ${expected.length}`)
    return { outcome: others.length === 0 ? "complete" : "as served", flaws }
  }
  if (isFinished) flaws.push("it failed after its receipt")
  for (const { path } of others) flaws.push(`${path} was said to be whole, with other bytes than the server's`)
  const [reason] = exit.cause.reasons
  return { outcome: reason?._tag === "Fail" ? reason.error.reason._tag : "Defect", flaws }
}

const cells = [...cellsOfPart("Files"), ...cellsOfPart("Connections")].filter(
  ({ cell, isUnmet }) =>
    cell.where === "file" && cell.setup?.gzip === undefined && cell.prologue === undefined && !isUnmet
)

describe.concurrent("a stream of resources", () => {
  const worlds = makeWorlds()
  afterAll(() => worlds.close())

  it.for(cells)("$name", { timeout: 300_000 }, async ({ cell, outcome }) => {
    const seen = await worlds.use((world) => stream(world, cell))
    const told = [seen.outcome, ...seen.flaws].join("; ")
    assert.strictEqual(told, outcome, told)
  })
})
