/** Mocha's spec list, or dots where many; the counts go to the file that `CARILLON_TEST_COUNTS` names, for verify's last line. */
const { appendFileSync } = require('node:fs')
const Dot = require('mocha').reporters.Dot

module.exports = class CountingReporter extends Dot {
  constructor(runner, options) {
    super(runner, options)
    const file = process.env.CARILLON_TEST_COUNTS
    if (file) runner.once('end', () => appendFileSync(file, `${this.stats.passes} ${this.stats.failures}\n`))
  }
}
