/**
 * What a requirement is: one statement somebody made about a server, with an id that checks cite and that never changes.
 *
 * Four documents are kept apart because they bind differently: the Bulk Data Access IG (`export#…`, `index#…`, `async#…`, `artifacts#…`), the
 * SMART Backend Services rules it refers to (`smart#…`), the public page on which CMS explains BCDA (`SEED-…`), and what BCDA is known to do
 * (`TODAY-…` where documents, IG and server disagree, `bcda#…` where no document says anything).
 */
import { Schema } from "effect"

/** Whose statement it is. */
export const Document = Schema.Literals(["bulk-data", "smart", "page", "bcda"])
export type Document = typeof Document.Type

/** The editions of the Bulk Data Access IG, oldest first. BCDA follows STU2. */
export const IgVersion = Schema.Literals(["stu1", "stu2", "stu3", "stu4-ballot"])
export type IgVersion = typeof IgVersion.Type

/**
 * How much a statement binds the server. The first five are the IG's words, or what its "required" and "optional" come to; where a row
 * permits a thing and says how it must then look, the strength is that of the condition. A `statement` uses none of these words: the page
 * tells its users how things are, and the server is seen doing them.
 */
export const Strength = Schema.Literals(["SHALL", "SHALL NOT", "SHOULD", "SHOULD NOT", "MAY", "statement"])
export type Strength = typeof Strength.Type

/** The part of the exchange that a statement is about. */
export const Area = Schema.Literals([
  "metadata",
  "security",
  "token",
  "kick-off",
  "parameters",
  "status",
  "manifest",
  "files",
  "cancel",
  "jobs",
  "attribution",
  "environment"
])
export type Area = typeof Area.Type

/** Where a statement is made. */
export const Source = Schema.Struct({
  document: Document,
  /** The version read: of the IG the oldest one from STU2 on that has the statement, of a server its commit. */
  version: Schema.String,
  section: Schema.String,
  /** Where it is public. */
  url: Schema.optionalKey(Schema.String)
})
export type Source = typeof Source.Type

/**
 * What keeps a statement from being checked.
 *
 * - `no-request`: a request would show it, and no scenario sends that request.
 * - `time`: it shows after a token's or a file's life, not within a run.
 * - `credentials`: it takes another client, another kind of organization, or production.
 * - `data`: it takes knowing or changing what the server holds, or values that are never recorded.
 * - `feature`: it binds servers with an optional feature that no scenario asks for.
 * - `burden`: provoking it would hurt a server that others use.
 * - `inside`: no exchange shows it.
 * - `permission`: it allows something, and no answer can break it.
 * - `opposed`: another statement says the opposite, and a check holds the server to that one.
 */
export const Obstacle = Schema.Literals([
  "no-request",
  "time",
  "credentials",
  "data",
  "feature",
  "burden",
  "inside",
  "permission",
  "opposed"
])
export type Obstacle = typeof Obstacle.Type

/** One statement about a server, in our words, with where it is made. A check cites it, or it says what keeps it from that. */
export const Requirement = Schema.Struct({
  /** Never renumbered, never reused: the id of a row that goes stays reserved. */
  id: Schema.String,
  /** In our words; the source's own wording is a look-up away and is not copied. */
  text: Schema.String,
  strength: Strength,
  source: Source,
  /** The editions of the IG it belongs to; empty for what does not come from the IG. */
  igVersions: Schema.Array(IgVersion),
  /** Editions in which it binds otherwise than `strength` says. */
  strengthIn: Schema.optionalKey(
    Schema.Struct({
      stu1: Schema.optionalKey(Strength),
      stu3: Schema.optionalKey(Strength),
      "stu4-ballot": Schema.optionalKey(Strength)
    })
  ),
  area: Area,
  /**
   * "smart": binding as written only on a server that uses SMART Backend Services, which the IG itself only recommends. On any other
   * server a breach counts as a missed recommendation.
   */
  onlyIf: Schema.optionalKey(Schema.Literal("smart")),
  /** Why no check looks at it. A row has this or a check that cites it, never both and never neither. */
  notTestedBecause: Schema.optionalKey(Schema.Struct({ obstacle: Obstacle, why: Schema.String }))
})
export type Requirement = typeof Requirement.Type

/** What a breach of a statement is worth. */
export const Severity = Schema.Literals(["fail", "warn", "info"])
export type Severity = typeof Severity.Type

/** The strength of a requirement in an edition of the IG. */
export const strengthOf = (requirement: Requirement, ig: IgVersion = "stu2"): Strength =>
  (ig === "stu2" ? undefined : requirement.strengthIn?.[ig]) ?? requirement.strength

const weigh = (strength: Strength, document: Document): Severity => {
  switch (strength) {
    case "SHALL":
    case "SHALL NOT":
      return "fail"
    case "SHOULD":
    case "SHOULD NOT":
      return "warn"
    case "MAY":
      return "info"
    case "statement":
      // what the operator tells its users is a promise; what a server was seen doing binds nobody
      return document === "page" ? "fail" : "warn"
  }
}

/**
 * The verdict a breach of this requirement earns: SHALL and the page's statements fail, SHOULD and known behaviour warn, MAY informs.
 * `ig` is the edition judged against (STU2 when not given), `smart` whether the server uses SMART Backend Services.
 */
export const severityOf = (
  requirement: Requirement,
  options: { readonly ig?: IgVersion | undefined; readonly smart: boolean }
): Severity => {
  const severity = weigh(strengthOf(requirement, options.ig), requirement.source.document)
  return severity === "fail" && requirement.onlyIf === "smart" && !options.smart ? "warn" : severity
}

const order: ReadonlyArray<Severity> = ["info", "warn", "fail"]

/** The gravest of several; "info" when there is none. */
export const gravest = (severities: ReadonlyArray<Severity>): Severity =>
  severities.reduce<Severity>((worst, next) => (order.indexOf(next) > order.indexOf(worst) ? next : worst), "info")
