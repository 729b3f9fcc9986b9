import type { Stream } from "./Random.ts"

/** Invented names. No list of real people, providers or places went into them. */

const FAMILY_FRONT = [
  "Alder",
  "Amber",
  "Ash",
  "Barley",
  "Birch",
  "Bramble",
  "Cedar",
  "Clover",
  "Copper",
  "Elder",
  "Fern",
  "Flint",
  "Gorse",
  "Hazel",
  "Heather",
  "Ivy",
  "Juniper",
  "Larch",
  "Linden",
  "Maple",
  "Marram",
  "Mossy",
  "Nettle",
  "Oaken",
  "Pebble",
  "Quince",
  "Rowan",
  "Rush",
  "Sorrel",
  "Spruce",
  "Tansy",
  "Teasel",
  "Thorn",
  "Umber",
  "Vetch",
  "Willow",
  "Yarrow",
  "Zinnia"
] as const
const FAMILY_END = [
  "brook",
  "by",
  "dale",
  "den",
  "fell",
  "field",
  "ford",
  "gate",
  "ham",
  "ley",
  "mere",
  "more",
  "stead",
  "ton",
  "well",
  "wick"
] as const
/** Letters beyond ASCII must survive: BCDA sends them as they are. */
const FAMILY_WHOLE = ["Peñaroja", "Åkerlind", "Müllerstein"] as const

const GIVEN_FEMALE = [
  "Ambrelle",
  "Belisse",
  "Cordina",
  "Delphara",
  "Elowyn",
  "Fenella",
  "Gwendra",
  "Hestine",
  "Isaura",
  "Jonelle",
  "Kerensa",
  "Lisbetha",
  "Marisol",
  "Nerida",
  "Odalie",
  "Perpetta",
  "Quilla",
  "Rosamel",
  "Sunniva",
  "Tamsyn",
  "Undine",
  "Verity",
  "Wilona",
  "Ysolde",
  "Zenobia"
] as const
const GIVEN_MALE = [
  "Aldric",
  "Barnaby",
  "Corwyn",
  "Damaris",
  "Edric",
  "Florian",
  "Garrick",
  "Hollis",
  "Ignace",
  "Jorrit",
  "Kendrew",
  "Leoric",
  "Marcellin",
  "Norbin",
  "Osric",
  "Peregrin",
  "Quentyn",
  "Rufford",
  "Silvan",
  "Thaddon",
  "Ulric",
  "Valdemar",
  "Wystan",
  "Yorick",
  "Zebulon"
] as const

export const familyName = (draw: Stream): string =>
  draw.chance(0.02) ? draw.pick(FAMILY_WHOLE) : draw.pick(FAMILY_FRONT) + draw.pick(FAMILY_END)

export const givenName = (draw: Stream, female: boolean): string => draw.pick(female ? GIVEN_FEMALE : GIVEN_MALE)

/** CMS's v1/v2 test data ends every name in digits, as Synthea does: `Werner409`. */
export const digits = (draw: Stream): string => String(draw.between(100, 999))

const FACILITY_END = {
  HHA: ["Home Care", "Visiting Nurses"],
  HOSPICE: ["Hospice", "House of Rest"],
  INPATIENT: ["General Hospital", "Memorial Hospital"],
  OUTPATIENT: ["General Hospital", "Memorial Hospital"],
  SNF: ["Nursing Center", "Rehabilitation & Nursing"],
  PDE: ["Pharmacy", "Drugs & Sundries"]
} as const

export const facilityName = (draw: Stream, type: keyof typeof FACILITY_END): string =>
  `${draw.pick(FAMILY_FRONT)}${draw.pick(FAMILY_END)} ${draw.pick(FACILITY_END[type])}`
