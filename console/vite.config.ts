import preact from '@preact/preset-vite'
import { defineConfig } from 'vite'
import { compressed } from './compress.js'

export default defineConfig({
  plugins: [preact(), compressed()],
  build: {
    outDir: '../dist/console',
    emptyOutDir: true,
    // The Content-Security-Policy allows only files from the same server: nothing inline and no data: URLs.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // The copies of `compressed` take most of the time.
    rolldownOptions: { checks: { bundlerTimings: false } },
  },
  // `npm run dev` uses the API of a server on the same machine.
  server: { proxy: { '/api': 'http://127.0.0.1:8080' } },
})
