// The READMEs of the packages hold the tables of options and settings. A page of the site that needs one says
// `<!--@section: ../../packages/llm/README.md#options-->` and gets what stands under that heading, or, of the root's README,
// between `<!-- sizes … -->` and `<!-- /sizes -->`.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Where the site speaks of what a README speaks of. */
const pagesOf = {
  'README.md': '/guide/getting-started',
  'SECURITY.md': '/security',
  'packages/interfaces/README.md': '/guide/registry',
  'packages/registry/README.md': '/guide/registry',
  'packages/registry/README.md#writing-a-plugin': '/guide/writing-a-plugin',
  'packages/onnx/README.md': '/architecture',
  'packages/models/README.md': '/guide/models',
  'packages/llm/README.md': '/guide/text-generation',
  'packages/embed/README.md': '/guide/embeddings',
  'packages/images/README.md': '/guide/embeddings',
  'packages/audio/README.md': '/guide/transcription',
  'packages/whisper/README.md': '/guide/transcription',
  'packages/tts/README.md': '/guide/speech',
  'packages/server/README.md': '/guide/serving',
  'packages/cli/README.md': '/guide/command-line',
  'plugins/espeak': '/guide/speech',
  'plugins/espeak/README.md': '/guide/speech',
  'plugins/llama-cpp/README.md': '/guide/plugins',
  'plugins/remote/README.md': '/guide/plugins',
  'packages/conformance/README.md': '/guide/writing-a-plugin',
  'examples/third-party-plugin': '/guide/writing-a-plugin',
  'docs/deploy/README.md': '/deploy/',
  'docs/deploy/Dockerfile': '/deploy/files#dockerfile',
  'docs/deploy/compose.yaml': '/deploy/files#compose-yaml',
  'docs/deploy/prometheus.yaml': '/deploy/files#prometheus-yaml',
  'docs/deploy/ferrum.service': '/deploy/files#ferrum-service',
  'docs/deploy/ferrum.env.example': '/deploy/files#ferrum-env-example',
  'docs/deploy/grafana': '/deploy/files#provisioning',
  'docs/grafana/ferrum.json': '/deploy/files#dashboard',
};

/**
 * @param markdown text of a page
 * @param file its path
 * @returns the text with sections put in, and links to files that are no pages led to the pages that tell of them
 * @throws when a section, or a file that a README links to, is missing
 */
export function withSections(markdown, file) {
  const expanded = markdown.replace(/<!--@section: (\S+?)#(\S+?)-->/g, (_, target, slug) => {
    const source = path.resolve(path.dirname(file), target);
    return withSiteLinks(sectionOf(source, slug), source);
  });
  return withSiteLinks(expanded, file);
}

function sectionOf(source, slug) {
  const text = readFileSync(source, 'utf8');
  const marked = new RegExp(`<!-- ${slug}[^>]*-->([^]*?)<!-- /${slug} -->`).exec(text);
  if (marked) return marked[1];
  const lines = text.split('\n');
  const start = lines.findIndex((line) => /^#{1,4} /.test(line) && slugOf(line) === slug);
  if (start < 0) throw new Error(`${path.relative(root, source)} has no heading #${slug}.`);
  const level = lines[start].indexOf(' ');
  const length = lines.slice(start + 1).findIndex((line) => new RegExp(`^#{1,${level}} `).test(line));
  return lines.slice(start + 1, length < 0 ? undefined : start + 1 + length).join('\n');
}

function slugOf(heading) {
  return heading
    .replace(/^#+ /, '')
    .toLowerCase()
    .replace(/[^\p{L}\p{N} -]/gu, '')
    .replaceAll(' ', '-');
}

/**
 * Pages of the site link to each other as VitePress has it. Links that leave `docs`, or name a file that is no page, lead to the
 * page that tells of it; what no page tells of is text.
 */
function withSiteLinks(markdown, source) {
  const isPage = source.startsWith(path.join(root, 'docs'));
  return markdown.replace(/\[([^\]]+)\]\((?!https?:|\/)([^)\s]+)\)/g, (link, text, target) => {
    const [file, hash] = target.split('#');
    if (file === '') return isPage ? link : `[${text}](${pagesOf[relative(source)]}#${hash})`;
    const absolute = path.resolve(path.dirname(source), file);
    const page =
      pagesOf[`${relative(absolute)}#${hash}`] ??
      pagesOf[relative(absolute)] ??
      (isPage ? undefined : pageAt(absolute));
    if (page) return `[${text}](${page}${hasHeading(page, hash) ? `#${hash}` : ''})`;
    if (isPage && absolute.startsWith(path.join(root, 'docs'))) return link;
    if (!existsSync(absolute)) throw new Error(`${relative(source)} links to ${target}, which is not there.`);
    return text;
  });
}

/** The page that a file of `docs` is, for a README that links to it. */
function pageAt(file) {
  const inDocs = path.relative(path.join(root, 'docs'), file);
  return inDocs.startsWith('..') || !inDocs.endsWith('.md')
    ? undefined
    : `/${inDocs.replace(/\.md$/, '').replaceAll(path.sep, '/')}`;
}

/** Whether a page has that heading of its own, not by a section of a README. */
function hasHeading(page, slug) {
  const file = path.join(root, 'docs', `${page.split('#')[0]}.md`);
  if (slug === undefined || page.includes('#') || !existsSync(file)) return false;
  return readFileSync(file, 'utf8')
    .split('\n')
    .some((line) => /^#{2,4} /.test(line) && slugOf(line) === slug);
}

const relative = (file) => path.relative(root, file).replaceAll(path.sep, '/');
