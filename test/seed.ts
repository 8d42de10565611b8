import fc from 'fast-check'

/**
 * The seed of all property tests. It is the same in each run, so that a change can't make tests fail that passed before it landed.
 * `CARILLON_SEED=$RANDOM npm test` tries other random values.
 */
fc.configureGlobal({ seed: Number(process.env['CARILLON_SEED'] ?? 20_261_124) })
