import { XMLParser } from 'fast-xml-parser'

/**
 * A parser for XML that strangers write. It expands no entities, neither predefined ones nor those that a document declares, and refuses
 * elements nested deeper than `deepest`. Names have no namespace prefixes, because every sender chooses its own. `keepsSpace`: spaces at
 * the ends of a text count.
 */
export const xmlParser = (deepest: number, { keepsSpace = false } = {}): XMLParser =>
  new XMLParser({
    preserveOrder: true,
    removeNSPrefix: true,
    ignoreAttributes: false,
    attributeNamePrefix: '',
    parseTagValue: false,
    parseAttributeValue: false,
    trimValues: !keepsSpace,
    ignoreDeclaration: true,
    ignorePiTags: true,
    processEntities: false,
    htmlEntities: false,
    maxNestedTags: deepest,
  })
