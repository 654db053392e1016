#!/usr/bin/env node
const { main } = require('../dist/bundle/main.cjs')

// What never came to its end is a bug, not a success.
process.exitCode = 70
main(process.argv.slice(2), process.env).then((code) => {
  process.exitCode = code
})
