import { join } from "node:path"
import type { Judgement, Proof, ProveOptions } from "@bcda-kit/conformance"
import { NodeTransport } from "@bcda-kit/core/node"
import { Effect, FileSystem, Stream } from "effect"
import { ExitCode } from "../ExitCode.ts"
import { Failure, Findings, fromJudge } from "../Failure.ts"
import { json, note, result } from "../Output.ts"

/** Progress is told so many times in a run. */
const tellings = 20

const unusable = (path: string) => (error: { readonly reason: { readonly _tag: string } }) =>
  new Failure({
    what: "The proof cannot be written",
    why: `${path} cannot be written (${error.reason._tag})`,
    next: "Choose a directory that can be written and has room.",
    exitCode: ExitCode.usage
  })

/** Every server by turns, each judgement shown as `show` has it, and the proof. */
export const proveWithProgress = Effect.fn("bcda.prove")(function* (
  options: ProveOptions,
  show: (judged: Judgement, done: number) => Effect.Effect<void>
) {
  const { prove } = yield* Effect.promise(() => import("@bcda-kit/conformance"))
  let done = 0
  const lines = yield* prove(options).pipe(
    Stream.tap((line) => (line.kind === "server" ? show(line, ++done) : Effect.void)),
    Stream.runCollect,
    Effect.mapError(fromJudge),
    Effect.provide(NodeTransport.layer)
  )
  return lines.find((line): line is Proof => line.kind === "proof")
})

const complaints = ({ falseAlarms, survivors, unkilled }: Proof): ReadonlyArray<string> => [
  ...survivors.map(({ server, title }) => `survives: ${server}, ${title}`),
  ...unkilled.map((check) => `kills nothing: ${check}`),
  ...falseAlarms.map(
    ({ because, check, server, verdict }) => `false alarm: ${verdict} ${check} on ${server}, ${because}`
  )
]

interface ProveInput {
  readonly out: string
  readonly json: boolean
}

/** Judges the judge by the servers given, and writes the proof. */
export const proveWith = Effect.fnUntraced(function* ({ json: asJson, out }: ProveInput, options: ProveOptions) {
  const { proofFigures, renderProof } = yield* Effect.promise(() => import("@bcda-kit/conformance"))
  const fs = yield* FileSystem.FileSystem
  // Before the work, so that a wrong --out costs nothing.
  yield* fs.makeDirectory(out, { recursive: true }).pipe(Effect.mapError(unusable(out)))
  const all = options.servers.length
  const every = Math.ceil(all / tellings)
  const proof = yield* proveWithProgress(options, (judged, done) =>
    asJson ? json(judged) : done % every === 0 || done === all ? note(`${done} of ${all} servers judged`) : Effect.void
  )
  if (proof === undefined) return yield* new Findings({ exitCode: ExitCode.resumable })
  const files = { "prove.json": `${JSON.stringify(proof, undefined, 2)}\n`, "prove.md": renderProof(proof) }
  for (const [name, text] of Object.entries(files)) {
    const path = join(out, name)
    yield* fs.writeFileString(path, text).pipe(Effect.mapError(unusable(path)))
  }
  const wrong = complaints(proof)
  yield* asJson ? json(proof) : result([...wrong, proofFigures(proof), `prove.md and prove.json in ${out}`].join("\n"))
  if (wrong.length > 0) return yield* new Findings({ exitCode: ExitCode.findings })
})

/** The suite of this version by the sandbox's whole catalogue. */
export const proveSuite = (input: ProveInput) =>
  Effect.flatMap(
    Effect.promise(() => import("../prove/Servers.ts")),
    ({ proveServers }) => proveWith(input, { servers: proveServers })
  )
