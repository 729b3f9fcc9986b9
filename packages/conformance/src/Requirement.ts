/**
 * What a requirement is: one statement somebody made about a server, with an id that checks cite and that never changes.
 *
 * Four sources are kept apart because they bind differently: the Bulk Data Access IG (`export#…`, `index#…`), the SMART Backend Services
 * rules it refers to (`smart#…`), the public page on which CMS explains BCDA (`SEED-…`), and what BCDA is known to do without anybody
 * having promised it (`bcda#…`).
 */
import { Schema } from "effect"

/** Who says so. */
export const Source = Schema.Literals(["bulk-data", "smart", "page", "bcda"])
export type Source = typeof Source.Type

/** The editions of the Bulk Data Access IG: 2 = STU2 (which BCDA follows), 3 = STU3, 4 = the STU4 ballot. */
export const IgVersion = Schema.Literals(["2", "3", "4"])
export type IgVersion = typeof IgVersion.Type

/**
 * How much a statement binds the server. SHALL, SHOULD and MAY are the IG's words; a PROMISE is what the operator's public page tells its
 * users; KNOWN is behaviour that was observed and that clients lean on, but that nobody promised.
 */
export const Strength = Schema.Literals(["SHALL", "SHOULD", "MAY", "PROMISE", "KNOWN"])
export type Strength = typeof Strength.Type

export const Requirement = Schema.Struct({
  /** Never renumbered, never reused. */
  id: Schema.String,
  /** In our words; the source's own wording is a look-up away and is not copied. */
  text: Schema.String,
  source: Source,
  /** As in the oldest edition named in `versions`; later editions that changed it are in `changes`. */
  strength: Strength,
  /** The IG editions it belongs to; empty for what does not come from the IG. */
  versions: Schema.Array(IgVersion),
  changes: Schema.optionalKey(Schema.Array(Schema.Struct({ version: IgVersion, strength: Strength }))),
  /**
   * "smart": binding as written only on a server that uses SMART Backend Services, which the IG itself only recommends. On any other
   * server a breach counts as a missed recommendation.
   */
  onlyIf: Schema.optionalKey(Schema.Literal("smart"))
})
export type Requirement = typeof Requirement.Type

/** What a breach of a statement is worth. */
export const Severity = Schema.Literals(["fail", "warn", "info"])
export type Severity = typeof Severity.Type

const weight: Record<Strength, Severity> = {
  SHALL: "fail",
  PROMISE: "fail",
  SHOULD: "warn",
  KNOWN: "warn",
  MAY: "info"
}

/**
 * The verdict a breach of this requirement earns: SHALL and PROMISE fail, SHOULD and KNOWN warn, MAY informs.
 * `ig` is the edition judged against (2 when not given), `smart` whether the server uses SMART Backend Services.
 */
export const severityOf = (
  requirement: Requirement,
  options: { readonly ig?: IgVersion | undefined; readonly smart: boolean }
): Severity => {
  const ig = options.ig ?? "2"
  const changed = requirement.changes?.filter((change) => change.version <= ig).at(-1)
  const severity = weight[changed?.strength ?? requirement.strength]
  return severity === "fail" && requirement.onlyIf === "smart" && !options.smart ? "warn" : severity
}

const order: ReadonlyArray<Severity> = ["info", "warn", "fail"]

/** The gravest of several; "info" when there is none. */
export const gravest = (severities: ReadonlyArray<Severity>): Severity =>
  severities.reduce<Severity>((worst, next) => (order.indexOf(next) > order.indexOf(worst) ? next : worst), "info")
