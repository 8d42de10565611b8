const about: Readonly<Record<string, string>> = {
  'call.json': 'what became of the call',
  'config.json': 'the settings that matter to the call, without secrets: times are in ms',
  'versions.json': 'versions of Carillon and Node, and the kind of machine',
  'explanation.txt': 'each routing decision of the call with its reasons',
  'ladder.txt': 'the SIP messages of the call as a picture',
  'ladder.json': 'the same messages with their texts',
  'ladder.pcap': 'the same messages for Wireshark and sngrep',
}

/** The text that somebody reads first. `notes`: what is missing, as sentences. */
export function textOfReadme(call: string, files: readonly string[], notes: readonly string[]): string {
  const width = Math.max(...files.map(name => name.length))
  const lines = files.map(
    name => `  ${name.padEnd(width)}  ${about[name] ?? 'the events from the arrival of the call to its end'}`,
  )
  return [
    `The call ${call} of a Carillon server, for a bug report`,
    '',
    ...lines,
    '',
    'carillon replay FILE.zip runs the events through the routing core again, and shows the decisions.',
    '',
    'Names of people, groups, queues, workflows and hosts, numbers and addresses are replaced. The same name has the same replacement in',
    'all files. A private address stays a private one (10.0.x.x, fd00::x), and an address of this machine stays 127.0.0.1.',
    'Header fields and bodies that may say anything are left out. Dates and times, time zones, ports, durations, keys that the caller',
    'pressed as an answer, codes of SIP and names of phones’ programs are as they were. Read the files before you send them.',
    ...(notes.length === 0 ? [] : ['', ...notes]),
    '',
  ].join('\n')
}
