/** A running drachtio-server, as named on the command line. */
export interface NamedServer {
  readonly host: string
  readonly port: number
  readonly secret: string
}

export interface UpOptions {
  /** Undefined: the small drachtio-server of the tests is started. */
  readonly server: NamedServer | undefined
  /** Arguments for `carillon serve`. */
  readonly serve: readonly string[]
}

export const usage = `npm run up -- --engine drachtio
npm run up -- --drachtio HOST[:PORT[:SECRET]]

Serves a copy of the sample behind a drachtio-server, until Ctrl-C. Other options go to \`carillon serve\`.
  --engine drachtio   starts the small drachtio-server of the tests, with SIP on 127.0.0.1:5060
  --drachtio SERVER   uses that drachtio-server: its port for applications (default 9022) and its secret (default: $DRACHTIO_SECRET)`

const standardPort = 9022

/** Reads the command line. Throws with the expected form. */
export function readOptions(args: readonly string[], env: NodeJS.ProcessEnv): UpOptions {
  const given = new Map<string, string>()
  const serve: string[] = []
  for (let at = 0; at < args.length; at += 1) {
    const [, option, joined] = /^--(engine|drachtio)(?:=(.*))?$/s.exec(args[at] ?? '') ?? []
    if (option === undefined) serve.push(args[at] ?? '')
    else given.set(option, joined ?? args[(at += 1)] ?? '')
  }
  const engine = given.get('engine') ?? 'drachtio'
  if (engine !== 'drachtio') throw new Error(`--engine: expected drachtio, got '${engine}'; without this option SIP is embedded`)
  const named = given.get('drachtio')
  return { server: named === undefined ? undefined : readServer(named, env['DRACHTIO_SECRET']), serve }
}

function readServer(text: string, kept: string | undefined): NamedServer {
  const [, bracketed, plain, port, given] = /^(?:\[([^\]]+)\]|([^:[\]]+))(?::(\d+)(?::(.+))?)?$/s.exec(text) ?? []
  const host = bracketed ?? plain
  if (host === undefined) throw new Error(`--drachtio: expected HOST[:PORT[:SECRET]], got '${text.replace(/:[^:]*$/, ':…')}'`)
  const secret = given ?? kept
  if (secret === undefined || secret === '')
    throw new Error('--drachtio: the secret is missing: name it behind the port, or in the environment as DRACHTIO_SECRET')
  return { host, port: Number(port ?? standardPort), secret }
}
