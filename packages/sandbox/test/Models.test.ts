import { type DataKind, type Deployment, lookbackOf, type Treatment, treatmentOf } from "@bcda-kit/sandbox"
import { assert, describe, it } from "vitest"

const both: ReadonlyArray<DataKind> = ["adjudicated", "partially-adjudicated"]
const settled: ReadonlyArray<DataKind> = ["adjudicated"]

const differences = (cmsId: string, deployment: Deployment): Partial<Treatment> => {
  const { ignoresOptOuts, kinds, modelDisabled, noSharedSystem, noV3, v3Only, duplicateJobs } = treatmentOf(
    cmsId,
    deployment
  )
  return {
    ...(modelDisabled ? { modelDisabled } : { kinds }),
    ...(v3Only ? { v3Only } : {}),
    ...(noV3 ? { noV3 } : {}),
    ...(noSharedSystem ? { noSharedSystem } : {}),
    ...(duplicateJobs ? { duplicateJobs } : {}),
    ...(ignoresOptOuts ? { ignoresOptOuts } : {})
  }
}

describe("models (1.4)", () => {
  const cases: ReadonlyArray<readonly [cmsId: string, where: Deployment, Partial<Treatment>]> = [
    ["C0001", "sandbox", { kinds: settled }],
    ["K0001", "sandbox", { kinds: settled }],
    ["D0001", "sandbox", { kinds: settled }],
    ["D0001", "test", { kinds: settled, duplicateJobs: true }],
    ["D0001", "prod", { kinds: both, noV3: true, duplicateJobs: true }],
    ["A0001", "sandbox", { kinds: settled }],
    ["A0001", "dev", { kinds: settled }],
    ["A0001", "prod", { kinds: settled, noV3: true, duplicateJobs: true }],
    ["A9990", "test", { kinds: settled }],
    ["E0001", "sandbox", { kinds: settled }],
    ["V001", "sandbox", { kinds: settled }],
    ["TEST994", "prod", { kinds: both }],
    ["TEST995", "prod", { kinds: both, noV3: true }],
    ["CT0001", "sandbox", { kinds: both, ignoresOptOuts: true }],
    ["CT000001", "sandbox", { kinds: both, ignoresOptOuts: true }],
    ["DA0001", "sandbox", { kinds: both }],
    ["GUIDE-0001", "sandbox", { kinds: settled, noSharedSystem: true }],
    ["GUIDE-0001", "dev", { kinds: settled, v3Only: true, noSharedSystem: true }],
    ["ACCES00001", "sandbox", { kinds: settled }],
    ["ACCES00001", "dev", { kinds: settled, v3Only: true }],
    ["IOTA001", "sandbox", { modelDisabled: true }],
    ["IOTA001", "prod", { kinds: both, v3Only: true, duplicateJobs: true }],
    ["IOTA104", "prod", { kinds: both, v3Only: true, noV3: true, duplicateJobs: true }],
    ["IOTA001", "dev", { kinds: both }],
    ["SBXBM0002", "sandbox", { modelDisabled: true, duplicateJobs: true }],
    ["SBXAM000", "sandbox", { modelDisabled: true }],
    ["A001", "sandbox", { modelDisabled: true }],
    ["XA0001", "sandbox", { modelDisabled: true }],
    ["A00010", "sandbox", { modelDisabled: true }]
  ]

  it.each(cases)("%s in %s", (cmsId, deployment, expected) => {
    assert.deepStrictEqual(differences(cmsId, deployment), expected)
  })

  it.each([
    ["C0001", "2026-01-01T00:00:00Z", "2024-01-01"],
    ["K0001", "2025-12-31T23:59:59Z", "2023-01-01"],
    ["D0001", "2026-03-31T23:59:59Z", "2022-04-01"],
    ["D0001", "2026-04-01T00:00:00Z", "2023-04-01"],
    ["GUIDE-0016", "2026-10-06T00:00:00Z", "2021-07-01"],
    ["GUIDE-1033", "2030-10-06T00:00:00Z", "2021-07-01"],
    ["GUIDE-0017", "2026-10-06T00:00:00Z", "2022-07-01"],
    ["A0001", "2026-10-06T00:00:00Z", undefined],
    ["ACCES00001", "2026-10-06T00:00:00Z", undefined],
    ["IOTA001", "2026-10-06T00:00:00Z", undefined]
  ])("%s at %s sees services since %s", (cmsId, at, from) => {
    assert.strictEqual(lookbackOf(cmsId, new Date(at)), from)
  })
})
