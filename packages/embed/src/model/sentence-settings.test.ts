import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder, writeFiles } from '../testing/temporary-folder.js';
import { readSentenceSettings } from './sentence-settings.js';

const root = temporaryFolder();
let folders = 0;

const type = (name: string) => `sentence_transformers.models.${name}`;
const transformer = { idx: 0, name: '0', path: '', type: type('Transformer') };
const pooling = { idx: 1, name: '1', path: '1_Pooling', type: type('Pooling') };
const dense = { idx: 2, name: '2', path: '2_Dense', type: type('Dense') };
const normalize = { idx: 3, name: '3', path: '3_Normalize', type: type('Normalize') };
const mean = { '1_Pooling/config.json': { pooling_mode: 'mean' } };
const denseConfig = {
  in_features: 32,
  out_features: 16,
  bias: false,
  activation_function: 'torch.nn.modules.linear.Identity',
};

function folderOf(files: Readonly<Record<string, unknown>>): string {
  const folder = path.join(root, String(folders++));
  mkdirSync(folder);
  writeFiles(folder, files);
  return folder;
}

function read(files: Readonly<Record<string, unknown>>) {
  return readSentenceSettings(folderOf({ 'modules.json': [transformer, pooling], ...mean, ...files }));
}

/** @param parts of the message, in this order */
function refusal(code: string, ...parts: readonly string[]) {
  const escaped = parts.map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return { code, message: expect.stringMatching(new RegExp(escaped.join('.*'))) };
}

describe('a folder of sentence-transformers', () => {
  it('is none without a modules.json', async () => {
    expect(await readSentenceSettings(folderOf(mean))).toBeUndefined();
  });

  it('says nothing more than its pooling where it says nothing more', async () => {
    expect(await read({})).toEqual({
      pooling: { modes: ['mean'], includesPrompt: true },
      dense: [],
      normalizes: false,
      lowercases: false,
      prompts: {},
    });
  });

  it('is read in full', async () => {
    const folder = folderOf({
      'modules.json': [transformer, pooling, dense, { ...dense, path: '3_Dense' }, normalize],
      '1_Pooling/config.json': { embedding_dimension: 32, pooling_mode: ['cls', 'mean'], include_prompt: false },
      '2_Dense/config.json': denseConfig,
      '3_Dense/config.json': { in_features: 16, out_features: 8 },
      'sentence_bert_config.json': { max_seq_length: 256, do_lower_case: true },
      'config_sentence_transformers.json': {
        prompts: { query: 'query: ', document: '' },
        default_prompt_name: 'query',
        similarity_fn_name: 'cosine',
      },
    });
    expect(await readSentenceSettings(folder)).toEqual({
      pooling: { modes: ['cls', 'mean'], includesPrompt: false },
      dense: [
        {
          directory: path.join(folder, '2_Dense'),
          inFeatures: 32,
          outFeatures: 16,
          hasBias: false,
          activation: 'identity',
        },
        // Bias and tanh are what sentence-transformers takes where nothing is said.
        { directory: path.join(folder, '3_Dense'), inFeatures: 16, outFeatures: 8, hasBias: true, activation: 'tanh' },
      ],
      normalizes: true,
      maxTokens: 256,
      lowercases: true,
      prompts: { query: 'query: ', document: '' },
      defaultPrompt: 'query',
    });
  });

  it('is read as its version 6 writes it', async () => {
    const settings = await read({
      'modules.json': [
        { ...transformer, type: 'sentence_transformers.base.modules.transformer.Transformer' },
        { ...pooling, type: 'sentence_transformers.sentence_transformer.modules.pooling.Pooling' },
        { ...normalize, type: 'sentence_transformers.base.modules.normalize.Normalize' },
      ],
      '1_Pooling/config.json': { embedding_dimension: 32, pooling_mode: 'cls', include_prompt: true },
      'sentence_bert_config.json': {
        transformer_task: 'feature-extraction',
        modality_config: { text: { method: 'forward', method_output_name: 'last_hidden_state' } },
        module_output_name: 'token_embeddings',
      },
      'tokenizer_config.json': { model_max_length: 16 },
      'config_sentence_transformers.json': { default_prompt_name: null, prompts: { document: '', query: '' } },
    });
    expect(settings).toEqual({
      pooling: { modes: ['cls'], includesPrompt: true },
      dense: [],
      normalizes: true,
      maxTokens: 16,
      lowercases: false,
      prompts: { document: '', query: '' },
    });
  });

  it('may keep its transformer in a folder of its own, and have dropout anywhere', async () => {
    const dropout = { path: 'x', type: type('Dropout') };
    const settings = await read({
      'modules.json': [{ ...transformer, path: '0_Transformer' }, dropout, pooling, dropout, normalize],
      '0_Transformer/sentence_bert_config.json': { max_seq_length: 99 },
    });
    expect(settings).toMatchObject({ maxTokens: 99, normalizes: true });
  });
});

describe('pooling', () => {
  const poolingOf = async (config: unknown) => (await read({ '1_Pooling/config.json': config }))?.pooling;

  it.each([
    ['cls', { pooling_mode_cls_token: true, pooling_mode_mean_tokens: false }, ['cls']],
    ['mean', { word_embedding_dimension: 384, pooling_mode_mean_tokens: true }, ['mean']],
    ['max', { pooling_mode_max_tokens: true }, ['max']],
    ['last token', { pooling_mode_lasttoken: true }, ['lasttoken']],
    ['weighted mean', { pooling_mode_weightedmean_tokens: true }, ['weightedmean']],
    ['the root of the length', { pooling_mode_mean_sqrt_len_tokens: true }, ['mean_sqrt_len_tokens']],
    [
      'all at once, in the order in which they are joined',
      {
        pooling_mode_lasttoken: true,
        pooling_mode_weightedmean_tokens: true,
        pooling_mode_mean_sqrt_len_tokens: true,
        pooling_mode_mean_tokens: true,
        pooling_mode_max_tokens: true,
        pooling_mode_cls_token: true,
      },
      ['cls', 'max', 'mean', 'mean_sqrt_len_tokens', 'weightedmean', 'lasttoken'],
    ],
    ['the mean where no key says another', { word_embedding_dimension: 384 }, ['mean']],
    ['the mean where every key is false', { pooling_mode_cls_token: false, pooling_mode_mean_tokens: false }, ['mean']],
    ['by the key of version 6', { pooling_mode: 'lasttoken' }, ['lasttoken']],
    ['by a list, in its order', { pooling_mode: ['mean', 'max', 'cls'] }, ['mean', 'max', 'cls']],
    ['by the key of version 6 before older ones', { pooling_mode: 'cls', pooling_mode_mean_tokens: true }, ['cls']],
  ])('is read: %s', async (_name, config, modes) => {
    expect(await poolingOf(config)).toEqual({ modes, includesPrompt: true });
  });

  it('may leave the prompt out', async () => {
    expect(await poolingOf({ pooling_mode: 'mean', include_prompt: false })).toEqual({
      modes: ['mean'],
      includesPrompt: false,
    });
  });

  it.each<[string, unknown, ReturnType<typeof refusal>]>([
    ['an unknown mode', { pooling_mode: 'attention' }, refusal('InvalidFormat', 'config.json: field "pooling_mode"')],
    ['no mode of a list', { pooling_mode: [] }, refusal('InvalidFormat', 'no pooling mode')],
    ['a text for a flag', { pooling_mode_cls_token: 'yes' }, refusal('InvalidFormat', '"pooling_mode_cls_token"')],
    ['a list', [1], refusal('InvalidFormat', 'config.json: must be an object')],
    ['null', null, refusal('InvalidFormat', 'config.json')],
    [
      'max without the prompt, which the graph cannot leave out',
      { pooling_mode: ['mean', 'max'], include_prompt: false },
      refusal('Unsupported', 'include_prompt: false'),
    ],
  ])('is refused: %s', async (_name, config, error) => {
    await expect(poolingOf(config)).rejects.toMatchObject(error);
  });
});

describe('dense layers', () => {
  const denseOf = async (config: unknown) => {
    const files = { 'modules.json': [transformer, pooling, dense], '2_Dense/config.json': config };
    return (await read(files))?.dense[0];
  };

  it.each([
    ['torch.nn.modules.activation.Tanh', 'tanh'],
    ['torch.nn.modules.linear.Identity', 'identity'],
    ['torch.nn.modules.activation.GELU', 'gelu'],
    ['torch.nn.modules.activation.ReLU', 'relu'],
    ['torch.nn.modules.activation.SiLU', 'silu'],
    [null, 'identity'],
  ])('are activated by %s', async (name, activation) => {
    expect(await denseOf({ ...denseConfig, activation_function: name })).toMatchObject({ activation });
  });

  it.each<[string, unknown, ReturnType<typeof refusal>]>([
    [
      'an unknown activation',
      { ...denseConfig, activation_function: 'torch.nn.Softmax' },
      refusal('Unsupported', 'Softmax'),
    ],
    ['no width', { ...denseConfig, in_features: undefined }, refusal('InvalidFormat', '"in_features": is missing')],
    ['a width of 0', { ...denseConfig, out_features: 0 }, refusal('InvalidFormat', '"out_features"')],
    ['a width that is text', { ...denseConfig, out_features: '16' }, refusal('InvalidFormat', '"out_features"')],
    ['a residual', { ...denseConfig, use_residual: true }, refusal('InvalidFormat', '"use_residual"')],
    [
      'tokens to read',
      { ...denseConfig, module_input_name: 'token_embeddings' },
      refusal('InvalidFormat', '"module_input_name"'),
    ],
  ])('are refused with %s', async (_name, config, error) => {
    await expect(denseOf(config)).rejects.toMatchObject(error);
  });
});

describe('the longest text', () => {
  const maxTokensOf = async (files: Readonly<Record<string, unknown>>) => (await read(files))?.maxTokens;

  it('is what the first of the configuration files says that is there', async () => {
    const files = {
      'sentence_xlnet_config.json': { max_seq_length: 3 },
      'sentence_roberta_config.json': { max_seq_length: 128 },
    };
    expect(await maxTokensOf(files)).toBe(128);
  });

  it('is what the configuration says, not the tokenizer', async () => {
    const files = {
      'sentence_bert_config.json': { max_seq_length: 256 },
      'tokenizer_config.json': { model_max_length: 128 },
    };
    expect(await maxTokensOf(files)).toBe(256);
  });

  it('is what the tokenizer says where the configuration says nothing', async () => {
    const files = { 'sentence_bert_config.json': {}, 'tokenizer_config.json': { model_max_length: 128 } };
    expect(await maxTokensOf(files)).toBe(128);
    expect(await maxTokensOf({ 'tokenizer_config.json': { model_max_length: 64 } })).toBe(64);
  });

  it.each([[undefined], [null], [1e30]])('is not known where both say nothing, the tokenizer %d', async (limit) => {
    const files = {
      'sentence_bert_config.json': { max_seq_length: null },
      'tokenizer_config.json': { model_max_length: limit },
    };
    expect(await maxTokensOf(files)).toBeUndefined();
  });

  it.each([0, -1, 1.5, '256', true])('is refused when it is %j', async (length) => {
    await expect(maxTokensOf({ 'sentence_bert_config.json': { max_seq_length: length } })).rejects.toMatchObject(
      refusal('InvalidFormat', 'sentence_bert_config.json: field "max_seq_length"'),
    );
  });
});

describe('prompts', () => {
  const file = 'config_sentence_transformers.json';

  it.each<[string, unknown]>([
    ['absent', {}],
    ['null', { prompts: null, default_prompt_name: null }],
  ])('may be %s', async (_name, config) => {
    const settings = await read({ [file]: config });
    expect(settings?.prompts).toEqual({});
    expect(settings).not.toHaveProperty('defaultPrompt');
  });

  it.each<[string, unknown, ReturnType<typeof refusal>]>([
    ['a list', { prompts: ['query: '] }, refusal('InvalidFormat', file, '"prompts": must be an object')],
    ['numbers', { prompts: { query: 1 } }, refusal('InvalidFormat', file, '"prompts.query"')],
    ['without the default one', { default_prompt_name: 'query' }, refusal('InvalidFormat', file, '"query" is none')],
    [
      'without the default one, which every object has',
      { prompts: {}, default_prompt_name: 'toString' },
      refusal('InvalidFormat', file, '"toString" is none'),
    ],
  ])('are refused when they are %s', async (_name, config, error) => {
    await expect(read({ [file]: config })).rejects.toMatchObject(error);
  });
});

describe('modules', () => {
  const readModules = (modules: unknown) => read({ 'modules.json': modules, '2_Dense/config.json': denseConfig });

  it.each<[string, unknown, ReturnType<typeof refusal>]>([
    ['no JSON', '[{', refusal('InvalidFormat', 'modules.json is not valid JSON')],
    ['an object', { 0: transformer }, refusal('InvalidFormat', 'modules.json')],
    ['null', null, refusal('InvalidFormat', 'modules.json')],
    ['a list of texts', ['Transformer'], refusal('InvalidFormat', 'modules.json')],
    ['without types', [{ path: '' }], refusal('InvalidFormat', 'modules.json: field "modules.0.type": is missing')],
    ['with a path that is a number', [{ ...transformer, path: 1 }], refusal('InvalidFormat', '"modules.0.path"')],
    ['empty', [], refusal('Unsupported', 'no module')],
    ['without a transformer first', [pooling, transformer], refusal('Unsupported', 'Transformer is the first')],
    ['without pooling', [transformer], refusal('Unsupported', 'no Pooling')],
    ['with two kinds of pooling', [transformer, pooling, pooling], refusal('Unsupported', 'Pooling')],
    ['with two transformers', [transformer, transformer, pooling], refusal('Unsupported', 'Transformer')],
    ['with dense layers before pooling', [transformer, dense, pooling], refusal('Unsupported', 'Dense')],
    ['with normalising before pooling', [transformer, normalize, pooling], refusal('Unsupported', 'Normalize')],
    [
      'with normalising before dense layers',
      [transformer, pooling, normalize, dense],
      refusal('Unsupported', 'Dense', 'nothing may come after Normalize'),
    ],
    ['of a kind that is not known', [transformer, { ...pooling, type: type('LSTM') }], refusal('Unsupported', 'LSTM')],
    [
      "of someone's own code",
      [transformer, { path: 'x', type: 'custom_code.MyPooling' }],
      refusal('Unsupported', 'MyPooling'),
    ],
    [
      'of a kind that every object has',
      [transformer, { path: '', type: 'constructor' }],
      refusal('Unsupported', 'constructor'),
    ],
  ])('are refused when they are %s', async (_name, modules, error) => {
    await expect(readModules(modules)).rejects.toMatchObject(error);
  });

  it.each(['../elsewhere', '../../x', 'a/../../elsewhere', '..'])(
    'are refused when the path %j leads out of the folder, whatever is there',
    async (outside) => {
      writeFiles(root, { 'elsewhere/config.json': { pooling_mode: 'mean' }, 'config.json': { pooling_mode: 'mean' } });
      const error = refusal('InvalidFormat', 'modules.json', "leads out of the model's folder");
      await expect(readModules([transformer, { ...pooling, path: outside }])).rejects.toMatchObject(error);
      await expect(readModules([{ ...transformer, path: outside }, pooling])).rejects.toMatchObject(error);
      await expect(readModules([transformer, pooling, { ...dense, path: outside }])).rejects.toMatchObject(error);
    },
  );

  it('may be in folders whose names begin with dots', async () => {
    const files = {
      'modules.json': [transformer, { ...pooling, path: '..pooling' }],
      '..pooling/config.json': { pooling_mode: 'cls' },
    };
    expect(await read(files)).toMatchObject({ pooling: { modes: ['cls'] } });
  });

  it('are refused when the configuration of one is missing', async () => {
    await expect(readModules([transformer, { ...pooling, path: '9_Pooling' }])).rejects.toMatchObject(
      refusal('NotFound', path.join('9_Pooling', 'config.json'), 'is missing'),
    );
  });

  it('are refused when a configuration is a folder', async () => {
    const folder = folderOf({ 'modules.json/x': '' });
    await expect(readSentenceSettings(folder)).rejects.toMatchObject(refusal('IO', 'modules.json cannot be read'));
  });
});
