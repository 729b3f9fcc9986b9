/** The proof of the suite has guards of its own; each is shown to trip. */
import { existsSync } from "node:fs"
import { NodeTransport } from "@bcda-kit/core/node"
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Schema, Stream } from "effect"
import {
  checks,
  type ExpectedFailure,
  judge,
  type KnownCheck,
  Proof,
  type ProveServer,
  proofFigures,
  proofOf,
  prove,
  type ResultLine,
  renderProof,
  requirements,
  type VerdictLine
} from "../../src/index.ts"
import { overNights } from "../../src/prove/Proof.ts"
import { atOnce, credentialsOf, targetOf } from "../support/Judging.ts"
import { outcome, type TinyOptions, tinyBcda } from "../support/TinyBcda.ts"

const tiny = (
  server: string,
  stance: ProveServer["stance"],
  options: TinyOptions = {},
  more: Partial<ProveServer> = {}
): ProveServer => ({
  server,
  stance,
  area: "Tiny servers",
  title: `the tiny server ${server}`,
  baseline: "healthy",
  ...more,
  open: Effect.map(tinyBcda(options), (running) => ({
    target: targetOf(running),
    credentials: credentialsOf(running),
    pace: atOnce
  }))
})

const healthy = tiny("healthy", "variant")

/** Breaks what `metadata/active` and others look at. */
const noMetadata: TinyOptions = {
  mutate: (reply, { route }) => (route === "metadata" ? outcome(404, "not-found", "") : reply)
}

/** Changes what nobody looks at. */
const unseen: TinyOptions = {
  mutate: (reply) => ({ ...reply, headers: { ...reply.headers, "x-nobody-looks-here": "1" } })
}

const silent: TinyOptions = { mutate: (reply, { route }) => (route === "kickoff" ? { ...reply, status: 503 } : reply) }

/** The suite, and one check of which the verdict is always the same. */
const judgeAnd =
  (extra: Pick<VerdictLine, "exchanges" | "verdict">): typeof judge =>
  (options) =>
    judge(options).pipe(
      Stream.flatMap((line) => Stream.fromIterable<ResultLine>(line.kind === "footer" ? [added(extra), line] : [line]))
    )

const addedCheck: KnownCheck = { id: "self/added", title: "Nothing in particular", requirements: [] }

const added = ({ exchanges, verdict }: Pick<VerdictLine, "exchanges" | "verdict">): VerdictLine => ({
  kind: "verdict",
  check: addedCheck.id,
  title: addedCheck.title,
  scenario: "none",
  requirements: [],
  verdict,
  assertions: 1,
  exchanges,
  evidence: []
})

const proven = (servers: ReadonlyArray<ProveServer>, options: Partial<Parameters<typeof prove>[0]> = {}) =>
  prove({ servers, ...options }).pipe(
    Stream.runCollect,
    Effect.map((lines) => {
      const last = lines.at(-1)
      if (last?.kind !== "proof") throw new Error("there is no proof")
      assert.deepStrictEqual(
        lines.slice(0, -1).map((line) => (line.kind === "server" ? line.server : line.kind)),
        servers.map(({ server }) => server)
      )
      return last
    }),
    Effect.provide(NodeTransport.layer)
  )

const rowOf = (proof: Proof, name: string) => proof.matrix.find(({ server }) => server === name)

describe("prove", () => {
  it.live("says which checks kill a fault, and what they cite", () =>
    Effect.gen(function* () {
      const proof = yield* proven([healthy, tiny("no-metadata", "fault", noMetadata)])
      assert.deepStrictEqual(proof.survivors, [])
      assert.deepStrictEqual(proof.falseAlarms, [])
      assert.deepStrictEqual(proof.faults, ["no-metadata"])
      assert.deepStrictEqual(proof.variants, ["healthy"])
      const row = rowOf(proof, "no-metadata")
      assert.include(row?.killedBy ?? [], "metadata/readable")
      const cited = checks.find(({ id }) => id === "metadata/readable")?.requirements ?? []
      assert.includeMembers([...(row?.breaks ?? [])], [...cited])
      assert.deepStrictEqual(rowOf(proof, "healthy")?.killedBy, [])
      for (const { check, kills } of proof.checks) {
        assert.strictEqual(kills > 0, row?.killedBy.includes(check), check)
        assert.strictEqual(proof.unkilled.includes(check), kills === 0, check)
      }
      assert.strictEqual(proof.requirements.all, requirements.length)
      assert.deepStrictEqual(yield* Schema.decodeUnknownEffect(Proof)(JSON.parse(JSON.stringify(proof))), proof)
    })
  )

  it.live("tells of a fault that nobody sees", () =>
    Effect.gen(function* () {
      const proof = yield* proven([healthy, tiny("unseen", "fault", unseen)])
      assert.deepStrictEqual(proof.survivors, [
        { fault: "unseen", server: "unseen", area: "Tiny servers", title: "the tiny server unseen" }
      ])
      assert.include(renderProof(proof), "- `unseen`: the tiny server unseen")
    })
  )

  it.live("takes blocked checks for a kill only where that is said to be all there is to see", () =>
    Effect.gen(function* () {
      const only: Partial<ProveServer> = { blocks: "it is only silent" }
      const seen = yield* proven([healthy, tiny("silent", "fault", silent, only)], { judge: blockedOnFaults })
      const unsaid = yield* proven([healthy, tiny("silent", "fault", silent)], { judge: blockedOnFaults })
      assert.deepStrictEqual(seen.survivors, [])
      assert.deepStrictEqual(
        unsaid.survivors.map(({ fault }) => fault),
        ["silent"]
      )
    })
  )

  it.live("tells of a server that is broken and called a variant", () =>
    Effect.gen(function* () {
      const proof = yield* proven([healthy, tiny("no-metadata", "variant", noMetadata)])
      assert.includeMembers(
        proof.falseAlarms.map(({ check, server, verdict }) => `${server} ${verdict} ${check}`),
        ["no-metadata fail metadata/readable"]
      )
      assert.strictEqual(proof.falseAlarms.filter(({ server }) => server === "healthy").length, 0)
      assert.deepStrictEqual(proof.survivors, [])
    })
  )

  it.live("judges on several nights where it is told to, and remembers from one to the next and no longer", () =>
    Effect.gen(function* () {
      const states: Array<{ readonly path: string | undefined; readonly isThere: boolean }> = []
      const watched: typeof judge = (options) =>
        Stream.suspend(() => {
          states.push({ path: options.state, isThere: existsSync(options.state ?? "") })
          return judge(options)
        })
      const nights = [Duration.zero, Duration.zero]
      const open = Effect.map(healthy.open, (server) => ({ ...server, nights }))
      const judgements = yield* prove({
        servers: [{ ...healthy, open }, tiny("once", "variant")],
        judge: watched
      }).pipe(Stream.runCollect, Effect.provide(NodeTransport.layer))
      const [first, second, third, once] = states.toSorted((a, b) => Number(b.isThere) - Number(a.isThere))
      assert.deepStrictEqual([second, third], [first, first])
      assert.isTrue(first?.isThere)
      assert.deepStrictEqual(once, { path: undefined, isThere: false })
      assert.isFalse(existsSync(first?.path ?? ""), "what was remembered is gone")
      const because = (name: string) => {
        const found = judgements.find((line) => line.kind === "server" && line.server === name)
        if (found?.kind !== "server") return assert.fail(name)
        return found.verdicts.find(({ check }) => check === "file/lives-a-day")?.because ?? ""
      }
      assert.match(because("healthy"), /^no earlier run with this state/)
      assert.match(because("once"), /^it takes more than one night/)
    })
  )

  it.live("tells of a known breach that is none", () =>
    Effect.gen(function* () {
      const breach: ExpectedFailure = {
        check: "metadata/readable",
        verdict: "fail",
        reason: "It is invented.",
        link: "https://example.org",
        review: "2999-12-31"
      }
      const open = Effect.map(healthy.open, (server) => ({ ...server, expected: [breach] }))
      const { falseAlarms } = yield* proven([{ ...healthy, open }])
      assert.deepStrictEqual(
        falseAlarms.map(({ because, check }) => ({ because, check })),
        [{ check: breach.check, because: "metadata/readable passes, and was expected to fail" }]
      )
    })
  )

  it.live("tells of a check that cannot fail", () =>
    Effect.gen(function* () {
      const options = {
        judge: judgeAnd({ verdict: "pass", exchanges: ["e001"] }),
        checks: [...checks, addedCheck]
      }
      const proof = yield* proven([healthy, tiny("no-metadata", "fault", noMetadata)], options)
      assert.include(proof.unkilled, "self/added")
      assert.notInclude(proof.unkilled, "metadata/readable")
      assert.deepStrictEqual(proof.falseAlarms, [])
      assert.include(renderProof(proof), "- `self/added`")
    })
  )

  for (const [verdict, exchanges, because] of [
    ["pass", [], "passed without having seen an exchange"],
    ["engine-error", ["e001"], "the suite failed"]
  ] as const) {
    it.live(`tells of ${verdict} with ${exchanges.length} exchanges, on a fault too`, () =>
      Effect.gen(function* () {
        const options = { judge: judgeAnd({ verdict, exchanges }), checks: [...checks, addedCheck] }
        const proof = yield* proven([healthy, tiny("no-metadata", "fault", noMetadata)], options)
        assert.deepStrictEqual(
          proof.falseAlarms,
          ["healthy", "no-metadata"].map((server) => ({ server, check: "self/added", verdict, because }))
        )
      })
    )
  }
})

/** Turns every verdict that is not a pass into a blocked one. */
const blockedOnFaults: typeof judge = (options) =>
  judge(options).pipe(
    Stream.map((line) =>
      line.kind === "verdict" && line.verdict !== "pass" ? { ...line, verdict: "blocked" as const } : line
    )
  )

const verdicts = (verdict: VerdictLine["verdict"]) => [{ check: "a/b", verdict, exchanges: 1 }]

const nightsOf = (...nights: readonly [VerdictLine["verdict"], ...ReadonlyArray<VerdictLine["verdict"]>]) => {
  const [first, ...others] = nights.map((verdict) => ({ check: "a/b", verdict, exchanges: 1 }))
  return first === undefined ? undefined : overNights([first, ...others]).verdict
}

describe("the verdict of several nights", () => {
  it("is what was seen on the last night on which something was seen", () => {
    assert.strictEqual(nightsOf("not-run", "pass", "not-run"), "pass")
    assert.strictEqual(nightsOf("not-run", "not-applicable"), "not-run")
    assert.strictEqual(nightsOf("expected-fail", "pass"), "pass")
    assert.strictEqual(nightsOf("not-run"), "not-run")
  })

  it("is no pass if it was none on any of them", () => {
    for (const verdict of ["fail", "warn", "info", "blocked", "engine-error"] as const) {
      assert.strictEqual(nightsOf("pass", verdict, "pass"), verdict)
      assert.strictEqual(nightsOf(verdict, "pass"), verdict)
    }
  })
})

describe("a proof", () => {
  const known = [{ id: "a/b", title: "B holds", requirements: ["R-1"] }]
  const base = { kind: "server", area: "Area", title: "it", baseline: "healthy" } as const
  const whole = (verdict: VerdictLine["verdict"]) =>
    ({ ...base, server: "healthy", stance: "variant", verdicts: verdicts(verdict) }) as const
  const broken = { ...base, server: "broken", stance: "fault", verdicts: verdicts("warn") } as const

  it("counts a check only if it passes without the fault", () => {
    assert.deepStrictEqual(proofOf([whole("pass"), broken], known, [{ id: "R-1" }, { id: "R-2" }]).requirements, {
      covered: 1,
      all: 2
    })
    for (const verdict of ["warn", "not-run", "not-applicable", "blocked"] as const) {
      const { survivors, unkilled } = proofOf([whole(verdict), broken], known, [])
      assert.deepStrictEqual(
        survivors.map(({ fault }) => fault),
        ["broken"],
        verdict
      )
      assert.deepStrictEqual(unkilled, ["a/b"], verdict)
    }
  })

  it("calls a fault seen only if it is seen in every way in which it is met", () => {
    const elsewhere = { ...broken, server: "broken elsewhere", entry: "broken" }
    const both = proofOf([whole("pass"), broken, elsewhere], known, [])
    assert.deepStrictEqual([both.faults, both.survivors], [["broken"], []])
    assert.deepStrictEqual(both.checks, [{ check: "a/b", title: "B holds", kills: 1 }])
    assert.include(proofFigures(both), "They kill 1 of 1 faults, met in 2 ways, ")
    const once = proofOf([whole("pass"), broken, { ...elsewhere, verdicts: verdicts("pass") }], known, [])
    assert.deepStrictEqual(once.survivors, [{ fault: "broken", server: "broken elsewhere", area: "Area", title: "it" }])
    assert.include(proofFigures(once), "They kill 0 of 1 faults, met in 2 ways, ")
    assert.include(renderProof(once), "- `broken elsewhere`: it\n")
    assert.include(proofFigures(proofOf([whole("pass"), broken], known, [])), "They kill 1 of 1 faults, and ")
  })

  it("takes nothing for a kill whose healthy server was not judged", () => {
    assert.deepStrictEqual(
      proofOf([broken], known, []).survivors.map(({ fault }) => fault),
      ["broken"]
    )
  })

  it("is not content with a list of known breaches that is not true of a server that nothing is wrong with", () => {
    const surprises = [{ check: "a/b", what: "passes", text: "a/b passes, and was expected to warn" }] as const
    const because = surprises[0].text
    assert.deepStrictEqual(proofOf([{ ...whole("pass"), surprises }], known, []).falseAlarms, [
      { server: "healthy", check: "a/b", verdict: "pass", because }
    ])
    assert.deepStrictEqual(proofOf([{ ...whole("pass"), surprises: [] }], known, []).falseAlarms, [])
    assert.deepStrictEqual(proofOf([whole("pass"), { ...broken, surprises }], known, []).falseAlarms, [])
  })

  it("does not mind what a healthy server has nothing of", () => {
    assert.deepStrictEqual(proofOf([whole("not-applicable")], known, []).falseAlarms, [])
    for (const verdict of ["info", "warn", "fail", "blocked"] as const) {
      assert.strictEqual(proofOf([whole(verdict)], known, []).falseAlarms.length, 1, verdict)
    }
  })
})
