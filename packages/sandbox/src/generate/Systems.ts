/** Code systems and other URLs, under the names that CMS's documentation gives the things they stand for. */

/** A variable of CMS's Chronic Conditions Warehouse: v1 and v2 use its URL as extension, as system and as code. */
export const variable = (name: string): string => `https://bluebutton.cms.gov/resources/variables/${name}`
/** Blue Button code systems of v1 and v2. */
export const blueButton = (name: string): string => `https://bluebutton.cms.gov/resources/codesystem/${name}`
/** CMS code systems of v3. */
export const cms = (name: string): string => `https://bluebutton.cms.gov/fhir/CodeSystem/${name}`
/** CMS extensions of v3. */
export const cmsExtension = (name: string): string => `https://bluebutton.cms.gov/fhir/StructureDefinition/${name}`
/** CARIN Blue Button code systems. */
export const carin = (name: string): string => `http://hl7.org/fhir/us/carin-bb/CodeSystem/${name}`
export const carinProfile = (name: string): string => `http://hl7.org/fhir/us/carin-bb/StructureDefinition/${name}`
/** HL7 terminology. */
export const hl7 = (name: string): string => `http://terminology.hl7.org/CodeSystem/${name}`
export const usCore = (name: string): string => `http://hl7.org/fhir/us/core/StructureDefinition/${name}`

export const MBI = "http://hl7.org/fhir/sid/us-mbi"
export const NPI = "http://hl7.org/fhir/sid/us-npi"
export const NDC = "http://hl7.org/fhir/sid/ndc"
export const ICD_10_CM = "http://hl7.org/fhir/sid/icd-10-cm"
export const ICD_10 = "http://hl7.org/fhir/sid/icd-10"
export const ICD_9_CM = "http://hl7.org/fhir/sid/icd-9-cm"
export const ICD_10_PCS = "http://www.cms.gov/Medicare/Coding/ICD10"
export const ICD_9_PCS = "http://www.cms.gov/Medicare/Coding/ICD9"
export const CPT = "http://www.ama-assn.org/go/cpt"
export const HCPCS = "https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets"
export const TAXONOMY = "http://nucc.org/provider-taxonomy"
export const UNITS = "http://unitsofmeasure.org"
export const nubc = (name: string): string => `https://www.nubc.org/CodeSystem/${name}`
