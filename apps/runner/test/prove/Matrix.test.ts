/** The suite against the whole of the sandbox's catalogue: what it sees, what it does not, and what it should not. */
import { readFileSync } from "node:fs"
import { type Judgement, type Proof, proofFigures, renderProof } from "@bcda-kit/conformance"
import { faultCatalogue } from "@bcda-kit/sandbox"
import { Effect } from "effect"
import { assert, beforeAll, describe, expect, it } from "vitest"
import { proveWithProgress } from "../../src/handlers/Prove.ts"
import { proveServers } from "../../src/prove/Servers.ts"
import { stances } from "../../src/prove/Stances.ts"
import { legalAfterAll, realFaults } from "./RealFaults.ts"

/** For a machine that has much else to do. */
const tooLong = 900_000

let proof: Proof
const judged: Array<Judgement> = []
beforeAll(async () => {
  const found = await Effect.runPromise(
    proveWithProgress({ servers: proveServers }, (one) => Effect.sync(() => void judged.push(one)))
  )
  if (found === undefined) throw new Error("there is no proof")
  proof = found
}, tooLong)

const killed = (name: string): boolean =>
  proof.faults.includes(name) && !proof.survivors.some(({ fault }) => fault === name)

const alarms = (name: string) => proof.falseAlarms.filter(({ server }) => server === name)

/** The text with its generated part made anew. */
const withFigures = (file: string): string =>
  readFileSync(new URL(file, import.meta.url), "utf8").replace(
    /(<!-- proof -->\n)[^<]*(<!-- \/proof -->)/,
    (_, from: string, to: string) => `${from}${proofFigures(proof)}\n${to}`
  )

/** The lines of the page, those of its tables without their last cell. */
const outlineOf = (page: string): ReadonlyArray<string> =>
  page.split("\n").map((line) => (line.startsWith("| `") ? line.split(" | ").slice(0, 2).join(" | ") : line))

describe("the kill matrix", () => {
  it("has every fault and every variant, and each is judged", () => {
    assert.includeMembers(
      [...proof.faults, ...proof.variants],
      faultCatalogue.map(({ name }) => name)
    )
    assert.strictEqual(judged.length, proveServers.length)
  })

  it("has no survivors", () => {
    assert.deepStrictEqual(proof.survivors, [])
  })

  it("has no checks that kill nothing", () => {
    assert.deepStrictEqual(proof.unkilled, [])
  })

  it("has no false alarms", () => {
    assert.deepStrictEqual(proof.falseAlarms, [])
  })

  it("passes every check on the servers that the faults are compared with", () => {
    for (const name of new Set(proveServers.map(({ baseline }) => baseline))) {
      const verdicts = judged.find(({ server }) => server === name)?.verdicts ?? []
      const passed = verdicts.filter(({ verdict }) => verdict === "pass").length
      const chosen = verdicts.filter(({ because }) => because !== "not chosen").length
      if (chosen === verdicts.length) assert.isAbove(passed, 70, name)
      else assert.strictEqual(passed, chosen, name)
    }
  })

  it("excuses faults for a reason each, and no fault that a check sees", () => {
    for (const { blocks, killedBy, legal, server, stance } of proof.matrix) {
      if (blocks !== undefined) assert.deepStrictEqual(killedBy, [], server)
      if (legal !== undefined) assert.strictEqual(stance, "variant", server)
    }
    for (const [name, { by, legal }] of Object.entries(stances)) {
      const kind = faultCatalogue.find((entry) => entry.name === name)?.kind
      if (legal !== undefined) assert.strictEqual(kind, "fault", name)
      if (by !== undefined) assert.strictEqual(kind, "variant", name)
    }
  })

  // How much of a fault such as the gzip bomb is met before the limits of the suite end it is the machine's to say.
  it("is printed in docs/kill-matrix.md, but for which of several checks see a fault", () => {
    const printed = readFileSync(new URL("../../../../docs/kill-matrix.md", import.meta.url), "utf8")
    const how = "print it anew: npm start -- conformance prove --out DIR, and DIR/prove.md is the page"
    assert.deepStrictEqual(outlineOf(printed), outlineOf(renderProof(proof)), how)
  })

  it.each(["../../../../README.md", "../../../../packages/conformance/README.md"])("has its figures in %s", (file) =>
    expect(withFigures(file)).toMatchFileSnapshot(file)
  )
})

describe("faults that were met in the wild", () => {
  it("are 49, and two that are legal", () => {
    assert.strictEqual(new Set(Object.values(realFaults)).size, 49)
    assert.strictEqual(new Set(Object.values(legalAfterAll)).size, 2)
  })

  it.each(Object.entries(realFaults))("%s is killed", (_, name) => {
    assert.isTrue(killed(name))
  })

  it.each(Object.entries(legalAfterAll))("%s turns nothing red", (_, name) => {
    assert.include(proof.variants, name)
    assert.deepStrictEqual(alarms(name), [])
  })
})
