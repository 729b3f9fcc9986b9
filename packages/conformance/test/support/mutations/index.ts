/**
 * Ways in which a server can be wrong, and the checks that must notice. A mutation changes one thing; a check may appear under several.
 */
import { elsewhere, repeated, unwanted } from "./again.ts"
import { alike } from "./alike.ts"
import { discovering, filtering, parametric, refusing } from "./asking.ts"
import { kickOff, metadata, token } from "./beginning.ts"
import { cancelling, files, lists, opinions, silence } from "./data.ts"
import { following, manifest } from "./job.ts"
import { nights } from "./nights.ts"
import { aftermath, ageing, people, waiting } from "./passing.ts"
import { assertions } from "./smart.ts"
import type { Broken } from "./tools.ts"

export const mutations: ReadonlyArray<Broken> = [
  ...metadata,
  ...discovering,
  ...token,
  ...assertions,
  ...kickOff,
  ...refusing,
  ...following,
  ...waiting,
  ...manifest,
  ...files,
  ...people,
  ...parametric,
  ...repeated,
  ...elsewhere,
  ...alike,
  ...lists,
  ...filtering,
  ...cancelling,
  ...aftermath,
  ...unwanted,
  ...ageing,
  ...opinions,
  ...silence,
  ...nights
]
