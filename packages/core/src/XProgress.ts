/** Reads `X-Progress`, which is free text in the standard. */

/** What an `X-Progress` says. */
export type XProgress = { readonly _tag: "Pending" } | { readonly _tag: "InProgress"; readonly percent?: number }

/**
 * BCDA's code writes `Pending`, `In Progress (80%)` or `In Progress`; its documentation shows `In Progress, 80%`. Any other text means in
 * progress, with its percentage if it has one between 0 and 100.
 */
export const parse = (value: string | undefined): XProgress => {
  const text = value?.trim() ?? ""
  if (/^(pending|accepted|queued)$/i.test(text)) return { _tag: "Pending" }
  const [, digits] = /(?<![\d.,-])(\d{1,3}(?:\.\d+)?)\s*%/.exec(text) ?? []
  const percent = Number(digits)
  return digits !== undefined && percent <= 100 ? { _tag: "InProgress", percent } : { _tag: "InProgress" }
}
