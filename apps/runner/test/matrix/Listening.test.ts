import { getCACertificates, setDefaultCACertificates } from "node:tls"
import { type FaultName, faultCatalogue } from "@bcda-kit/sandbox"
import { assert, describe, it } from "vitest"
import { runCell } from "./support/Cell.ts"
import { exportInto, newTrace } from "./support/Client.ts"
import { contentsOf } from "./support/Directory.ts"
import { flawsOfComplete, flawsOfFailed, leaks } from "./support/Judge.ts"
import { cellsOf, listening } from "./support/Matrix.ts"
import { wholeExport } from "./support/Served.ts"
import { makeWorld, type World, type WorldOptions } from "./support/World.ts"

/** A world whose server speaks TLS, with a certificate that the client trusts. */
const secured = async (options: WorldOptions): Promise<World> => {
  const world = await makeWorld(options)
  const { certificate } = world.running
  if (certificate === undefined) throw new Error("the server does not speak TLS")
  setDefaultCACertificates([...getCACertificates("bundled"), certificate])
  return world
}

const cellsOfFault = (wanted: FaultName) =>
  faultCatalogue.filter(({ name }) => name === wanted).flatMap((entry) => cellsOf(entry))

describe("what a server is started with", () => {
  it("is met in every cell of these tests", () => assert.deepStrictEqual(listening, ["tls-1.1", "http2"]))

  it.for(cellsOfFault("http2"))("$name", async ({ cell, outcome }) => {
    await using world = await secured({ serve: { faults: [{ fault: "http2" }] } })
    const seen = await runCell(world, cell)
    assert.deepStrictEqual([seen.outcome, seen.flaws], [outcome, []])
    assert.isAbove(seen.struck, 0)
  })

  it.for(cellsOfFault("tls-1.1"))("$name", async ({ outcome }) => {
    await using home = await makeWorld()
    const expected = await wholeExport(home, {})
    const directory = home.directory()
    const run = async (world: World) => {
      const trace = newTrace()
      const ended = await exportInto(world, {}, trace, directory)
      assert.deepStrictEqual(leaks(world, trace, contentsOf(directory)), [])
      return ended
    }
    const faulty = await secured({ clock: home.clock, serve: { faults: [{ fault: "tls-1.1" }] } })
    const { port } = faulty.running
    const failed = await run(faulty)
    assert.isTrue(failed._tag === "Failed" && failed.error.reason._tag === outcome)
    assert.deepStrictEqual(flawsOfFailed(contentsOf(directory), expected), [])
    assert.isAbove((await faulty.running.faults.list())[0]?.struck ?? 0, 0)
    await faulty[Symbol.asyncDispose]()

    await using healthy = await secured({ clock: home.clock, serve: { tls: true, port } })
    const complete = await run(healthy)
    if (complete._tag !== "Complete") assert.fail(JSON.stringify(complete))
    assert.deepStrictEqual(flawsOfComplete(complete.receipt, contentsOf(directory), expected), [])
  })
})
