import type { MediaStatistics, RecordingStatistics } from '../media/port.js'
import { counter, gauge, labelled, type LabelledNumber, type Metric } from './exposition.js'
import { labelsOf } from './series.js'

type PlainCount = { [Name in keyof MediaStatistics]: MediaStatistics[Name] extends number ? Name : never }[keyof MediaStatistics]

/** The metrics of the media engine. They have no samples if Carillon has none. */
export function mediaMetrics(statistics: () => MediaStatistics | undefined): Metric[] {
  const of = (name: PlainCount, labels = ''): (() => Iterable<LabelledNumber>) =>
    function* () {
      const counts = statistics()
      if (counts) yield [labels, counts[name]]
    }
  return [
    gauge(
      'carillon_media_streams',
      'Media streams. caller: callers who hear Carillon. browser: legs with browsers.',
      function* () {
        yield* of('streams', labelsOf(['kind'], ['caller']))()
        yield* of('gateways', labelsOf(['kind'], ['browser']))()
      },
    ),
    counter(
      'carillon_media_packets_sent_total',
      'RTP and RTCP packets sent to callers and to both sides of legs with browsers.',
      of('packetsSent'),
    ),
    counter(
      'carillon_media_packets_received_total',
      'RTP and RTCP packets received from callers and from both sides of legs with browsers.',
      of('packetsReceived'),
    ),
    counter('carillon_media_packets_dropped_total', 'RTP and RTCP packets that could not be sent.', of('packetsDropped')),
    counter(
      'carillon_media_packets_refused_total',
      'Packets on legs with browsers that exceeded the packet rate of a leg.',
      of('packetsRefused'),
    ),
    gauge('carillon_media_anchored_calls', 'Talks that pass through the relay now.', of('anchored')),
    counter(
      'carillon_media_packets_relayed_total',
      'RTP packets passed from one side of a talk to the other.',
      of('packetsRelayed'),
    ),
    counter(
      'carillon_media_packets_not_relayed_total',
      'RTP packets of relayed talks that were not passed on: too many, too long, from a stranger, or of an unknown codec.',
      of('packetsNotRelayed'),
    ),
    counter('carillon_media_gateways_lost_total', 'Legs with browsers that were lost, by reason.', () =>
      labelled('reason', Object.entries(statistics()?.gatewaysLost ?? {})),
    ),
    counter('carillon_media_gateways_refused_total', 'Legs with browsers that were refused, by reason.', () =>
      labelled('reason', Object.entries(statistics()?.gatewaysRefused ?? {})),
    ),
    counter('carillon_media_restarts_total', 'Restarts of the process that carries media of browsers.', of('restarts')),
    counter(
      'carillon_media_late_ticks_total',
      'Ticks of 10 ms that media missed because the processor was busy.',
      of('lateTicks'),
    ),
  ]
}

/** The metrics of recordings. They have no samples if Carillon has no media. */
export function recordingMetrics(media: () => MediaStatistics | undefined): Metric[] {
  const of = (value: (of: RecordingStatistics) => number): (() => Iterable<LabelledNumber>) =>
    function* () {
      const recordings = media()?.recordings
      if (recordings) yield ['', value(recordings)]
    }
  return [
    gauge(
      'carillon_recordings_open',
      'Recordings that are being written now.',
      of(({ open }) => open),
    ),
    gauge(
      'carillon_recordings_bytes',
      'The size of all recordings in bytes.',
      of(({ bytes }) => bytes),
    ),
    counter(
      'carillon_recordings_finished_total',
      'Recordings that were completed.',
      of(({ finished }) => finished),
    ),
    counter('carillon_recordings_failed_total', 'Recordings that a fault ended or prevented, by fault.', () =>
      labelled('fault', Object.entries(media()?.recordings.failed ?? {})),
    ),
    counter(
      'carillon_recordings_expired_total',
      'Recordings that were deleted because they were too old, or to make room.',
      of(({ expired }) => expired),
    ),
    counter(
      'carillon_recordings_pieces_dropped_total',
      'Pieces of about one second that were not recorded, because the disk was too slow.',
      of(({ piecesDropped }) => piecesDropped),
    ),
  ]
}
