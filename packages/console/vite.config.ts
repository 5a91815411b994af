import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/**
 * Where `npm run dev` sends API calls: an instance started with `npm start`. It compares the Host header with the page's
 * origin, so the header stays as the browser sent it.
 */
const instance = { target: 'http://127.0.0.1:8080', changeOrigin: false };

export default defineConfig({
  plugins: [react(), tailwindcss()],
  build: {
    // The browsers that know light-dark(), on which the colour tokens stand.
    target: ['chrome123', 'firefox120', 'safari17.5'],
    // The content security policy allows no data: fonts and no inline assets, so every asset is a file.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    // Of the record package only the catalogue and the permissions are used; its schemas need not be shipped.
    rolldownOptions: { treeshake: { moduleSideEffects: (id) => !id.includes('/packages/record/') } },
  },
  logLevel: 'warn',
  server: { proxy: { '/internal': instance, '/ledger': instance } },
});
