/** The floors of docs/source-layout.md as law; type imports count. */
const only = (name, from, allowed, comment) => ({
  name,
  comment,
  severity: 'error',
  from: { path: from },
  to: { path: '^src/', pathNot: allowed },
})
const libraryOnlyIn = (library, where) => ({
  name: `${library}-in-its-room`,
  severity: 'error',
  from: { path: '^src/', pathNot: where },
  to: { path: `^node_modules/${library}/` },
})
/** The floors inside routing/, the lowest first: a file imports its own floor and those below. */
const routingFloors = ['world', 'agents', 'line', 'choice', 'offer', 'call', 'placing', 'inputs', 'readers']
const routingFloor = (floor, index) => ({
  name: `routing-${floor}-imports-no-floor-above`,
  severity: 'error',
  from: { path: `^src/routing/${floor}/` },
  to: { path: `^src/routing/(index\\.ts$|(${routingFloors.slice(index + 1).join('|')})/)` },
})
/** The rooms of media/, each with those that it may import: the libraries first, then the engines, which don't know each other. */
const mediaRooms = [
  ['rtp', []],
  ['worker', []],
  ['prompts', ['rtp', 'worker']],
  ['anchor', ['rtp']],
  ['recording', ['rtp', 'worker']],
  ['mixing', ['rtp']],
  ['builtin', ['rtp', 'worker', 'prompts', 'anchor', 'recording', 'mixing']],
  ['browser', ['rtp', 'worker', 'prompts']],
]
const mediaRoom = (room, below) => ({
  name: `media-${room}-knows-its-libraries-alone`,
  severity: 'error',
  from: { path: `^src/media/${room}/` },
  to: { path: `^src/media/[a-z]+/`, pathNot: `^src/media/(${[room, ...below].join('|')})/` },
})
module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-orphans', severity: 'error', from: { orphan: true, pathNot: '^src/main\\.ts$|\\.d\\.ts$' }, to: {} },
    only('foundation-is-the-context', '^src/foundation/', '^src/foundation/'),
    only('routing-is-pure', '^src/routing/', '^src/(foundation|routing)/'),
    ...routingFloors.map((floor, index) => routingFloor(floor, index)),
    {
      name: 'routing-files-stand-on-a-floor',
      severity: 'error',
      from: { path: `^src/routing/(?!index\\.ts$|(${routingFloors.join('|')})/)` },
      to: {},
    },
    {
      name: 'routing-uses-no-library-but-luxon',
      severity: 'error',
      from: { path: '^src/routing/' },
      to: { path: '^node_modules/(?!(@types/)?luxon/)', dependencyTypes: ['npm', 'core'] },
    },
    { name: 'routing-uses-no-node', severity: 'error', from: { path: '^src/routing/' }, to: { dependencyTypes: ['core'] } },
    only('legs-are-a-contract', '^src/legs/', '^src/(foundation|legs)/'),
    only('sip-knows-no-routing', '^src/sip/', '^src/(foundation|legs|sip)/'),
    {
      name: 'sip-only-its-transport-touches-the-network',
      severity: 'error',
      from: { path: '^src/sip/', pathNot: '^src/sip/transport/' },
      to: { path: '^(node:)?(net|dgram|dns|tls|http|https|dns/promises)$' },
    },
    only('config-makes-settings', '^src/config/', '^src/(foundation|config)/|^src/routing/world/(settings|ids|words)\\.ts$'),
    only(
      'ports-are-types',
      '^src/(signaling|media|presence|store)/port\\.ts$',
      '^src/(foundation|legs)/|^src/routing/world/(ids|words|events|effects|settings)\\.ts$|^src/(presence|store)/port\\.ts$',
    ),
    only(
      'shell-names-nothing-concrete',
      '^src/(calls/|presence/(board|watch)\\.ts)',
      '^src/(foundation|legs|calls|routing)/|/port\\.ts$|^src/presence/(board|watch)\\.ts$|^src/config/(settings|call-settings|numbers)\\.ts$',
    ),
    only('signaling-adapters', '^src/signaling/(?!port)', '^src/(foundation|legs|sip|signaling)/'),
    only(
      'media-adapters',
      '^src/media/(?!port)',
      '^src/(foundation|legs|media)/|^src/routing/world/(ids|words)\\.ts$|^src/store/port\\.ts$|^src/config/(settings|speech-weight|wav-head|wma)\\.ts$',
    ),
    ...mediaRooms.map(([room, below]) => mediaRoom(room, below)),
    only('the-lease-knows-no-redis', '^src/cluster/', '^src/(foundation|cluster)/'),
    only('store-adapters', '^src/store/(?!port)', '^src/(foundation|store)/|^src/routing/world/(ids|words)\\.ts$'),
    only(
      'directory-adapters',
      '^src/directory/',
      '^src/(foundation|directory)/|^src/config/(settings|kept-lists)\\.ts$|^src/routing/world/ids\\.ts$',
    ),
    only(
      'presence-sources',
      '^src/presence/sources/',
      '^src/(foundation|presence)/|^src/routing/world/(ids|words|effects)\\.ts$|/port\\.ts$|^src/calls/step\\.ts$|^src/config/settings\\.ts$',
    ),
    only(
      'presence-documents-are-pure',
      '^src/presence/documents/',
      '^src/foundation/|^src/presence/(documents/|port\\.ts$)|^src/routing/world/words\\.ts$',
    ),
    only(
      'observability-reads',
      '^src/observability/',
      '^src/(foundation|legs|routing|observability)/|/port\\.ts$|^src/calls/step\\.ts$',
    ),
    only(
      'webhooks-read',
      '^src/webhooks/',
      '^src/(foundation|routing|webhooks)/|^src/calls/step\\.ts$|^src/config/webhooks\\.ts$|^src/store/port\\.ts$',
    ),
    only(
      'bundles-read',
      '^src/bundle/',
      '^src/(foundation|routing|calls|observability|bundle)/|/port\\.ts$|^src/store/journal-folder\\.ts$',
    ),
    {
      name: 'only-app-composes',
      severity: 'error',
      from: { path: '^src/(http|cli)/' },
      to: { path: '^src/(directory|signaling|media|store|presence/sources)/(?!port)' },
    },
    {
      name: 'nobody-imports-the-doors',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(http|cli|app/|main\\.ts)' },
      to: { path: '^src/(http|cli|app/|main\\.ts)' },
    },
    only('importers-make-configs', '^src/import/', '^src/(foundation|config|import)/|^src/routing/world/(ids|words)\\.ts$'),
    {
      name: 'only-commands-import-from-elsewhere',
      severity: 'error',
      from: { path: '^src/(?!cli/|import/)' },
      to: { path: '^src/import/' },
    },
    libraryOnlyIn('fast-xml-parser', '^src/foundation/xml'),
    libraryOnlyIn('(@types/)?yauzl', '^src/import/'),
    libraryOnlyIn('csv-parse', '^src/import/csv\\.ts$'),
    libraryOnlyIn('(@types/)?yazl', '^src/bundle/zip\\.ts$'),
    libraryOnlyIn('winston', '^src/observability/logger\\.ts$'),
    libraryOnlyIn('prom-client', '^src/observability/metrics\\.ts$'),
    libraryOnlyIn('(@types/)?luxon', '^src/(routing/call|config)/|^src/observability/(intervals|profile|csv)\\.ts$'),
    libraryOnlyIn('(sdp-transform|wavefile|alawmulaw|@echogarden)', '^src/media/'),
    libraryOnlyIn('ldapts', '^src/directory/'),
    libraryOnlyIn('libsql', '^src/store/'),
    libraryOnlyIn('ioredis', '^src/store/redis/connection\\.ts$'),
    libraryOnlyIn('(@types/)?ws', '^src/sip/transport/websocket'),
    libraryOnlyIn('node-cache', '^src/foundation/cache\\.ts$'),
    libraryOnlyIn('fastify', '^src/http/'),
    libraryOnlyIn('(yaml|chokidar|cldr-core)', '^src/config/'),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { extensions: ['.ts', '.js'] },
  },
}
