/** The tools that the rows of the registry are written with. */
import type { Area, IgVersion, Obstacle, Requirement, Source, Strength } from "../Requirement.ts"

const every: ReadonlyArray<IgVersion> = ["stu1", "stu2", "stu3", "stu4-ballot"]

/** Editions of the IG, from the oldest one that has a row to the newest. */
export const editions = {
  every,
  fromStu2: every.slice(1),
  fromStu3: every.slice(2),
  ballot: every.slice(3),
  untilStu3: every.slice(0, 3),
  stu2And3: every.slice(1, 3),
  stu1And2: every.slice(0, 2),
  none: []
} satisfies Readonly<Record<string, ReadonlyArray<IgVersion>>>

export interface RowOptions {
  readonly igVersions?: ReadonlyArray<IgVersion>
  readonly strengthIn?: Requirement["strengthIn"]
  readonly onlyIf?: "smart"
  readonly not?: Requirement["notTestedBecause"]
}

/** What the rows of one file share; a row may say otherwise. */
export const rowsFor = (area: Area, shared: RowOptions = {}) => {
  const row =
    (strength: Strength) =>
    (id: string, source: Source, text: string, own: RowOptions = {}): Requirement => {
      const { igVersions = editions.every, strengthIn, onlyIf, not } = { ...shared, ...own }
      return {
        id,
        text,
        strength,
        source,
        igVersions,
        area,
        ...(strengthIn === undefined ? {} : { strengthIn }),
        ...(onlyIf === undefined ? {} : { onlyIf }),
        ...(not === undefined ? {} : { notTestedBecause: not })
      }
    }
  return {
    shall: row("SHALL"),
    shallNot: row("SHALL NOT"),
    should: row("SHOULD"),
    shouldNot: row("SHOULD NOT"),
    may: row("MAY"),
    says: row("statement")
  }
}

const because =
  (obstacle: Obstacle) =>
  (why: string): RowOptions => ({ not: { obstacle, why } })

/** Why a row is not checked: one function for each `Obstacle`. */
export const noRequest = because("no-request")
export const takesTime = because("time")
export const otherCredentials = because("credentials")
export const unknownData = because("data")
export const noFeature = because("feature")
export const wouldBurden = because("burden")
export const inside = because("inside")
export const permission = because("permission")
export const opposed = because("opposed")
