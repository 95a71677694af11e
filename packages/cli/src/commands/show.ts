import type { SamplingParams } from '@ferrum/interfaces';
import type { ModelDetails } from '@ferrum/models';
import type { CommandContext } from '../context.js';
import { writeJsonLine } from '../output/json-line.js';
import { formatTable } from '../output/table.js';
import { formatBytes } from '../output/units.js';

/** `ferrum show`: what is known of a model without the network, whether it is on this machine or not. */
export async function show(model: string, flags: { readonly json?: true }, context: CommandContext): Promise<void> {
  const { environment, stdout } = context;
  const store = await environment.openStore({ offline: true });
  const details = await store.show(model);
  if (flags.json) {
    const { manifest, sources, files, installed } = details;
    await writeJsonLine(stdout, { ...manifest, sources, files, installed });
  } else await stdout.writeLine(render(details));
}

function render(details: ModelDetails): string {
  const { manifest, sources, files } = details;
  const facts: [label: string, value: string | undefined][] = [
    ['for', manifest.capabilities?.join(', ')],
    ['architecture', manifest.architecture],
    ['format', [manifest.format, manifest.quantization].filter(Boolean).join(', ') || undefined],
    ['size', manifest.sizeBytes === undefined ? undefined : formatBytes(manifest.sizeBytes)],
    ['context', manifest.contextLength === undefined ? undefined : `${manifest.contextLength} tokens`],
    ['licence', manifest.license],
    ['sampling', manifest.sampling && renderSampling(manifest.sampling)],
    ['here', whereabouts(details)],
  ];
  const known = facts.flatMap(([label, value]) => (value === undefined ? [] : [[label, value]]));
  const sections = [`${manifest.reference}\n${indent(formatTable(known))}`];
  if (sources.length > 0) sections.push(`Sources, in order of preference\n${indent(sources.join('\n'))}`);
  if (files.length > 0) {
    const rows = files.map(({ name, sizeBytes, sha256 }) => [
      name,
      sizeBytes === undefined ? '' : formatBytes(sizeBytes),
      sha256 === undefined ? '' : `sha256 ${sha256}`,
    ]);
    sections.push(`Files\n${indent(formatTable(rows))}`);
  }
  return sections.join('\n\n');
}

function whereabouts({ manifest, sources, installed }: ModelDetails): string {
  if (installed) return installed.complete ? installed.path : `${installed.path} (incomplete)`;
  if (manifest.path !== undefined) return manifest.path;
  return sources.length === 0 ? 'your own files' : 'not pulled';
}

/** In the words of the flags: `temperature 0.2, top-p 0.9`. */
function renderSampling(sampling: Partial<SamplingParams>): string {
  return Object.entries(sampling)
    .map(
      ([name, value]) => `${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)} ${JSON.stringify(value)}`,
    )
    .join(', ');
}

function indent(text: string): string {
  return text.replace(/^(?=.)/gm, '  ');
}
