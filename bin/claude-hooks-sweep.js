#!/usr/bin/env node
const { main } = require('../dist/bundle/main.cjs')

// What never comes to its end, or ends in an exception that nobody caught, is a bug: not a success, not a partial error.
let code = 70
main(process.argv.slice(2), process.env).then((ended) => {
  code = ended
})
process.on('exit', () => {
  process.exitCode = code
})
