import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { alaw, mulaw } from '../../../src/media/rtp/laws.js'
import fc from 'fast-check'
import { resample } from '../../../src/media/prompts/wav-resample.js'
import { encode, linear, openWav, soundOfWav } from '../../../src/media/prompts/wav-sound.js'
import { readWavHead } from '../../../src/config/wav-head.js'
import { readOwnWav, record, writeWav, type Recording } from '../../../src/media/prompts/wav.js'
import { in16Bits, level, temporaryFolder, tone, wav } from './prompts-files.js'

function recorded(bytes: Uint8Array): Recording {
  const head = readWavHead(bytes)
  assert.ok(head.ok, JSON.stringify(head))
  return record(head.value)
}

function refusal(bytes: Uint8Array): string {
  const head = readWavHead(bytes)
  return head.ok ? 'none' : head.fault
}

const near = (actual: ArrayLike<number>, expected: readonly number[], within: number): void => {
  assert.equal(actual.length, expected.length)
  for (const [i, sample] of expected.entries())
    assert.ok(Math.abs((actual[i] ?? 9) - sample) <= within, `sample ${i}: ${actual[i]}`)
}

describe('WAV files', () => {
  const shape = [0, 0.5, -0.5, 0.25, -0.25]

  for (const [depth, full, middle, within] of [
    ['8', 128, 128, 0.01],
    ['16', 32_768, 0, 1e-4],
    ['24', 8_388_608, 0, 1e-6],
    ['32', 2_147_483_648, 0, 1e-6],
    ['32f', 1, 0, 1e-6],
    ['64', 1, 0, 1e-6],
  ] as const)
    it(`of bit depth ${depth} are read to their last sample`, () => {
      const stored = shape.map(sample => (full === 1 ? sample : Math.round(sample * full) + middle))
      const { samples, rate } = recorded(wav(11_025, depth, stored))
      assert.equal(rate, 11_025)
      near(samples, shape, within)
    })

  for (const [depth, law] of [
    ['8a', alaw],
    ['8m', mulaw],
  ] as const)
    it(`of bit depth ${depth} are expanded as G.711 requires`, () => {
      const codes = Array.from({ length: 255 }, (_, code) => code)
      const expected = codes.map(code => law.decodeSample(code) / 32_768)
      near(recorded(wav(8_000, depth, codes)).samples, expected, 0)
    })

  it('in stereo are mixed in equal parts', () => {
    near(recorded(wav(8_000, '16', [in16Bits([0.5, 0.5]), in16Bits([0.1, -0.5])])).samples, [0.3, 0], 1e-4)
  })

  it('written to a pipe have no length: all that follows is sound', () => {
    const bytes = wav(8_000, '16', [1, 2, 3, 4])
    bytes.writeUInt32LE(0xffffffff, 4)
    bytes.writeUInt32LE(0x7ffff000, 40)
    assert.equal(recorded(bytes).samples.length, 4)
  })

  it('may have other chunks before the sound', () => {
    const plain = wav(8_000, '16', [100, 200, 300])
    const list = Buffer.from('LIST\x0b\0\0\0INFOICMTxyz\0', 'latin1')
    near(
      recorded(Buffer.concat([plain.subarray(0, 36), list, plain.subarray(36)])).samples,
      [100, 200, 300].map(s => s / 32_768),
      1e-6,
    )
  })

  it('of type WAVE_FORMAT_EXTENSIBLE name their format in the extension', () => {
    const plain = wav(8_000, '16', [100])
    const format = Buffer.alloc(48)
    plain.copy(format, 0, 12, 36)
    format.writeUInt32LE(40, 4)
    format.writeUInt16LE(0xfffe, 8)
    format.writeUInt16LE(1, 32)
    assert.equal(recorded(Buffer.concat([plain.subarray(0, 12), format, plain.subarray(36)])).samples.length, 1)
  })

  it('that can’t be played give a reason', () => {
    const good = wav(8_000, '16', [
      [1, 2],
      [3, 4],
    ])
    const changed = (at: number, value: number): Buffer => {
      const bytes = Buffer.from(good)
      bytes.writeUInt16LE(value, at)
      return bytes
    }
    assert.equal(refusal(Buffer.from('ID3 something')), 'it is not a WAV file')
    assert.equal(refusal(Buffer.alloc(0)), 'it is not a WAV file')
    assert.equal(refusal(good.subarray(0, 30)), 'the WAV is cut short')
    assert.equal(refusal(good.subarray(0, 44)), 'there is no sound in it')
    assert.match(refusal(changed(20, 0x55)), /compressed \(format 85\)/)
    assert.match(refusal(changed(34, 12)), /12 bits a sample; expected 8 or 16/)
    assert.match(refusal(changed(22, 6)), /6 channels/)
    assert.match(refusal(changed(24, 1)), /1 samples a second/)
  })

  it('of random bytes never throw', () => {
    const start = wav(8_000, '16', [1, 2, 3, 4]).subarray(0, 44)
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 60 }), fc.nat(60), fc.boolean(), (noise, at, whole) => {
        const bytes = Buffer.concat([start, Buffer.alloc(60)])
        bytes.set(noise.subarray(0, bytes.length - at), at)
        const head = readWavHead(whole ? bytes : noise)
        if (head.ok) for (const sample of record(head.value).samples) assert.ok(Number.isFinite(sample))
      }),
    )
  })

  it('written by Carillon are recognised by their comment, others are not', () => {
    const samples = Int16Array.from([0, 1, -1, 32_767, -32_768])
    assert.deepEqual(readOwnWav(writeWav(samples, 8_000, 'a digest'), 8_000), { samples, comment: 'a digest' })
    assert.equal(readOwnWav(writeWav(samples, 16_000, 'x'), 8_000), undefined)
    assert.equal(readOwnWav(Buffer.from('RIFF'), 8_000), undefined)
    assert.equal(readOwnWav(wav(8_000, '16', [1]), 8_000)?.comment, '')
  })
})

describe('a WAV file on disk', () => {
  const folder = temporaryFolder()

  it('is refused when it is larger than 4 MB, a folder or missing', async () => {
    const file = join(folder.path, 'x.wav')
    await writeFile(file, Buffer.concat([wav(8_000, '16', [1]), Buffer.alloc(5 * 1_024 * 1_024)]))
    assert.deepEqual(await openWav(file), { ok: false, fault: 'it is larger than 4 MB' })
    assert.deepEqual(await openWav(folder.path), { ok: false, fault: 'it is not a file' })
    const missing = await openWav(join(folder.path, 'missing.wav'))
    assert.match(missing.ok ? '' : missing.fault, /ENOENT/)
  })
})

describe('resampling to 8 kHz', () => {
  /** A tone's level after resampling, relative to its level before. The edges are left out. */
  const change = (frequency: number, rate: number): number => {
    const made = resample(Float32Array.from(tone(frequency, rate, rate)), rate)
    return level(made.subarray(800, 7_200)) - level(tone(frequency, rate, rate))
  }

  for (const rate of [11_025, 16_000, 22_050, 44_100, 48_000, 96_000]) {
    it(`keeps the telephone band of ${rate} Hz`, () => {
      for (const frequency of [300, 1_000, 3_000, 3_400])
        assert.ok(Math.abs(change(frequency, rate)) < 1, `${frequency} Hz by ${change(frequency, rate)} dB`)
    })

    it(`lets nothing of ${rate} Hz alias`, () => {
      for (const frequency of [4_600, 5_000, 6_000, 9_000].filter(high => high < rate / 2))
        assert.ok(change(frequency, rate) < -60, `${frequency} Hz by ${change(frequency, rate)} dB`)
    })
  }

  it('works for a rate with no common divisor with 8 kHz', () => {
    assert.ok(Math.abs(change(3_000, 44_101)) < 1)
  })

  it('adds no image to a lower rate', () => {
    const made = resample(Float32Array.from(tone(1_000, 4_000, 4_000)), 4_000).subarray(800, 7_200)
    const ideal = tone(1_000, 8_000, 8_000).slice(800, 7_200)
    assert.ok(level(made.map((sample, i) => sample - (ideal[i] ?? 0))) < -50)
  })

  it('keeps the timing: a tone stays in phase', () => {
    const made = resample(Float32Array.from(tone(1_000, 44_100, 44_100)), 44_100).subarray(800, 7_200)
    const ideal = tone(1_000, 8_000, 8_000).slice(800, 7_200)
    assert.ok(level(made.map((sample, i) => sample - (ideal[i] ?? 0))) < -60)
  })

  it('makes as many samples as the duration needs', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2_000, max: 96_000 }), fc.integer({ min: 1, max: 500 }), (rate, count) => {
        assert.equal(resample(new Float32Array(count), rate).length, Math.floor((count * 8_000) / rate))
      }),
      { numRuns: 30 },
    )
  })
})

describe('G.711', () => {
  it('passes 8 kHz µ-law and A-law through unchanged', () => {
    const codes = Array.from({ length: 256 }, (_, code) => code)
    for (const [depth, codec] of [
      ['8m', 'pcmu'],
      ['8a', 'pcma'],
    ] as const) {
      const head = readWavHead(wav(8_000, depth, codes))
      assert.ok(head.ok)
      assert.deepEqual([...soundOfWav(head.value)[codec]], codes)
    }
  })

  it('encodes to the nearest code of either law', () => {
    const samples = Int16Array.from(in16Bits(tone(440, 8_000, 800, 0.7)))
    const { pcmu, pcma } = encode(samples)
    for (const [bytes, law] of [
      [pcmu, mulaw],
      [pcma, alaw],
    ] as const) {
      const noise = law.decode(bytes).map((sample, i) => sample - (samples[i] ?? 0))
      assert.ok(level(noise, 32_768) < level(samples, 32_768) - 35)
    }
    assert.ok(pcmu.buffer instanceof SharedArrayBuffer && pcma.buffer instanceof SharedArrayBuffer)
  })

  it('is never clipped: sound that is too loud is attenuated as a whole', () => {
    const made = linear({ rate: 8_000, samples: Float32Array.from([0.5, 2, -1]) })
    assert.deepEqual([...made], [8_192, 32_767, -16_383])
    assert.deepEqual([...linear({ rate: 8_000, samples: Float32Array.from([0.5, -1]) })], [16_384, -32_767])
  })

  it('of no samples is empty', () => {
    assert.equal(encode(linear({ rate: 44_100, samples: new Float32Array(1) })).pcmu.length, 0)
  })
})
