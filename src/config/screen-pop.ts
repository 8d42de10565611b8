/** What a template of a screen pop may name. */
const fields = ['caller', 'callerUri', 'callerName', 'workflow', 'callId'] as const
type Field = (typeof fields)[number]

const placeholder = /\{(\w*)\}/g
const isField = (name: string): name is Field => fields.some(field => field === name)

/** Whether it is a template of an http or https address whose host is fixed. Undefined: it is. Otherwise what is wrong. */
export function whyNoTemplate(text: string): string | undefined {
  const unknown = [...text.matchAll(placeholder)].map(([, name = '']) => name).find(name => !isField(name))
  if (unknown !== undefined) return `there is no {${unknown}}: use ${fields.map(field => `{${field}}`).join(', ')}`
  const [one, other] = ['x', 'y.z'].map(value => originOf(text.replace(placeholder, value)))
  return one !== undefined && one === other
    ? undefined
    : 'expected an address such as https://crm.example.com/?phone={caller}: http or https, and no { } in the name of the host'
}

function originOf(url: string): string | undefined {
  if (/[{}\s]/.test(url) || !URL.canParse(url)) return undefined
  const { protocol, origin, username, password } = new URL(url)
  return /^https?:$/.test(protocol) && username + password === '' ? origin : undefined
}

/** The address for a call. Each value is escaped, so it can't add parameters. Undefined: a value that the template needs is not known. */
export function filledTemplate(template: string, values: Readonly<Record<Field, string>>): string | undefined {
  const valueOf = (name: string): string => (isField(name) ? escaped(values[name]) : '')
  // A caller need not have a name, but a page without a number would be that of nobody.
  const isUnknown = [...template.matchAll(placeholder)].some(([, name = '']) => name !== 'callerName' && valueOf(name) === '')
  return isUnknown ? undefined : template.replace(placeholder, (_, name: string) => valueOf(name))
}

/** Empty for what can't be in an address: half of a surrogate pair, or a step up in the path. */
function escaped(value: string): string {
  if (/^\.{1,2}$/.test(value)) return ''
  try {
    return encodeURIComponent(value)
  } catch {
    return ''
  }
}
