import { Effect } from "effect"
import { isFixed } from "../../Bugs.ts"
import type {
  ApiVersion,
  ClaimFilter,
  DataKind,
  Population,
  ResourceType,
  Selection,
  SubJob
} from "../../DataSource.ts"
import { lookbackOf, type Treatment } from "../../Models.ts"
import { type Persona, treatmentFor } from "../../Personas.ts"
import { attributionRefusal, type Cohort, cohortsOf, lastLoad, olderListRefusal } from "../Attribution.ts"
import { fateOf } from "../Fate.ts"
import { empty, origin, Refusal, refuseIf, target } from "../Http.ts"
import { type Job, jobStateAt } from "../Jobs.ts"
import { runJob, sweep } from "../JobWorker.ts"
import { requireAccess, requireCaller } from "../Judge.ts"
import { type ExportParameters, validateHeaders, validateUrl } from "../KickOffRules.ts"
import { outcome } from "../OperationOutcome.ts"
import { parseQuery, queryUnescape } from "../Query.ts"
import { hour, toDate } from "../Time.ts"
import { asksForSharedSystem, defaultSystemTypes, namesSystemType } from "../TypeFilter.ts"
import { warningFile } from "../WarningFile.ts"
import type { Exchange, Handler, World } from "../World.ts"

const resourceTypes: Readonly<Record<ApiVersion, ReadonlyArray<string>>> = {
  // BCDA accepts Observation on v1 and then fails the job.
  v1: ["Patient", "Coverage", "ExplanationOfBenefit", "Observation"],
  v2: ["Patient", "Coverage", "ExplanationOfBenefit", "Claim", "ClaimResponse"],
  v3: ["Patient", "Coverage", "ExplanationOfBenefit"]
}

const batchable: ReadonlyArray<string> = resourceTypes.v2
const isResourceType = (type: string): type is ResourceType => batchable.includes(type)

const kindOf = (type: string): DataKind =>
  type === "Claim" || type === "ClaimResponse" ? "partially-adjudicated" : "adjudicated"

/**
 * The types to export. Without `_type` that is everything the organization may see in this version; an organization
 * with only partially adjudicated claims sees nothing on v1 and v3, and its job then never leaves Pending.
 */
const typesOf = Effect.fnUntraced(function* (
  version: ApiVersion,
  kinds: ReadonlyArray<DataKind>,
  asked: ReadonlyArray<string> | undefined
) {
  if (asked === undefined) {
    const settled = kinds.includes("adjudicated") ? ["Patient", "ExplanationOfBenefit", "Coverage"] : []
    const open = kinds.includes("partially-adjudicated") && version === "v2" ? ["Claim", "ClaimResponse"] : []
    return [...settled, ...open]
  }
  const refuse = (message: string) => new Refusal({ reply: outcome(version, 400, "structure", message) })
  const supported = resourceTypes[version]
  for (const type of asked) {
    if (!supported.includes(type)) {
      // BCDA prints this list in a random order.
      return yield* refuse(`invalid resource type ${type}. Supported types [${supported.join(" ")}]`)
    }
    if (!kinds.includes(kindOf(type))) return yield* refuse(`unauthorized resource type ${type}`)
  }
  return [...asked]
})

/**
 * BCDA's guard against two like jobs at once. It compares less than one would think: not the endpoint, not the group,
 * not `_since`. And it does not split the running job's `_type` at commas (bug), so a running `_type=Patient,Coverage`
 * lets a new `_type=Patient` pass.
 */
const isDuplicate = ({ query, received, world }: Exchange, job: Job): boolean => {
  const newType = query.first("_type")
  const [, path = "", rawQuery = ""] = /^https?:\/\/[^/]*([^?]*)\??(.*)$/.exec(job.requestUrl) ?? []
  const given = parseQuery(rawQuery).all("_type")
  const split = isFixed(world.behaviour.bugs, "unsplit-duplicate-types")
  const oldTypes = split ? given.flatMap((list) => list.split(",")) : given
  if (newType === undefined || oldTypes.length === 0) return true
  const sameUrl = path === received.path && queryUnescape(rawQuery) === queryUnescape(received.query)
  return sameUrl || oldTypes.some((type) => newType.split(",").includes(type))
}

const refuseDuplicate = (
  exchange: Exchange,
  caller: Persona,
  { duplicateJobs }: Treatment
): Effect.Effect<void, Refusal> => {
  const { now, received, troubles, version, world } = exchange
  if (!duplicateJobs) return Effect.void
  if (troubles.has("duplicate-lookup")) return refuseIf(outcome(version, 500, "exception"))
  // An address that cannot be unescaped is compared with nothing.
  if (queryUnescape(received.query) === undefined) return Effect.void
  const running = [...world.jobs.all()].filter((job) => {
    const { status } = jobStateAt(job, now, world.behaviour)
    const active = (status === "Pending" || status === "In Progress") && now - job.createdAt < 24 * hour
    return active && job.version === version && job.persona.cmsId === caller.cmsId
  })
  const duplicate = running.some((job) => isDuplicate(exchange, job))
  const seconds = String(world.behaviour.duplicateRetryAfterSeconds)
  return refuseIf(duplicate ? empty(429, [["Retry-After", seconds]]) : undefined)
}

/** What the claims must be like. Only v3 filters by tag, and only there BCDA adds its System-Type default. */
const claimFilter = (
  { now, version, world }: Exchange,
  caller: Persona,
  group: string,
  { typeFilter }: ExportParameters
): ClaimFilter => {
  const defaultTags = version === "v3" && !namesSystemType(typeFilter) ? [defaultSystemTypes] : []
  const ends = [typeFilter?.serviceTo, group === "runout" ? world.behaviour.runoutClaimThrough : undefined]
  const [serviceTo] = ends.filter((end) => end !== undefined).toSorted()
  const starts = [typeFilter?.serviceFrom, lookbackOf(caller.cmsId, toDate(now))]
  const serviceFrom = starts
    .filter((start) => start !== undefined)
    .toSorted()
    .at(-1)
  return {
    tags: [...(typeFilter?.tags ?? []), ...defaultTags],
    ...(typeFilter?.outcomes === undefined ? {} : { outcomes: typeFilter.outcomes }),
    ...(serviceFrom === undefined ? {} : { serviceFrom }),
    ...(serviceTo === undefined ? {} : { serviceTo })
  }
}

/** What one cohort of the people is asked for. New people are not asked what is new: they get all there is. */
const selectionFor = ({ since, ...all }: Selection, { members, newcomers }: Cohort): Selection => ({
  ...all,
  population: { ...all.population, people: members.length, members },
  ...(newcomers ? { newcomers } : since === undefined ? {} : { since })
})

/**
 * The sub-jobs, or none when preparing them goes wrong: a source that throws, an empty plan, nobody to export, a type
 * without batches.
 */
const plan = (
  { world }: Exchange,
  selection: Selection,
  cohorts: ReadonlyArray<Cohort>,
  types: ReadonlyArray<string>
): ReadonlyArray<SubJob> => {
  if (!types.every(isResourceType) || types.length === 0) return []
  try {
    return cohorts.flatMap((cohort) => world.data.plan(selectionFor(selection, cohort)))
  } catch {
    return []
  }
}

/** The organization as the data sees it. Who is unknown or fails is said of this year's list. */
const populationOf = (
  { places }: World,
  { cmsId, failing, id, people, unknown }: Persona,
  kinds: ReadonlyArray<DataKind>,
  group: Selection["group"]
): Population => {
  const place = places.get(id)
  return {
    persona: id,
    cmsId,
    people,
    kinds,
    ...(place === undefined ? {} : { place }),
    ...(group === "runout" || unknown === undefined ? {} : { unknown: new Set(unknown) }),
    ...(group === "runout" || failing === undefined ? {} : { failing })
  }
}

const start = Effect.fnUntraced(function* (
  exchange: Exchange,
  caller: Persona,
  kinds: ReadonlyArray<DataKind>,
  cohorts: ReadonlyArray<Cohort>,
  types: ReadonlyArray<string>,
  endpoint: Selection["endpoint"],
  group: Selection["group"],
  parameters: ExportParameters
) {
  const { now, received, version, world } = exchange
  const transactionTime = version === "v3" ? now : lastLoad(now)
  const selection: Selection = {
    version,
    types: types.filter(isResourceType),
    group,
    endpoint,
    ...(parameters.since === undefined ? {} : { since: toDate(parameters.since) }),
    until: toDate(transactionTime),
    filter: claimFilter(exchange, caller, group, parameters),
    population: populationOf(world, caller, kinds, group),
    batchSizes: world.behaviour.batchSizes
  }
  const subJobs = plan(exchange, selection, cohorts, types)
  const fate = fateOf(exchange, types.length, subJobs.length)
  // Written when the sub-jobs are queued; a job without any has none.
  const warned = version === "v3" && types.includes("ExplanationOfBenefit") && !namesSystemType(parameters.typeFilter)
  const warning = warned && subJobs.length > 0
  const job = world.jobs.add((id) => ({
    id,
    persona: caller,
    version,
    requestUrl: `${origin(received)}${target(received)}`,
    createdAt: now,
    transactionTime,
    subJobs: subJobs.length,
    warning,
    files: warning ? [warningFile] : [],
    ...fate
  }))
  const completes = fate.startsAt !== undefined && fate.failedAt === undefined && fate.endless !== true
  if (completes) job.writer = yield* world.background(runJob(world, job, subJobs))
  return job
})

/** The database's part in a kick-off, in BCDA's order: each look-up may fail, in its own words. */
const refuseDatabaseTrouble = ({ troubles, version }: Exchange): Effect.Effect<void, Refusal> => {
  const failed = (text?: string) => refuseIf(outcome(version, 500, "exception", text))
  if (troubles.has("constraints-lookup")) return failed()
  return troubles.has("attribution-lookup") ? failed("Database Error") : Effect.void
}

/** `GET …/Patient/$export` and `GET …/Group/{groupId}/$export`. */
export const kickOff =
  (endpoint: Selection["endpoint"]): Handler =>
  (exchange) =>
    Effect.gen(function* () {
      const { now, params, received, troubles, version, world } = exchange
      const caller = yield* requireCaller(exchange)
      yield* requireAccess(exchange, caller)
      const parameters = yield* validateUrl(exchange)
      yield* validateHeaders(exchange)
      yield* sweep(world)
      const treatment = treatmentFor(caller, world.behaviour)
      yield* refuseDuplicate(exchange, caller, treatment)
      const group = endpoint === "Patient" ? "all" : (params["groupId"] ?? "")
      if (group !== "all" && (group !== "runout" || !world.behaviour.runout)) {
        return outcome(version, 400, "structure", "Invalid group ID")
      }
      if (treatment.noSharedSystem && asksForSharedSystem(parameters.typeFilter)) {
        const message =
          "Model entities in GUIDE are not eligible to access SharedSystem data. Requests using the following tags " +
          "require access to SharedSystem data: [SharedSystem]"
        return outcome(version, 400, "structure", message)
      }
      const kinds = world.data.kinds?.(version) ?? treatment.kinds
      const types = yield* typesOf(version, kinds, parameters.types)
      yield* refuseDatabaseTrouble(exchange)
      const refusal = attributionRefusal(caller, group)
      if (refusal !== undefined) return outcome(version, 404, "not-found", refusal)
      // Only `Group/all` tells new people from known ones; Patient and runout treat everybody alike.
      const apart = endpoint === "Group" && group === "all" && world.behaviour.newMembers
      const newcomersSince = apart ? parameters.since : undefined
      if (newcomersSince !== undefined) {
        if (troubles.has("older-attribution-lookup")) return outcome(version, 500, "exception")
        const tooOld = olderListRefusal(caller, newcomersSince, now)
        if (tooOld !== undefined) return outcome(version, 404, "not-found", tooOld)
      }
      if (troubles.has("job-insert")) return outcome(version, 500, "exception")
      const unqueued = troubles.has("queue-insert")
      if (unqueued && isFixed(world.behaviour.bugs, "orphaned-job")) return outcome(version, 500, "exception")
      const cohorts = cohortsOf(caller, group, treatment, now, newcomersSince)
      const job = yield* start(exchange, caller, kinds, cohorts, types, endpoint, group, parameters)
      if (unqueued) return outcome(version, 500, "exception")
      return empty(202, [["Content-Location", `${origin(received)}/api/${version}/jobs/${job.id}`]])
    })
