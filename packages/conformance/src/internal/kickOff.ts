/** How a kick-off is sent: as a GET with a query, or as a POST of a Parameters resource, which is all that the STU4 ballot has. */
import type { IgVersion } from "../Requirement.ts"
import type { Step } from "../Scenario.ts"
import type { KickOffMethod, TargetDescriptor } from "../TargetDescriptor.ts"

/** Whether a step asks for a job, of which there is none yet: a template or a URL with `$export`. */
export const kicksOff = (step: Step): boolean =>
  step._tag === "Opinion"
    ? step.call === "export"
    : step._tag === "Request" && step.method !== "DELETE" && /\{(?:export|\w+Export)\}|\$export/.test(step.url)

/** The way that the target and the edition of the IG have in common; undefined when there is none. */
export const kickOffMethod = (
  { methods }: Pick<TargetDescriptor, "methods">,
  ig: IgVersion | undefined
): KickOffMethod | undefined => {
  if (ig !== "stu4-ballot" && methods.includes("GET")) return "GET"
  return methods.includes("POST") ? "POST" : undefined
}

interface Parameter {
  readonly name: string
  readonly valueString?: string
  readonly valueInstant?: string
}

interface Parameters {
  readonly resourceType: "Parameters"
  readonly parameter: ReadonlyArray<Parameter>
}

/** A kick-off's URL with a query, as the same request in a POST. The ballot repeats a parameter where earlier editions have commas. */
export const posted = (
  url: string,
  ig: IgVersion | undefined
): { readonly url: string; readonly parameters: Parameters } => {
  const [base = url, query = ""] = url.split("?")
  const parameter = [...new URLSearchParams(query)].flatMap(([name, value]): ReadonlyArray<Parameter> => {
    if (name === "_since" || name === "_until") return [{ name, valueInstant: value }]
    const values = ig === "stu4-ballot" ? value.split(",") : [value]
    return values.map((valueString) => ({ name, valueString }))
  })
  return { url: base, parameters: { resourceType: "Parameters", parameter } }
}
