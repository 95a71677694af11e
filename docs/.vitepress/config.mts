import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitepress';
import { entryPoints } from '../scripts/entry-points.mjs';
import { withSections } from './sections.mjs';

export default defineConfig({
  title: 'Ferrum',
  description: 'Language models, embeddings, transcription and speech inside your Node.js process',
  lang: 'en',
  srcExclude: ['grafana/**', 'scripts/**'],
  rewrites: { 'deploy/README.md': 'deploy/index.md' },
  head: [['link', { rel: 'icon', type: 'image/svg+xml', href: '/logo.svg' }]],
  markdown: { languageAlias: { cjs: 'js' } },
  themeConfig: {
    logo: '/logo.svg',
    search: {
      provider: 'local',
      options: { _render: renderForSearch, miniSearch: { searchOptions: { boostDocument: guideFirst } } },
    },
    outline: [2, 3],
    nav: [
      { text: 'Guide', link: '/guide/getting-started', activeMatch: '/guide/' },
      { text: 'Deployment', link: '/deploy/', activeMatch: '/deploy/' },
      { text: 'Benchmarks', link: '/benchmarks' },
      { text: 'Architecture', link: '/architecture' },
      { text: 'API', link: '/reference/', activeMatch: '/reference/' },
    ],
    sidebar: { '/': guideSidebar(), '/reference/': referenceSidebar() },
  },
  vite: {
    resolve: {
      alias: [
        {
          find: /^.*\/VPSocialLink\.vue$/,
          replacement: fileURLToPath(new URL('theme/no-social-link.mjs', import.meta.url)),
        },
      ],
    },
    // Before VitePress turns Markdown into pages.
    plugins: [{ name: 'ferrum-sections', enforce: 'pre', transform: expandPage }],
    build: { chunkSizeWarningLimit: 4000 },
  },
});

function guideSidebar() {
  return [
    {
      text: 'Start',
      items: [
        { text: 'Getting started', link: '/guide/getting-started' },
        { text: 'Models', link: '/guide/models' },
        { text: 'Command line', link: '/guide/command-line' },
      ],
    },
    {
      text: 'Modalities',
      items: [
        { text: 'Text generation', link: '/guide/text-generation' },
        { text: 'Structured output', link: '/guide/structured-output' },
        { text: 'Embeddings and reranking', link: '/guide/embeddings' },
        { text: 'Transcription', link: '/guide/transcription' },
        { text: 'Speech', link: '/guide/speech' },
      ],
    },
    {
      text: 'Engines',
      items: [
        { text: 'The capability registry', link: '/guide/registry' },
        { text: 'Plugins', link: '/guide/plugins' },
        { text: 'Writing a plugin', link: '/guide/writing-a-plugin' },
      ],
    },
    {
      text: 'Server',
      items: [
        { text: 'Serving', link: '/guide/serving' },
        { text: 'Deployment', link: '/deploy/' },
        { text: 'Deployment files', link: '/deploy/files' },
      ],
    },
    {
      text: 'Migration',
      items: [
        { text: 'From transformers.js', link: '/migration/transformers-js' },
        { text: 'From node-llama-cpp', link: '/migration/node-llama-cpp' },
      ],
    },
    {
      text: 'Project',
      items: [
        { text: 'Architecture', link: '/architecture' },
        { text: 'Benchmarks', link: '/benchmarks' },
        { text: 'Security', link: '/security' },
        { text: 'Deprecation policy', link: '/deprecation' },
        { text: 'Releasing', link: '/releasing' },
      ],
    },
  ];
}

function referenceSidebar() {
  const items = entryPoints().map(({ name }) => ({ text: name, link: `/reference/${name}/` }));
  return [{ text: 'API reference', link: '/reference/', items }];
}

function expandPage(source: string, id: string) {
  return id.endsWith('.md') ? { code: withSections(source, id), map: null } : undefined;
}

/** The search index is made from files; it has to see the same text as the pages. */
function renderForSearch(source: string, env: { path: string; frontmatter?: { search?: boolean } }, md: Renderer) {
  const html = md.render(withSections(source, env.path), env);
  return env.frontmatter?.search === false || path.basename(env.path).startsWith('_') ? '' : html;
}

/** The reference has five times the words of the guide, which is what most are looking for. */
function guideFirst(page: string): number {
  return page.startsWith('/reference/') ? 0.4 : 1;
}

interface Renderer {
  render(source: string, env: object): string;
}
